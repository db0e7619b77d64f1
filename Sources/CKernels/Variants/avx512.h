// What generic vectors cannot say with AVX-512: 64 bytes, 32 registers, masked loads and stores.
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
