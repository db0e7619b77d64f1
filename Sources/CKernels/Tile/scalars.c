// Replays programs of numbers (values of rank 0).
#include "CKernels.h"

_Static_assert(CR_NUMBER_STORE < CR_NUMBER_LAST, "the flag is a bit of its own");

#define CR_EACH_TYPE "../Tile/numbers_typed.h"
#include "../Variants/types.h"
