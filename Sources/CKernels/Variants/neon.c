// NEON on arm64: 16-byte vectors, 32 registers, fused multiply-add.
#if defined(__aarch64__)
#include "../Dispatch/table.h"
#include <math.h>
#include <string.h>

#define CR_ISA neon
#define MICRO_PAIRS cr_gemm_pairs_neon
#define CR_BYTES 16
#define CR_REGISTERS 32
#define CR_HAS_FMA 1
#define CR_HAS_ROUND 1
#define CR_MASKS 0
#include "body.h"
#else
typedef int cr_no_neon;  // a translation unit may not be empty
#endif
