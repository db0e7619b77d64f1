// AVX-512 (F, DQ, BW, VL): 64-byte vectors, 32 registers, masked loads and stores.
#if defined(__x86_64__)
#include "../Dispatch/table.h"
#include <immintrin.h>
#include <math.h>
#include <string.h>

#pragma clang attribute push(__attribute__((target("avx512f,avx512dq,avx512bw,avx512vl,avx2,fma,bmi2"))),              \
                             apply_to = function)
#define CR_ISA avx512
#define MICRO_PAIRS cr_gemm_pairs_avx512
#include "avx512.h"
// For the compiler: r0…r3 are finished before r4…r7 are begun.
#define CR_FIRST_HALF_THEN_REST \
  __asm__ volatile("" : "+v"(r4), "+v"(r5), "+v"(r6), "+v"(r7) : "v"(r0), "v"(r1), "v"(r2), "v"(r3));
#include "body.h"
#pragma clang attribute pop
#else
typedef int cr_no_avx512;  // a translation unit may not be empty
#endif
