// AVX-512 with BF16: two products of bfloat16 a lane.
#if defined(__x86_64__)
#include "../Dispatch/table.h"
#include <immintrin.h>
#include <math.h>
#include <string.h>

#pragma clang attribute push(__attribute__((target("avx512f,avx512dq,avx512bw,avx512vl,avx512bf16,avx2,fma,bmi2"))),   \
                             apply_to = function)
#include "avx512.h"
#define MICRO_PAIRS cr_gemm_pairs_avx512
#define MICRO_DOT(x, b, sum) ((V)_mm512_dpbf16_ps((__m512)(sum), (__m512bh)(x), (__m512bh)(b)))
#define MICRO_PAIR_UP
static inline __attribute__((always_inline)) __m512 pair_up_f32_512(__m512 first, __m512 second) {
  return (__m512)_mm512_cvtne2ps_pbh(second, first);
}
static inline __attribute__((always_inline)) __m512 zip_pairs_f32_512(__m512 low, __m512 high) {
  const __m512i order = _mm512_set_epi16(31, 15, 30, 14, 29, 13, 28, 12, 27, 11, 26, 10, 25, 9, 24, 8, 23, 7, 22, 6, 21,
                                         5, 20, 4, 19, 3, 18, 2, 17, 1, 16, 0);
  return (__m512)_mm512_permutexvar_epi16(order, (__m512i)_mm512_cvtne2ps_pbh(high, low));
}
#define pair_up_f32(first, second) ((V)pair_up_f32_512((__m512)(first), (__m512)(second)))
#define zip_pairs_f32(low, high) ((V)zip_pairs_f32_512((__m512)(low), (__m512)(high)))
#include "pairs.h"
#pragma clang attribute pop
#else
typedef int cr_no_avx512_bfloat16;  // a translation unit may not be empty
#endif
