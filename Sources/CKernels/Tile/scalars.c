// Replays programs of scalars (values of rank 0).
#include "CKernels.h"

_Static_assert(CR_SCALAR_STORE < CR_SCALAR_LAST, "the flag is a bit of its own");

#define CR_EACH_TYPE "../Tile/scalars_typed.h"
#include "../Variants/types.h"
