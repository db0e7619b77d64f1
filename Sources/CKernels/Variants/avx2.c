// AVX2 with FMA: 32-byte vectors, 16 registers.
#if defined(__x86_64__)
#include "../Dispatch/table.h"
#include <immintrin.h>
#include <math.h>
#include <string.h>

#pragma clang attribute push(__attribute__((target("avx2,fma,bmi2"))), apply_to = function)
#define CR_ISA avx2
#define CR_BYTES 32
#define CR_REGISTERS 16
#define CR_HAS_FMA 1
#define CR_HAS_ROUND 1
#define CR_MASKS 256
#define lane_number_f32 ((ivec_f32){0, 1, 2, 3, 4, 5, 6, 7})
#define lane_number_f64 ((ivec_f64){0, 1, 2, 3})
#define mm256_load_f32(p, m) _mm256_maskload_ps(p, (__m256i)(m))
#define mm256_load_f64(p, m) _mm256_maskload_pd(p, (__m256i)(m))
#define mm256_store_f32(p, m, v) _mm256_maskstore_ps(p, (__m256i)(m), (__m256)(v))
#define mm256_store_f64(p, m, v) _mm256_maskstore_pd(p, (__m256i)(m), (__m256d)(v))
#include "body.h"
#pragma clang attribute pop
#else
typedef int cr_no_avx2;  // a translation unit may not be empty
#endif
