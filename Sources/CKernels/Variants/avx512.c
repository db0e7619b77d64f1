// AVX-512 (F, DQ, BW, VL): 64-byte vectors, 32 registers, masked loads and stores.
#if defined(__x86_64__)
#include "../Dispatch/table.h"
#include <immintrin.h>
#include <math.h>
#include <string.h>

#pragma clang attribute push(__attribute__((target("avx512f,avx512dq,avx512bw,avx512vl,avx2,fma,bmi2"))),              \
                             apply_to = function)
#define CR_ISA avx512
#define CR_BYTES 64
#define CR_REGISTERS 32
#define CR_HAS_FMA 1
#define CR_HAS_ROUND 1
#define CR_MASKS 512
typedef __mmask16 mask16_f32;
typedef __mmask8 mask16_f64;
#define mm512_load_f32 _mm512_maskz_loadu_ps
#define mm512_load_f64 _mm512_maskz_loadu_pd
#define mm512_store_f32(p, m, v) _mm512_mask_storeu_ps(p, m, (__m512)(v))
#define mm512_store_f64(p, m, v) _mm512_mask_storeu_pd(p, m, (__m512d)(v))
#define mm512_scalef_f32(x, k) _mm512_scalef_ps((__m512)(x), (__m512)(k))
#define mm512_scalef_f64(x, k) _mm512_scalef_pd((__m512d)(x), (__m512d)(k))
#define mm512_permute_f32(i, t) _mm512_permutexvar_ps((__m512i)(i), (__m512)(t))
// For the compiler: r0…r3 are finished before r4…r7 are begun.
#define CR_FIRST_HALF_THEN_REST \
  __asm__ volatile("" : "+v"(r4), "+v"(r5), "+v"(r6), "+v"(r7) : "v"(r0), "v"(r1), "v"(r2), "v"(r3));
#include "body.h"
#pragma clang attribute pop
#else
typedef int cr_no_avx512;  // a translation unit may not be empty
#endif
