// Float in the terms of types.h.
#define T float
#define I int32_t
#define U uint32_t
#define N(name) name##_f32
#define MANTISSA 23
#define BIAS 127
#define MAGIC 12582912.0f
