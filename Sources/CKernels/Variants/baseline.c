// What every processor of the architecture has (SSE2 on x86-64), 16-byte vectors, written without fused multiply-add.
#include "../Dispatch/table.h"
#include <math.h>
#include <string.h>

#define CR_ISA baseline
#define CR_BYTES 16
#define CR_REGISTERS 16
#define CR_HAS_FMA 0
#define CR_HAS_ROUND 0
#define CR_MASKS 0
#include "body.h"
