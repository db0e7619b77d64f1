// Replays programs of numbers (values of rank 0).
#include "CKernels.h"

#define T float
#define F(name) name##_f32
#include "numbers_typed.h"
#undef T
#undef F
#define T double
#define F(name) name##_f64
#include "numbers_typed.h"
