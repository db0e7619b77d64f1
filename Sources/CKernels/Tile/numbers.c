// Replays programs of numbers (values of rank 0).
#include "CKernels.h"

_Static_assert(CR_NUMBER_STORE < CR_NUMBER_LAST, "the flag is a bit of its own");

#define T float
#define F(name) name##_f32
#include "numbers_typed.h"
#undef T
#undef F
#define T double
#define F(name) name##_f64
#include "numbers_typed.h"
