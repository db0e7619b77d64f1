// LANES × LANES transposed in registers: for d = LANES/2, …, 2, 1 the off-diagonal d × d blocks of each pair of
// rows (i, i + d) change places: lane j takes row i where bit d of j is clear (first) and row i + d where it is set.
#if CR_BYTES == 64 && MANTISSA == 23
#define SWAP_LOW_8(a, b) __builtin_shufflevector(a, b, 0, 1, 2, 3, 4, 5, 6, 7, 16, 17, 18, 19, 20, 21, 22, 23)
#define SWAP_HIGH_8(a, b) __builtin_shufflevector(a, b, 8, 9, 10, 11, 12, 13, 14, 15, 24, 25, 26, 27, 28, 29, 30, 31)
#define SWAP_LOW_4(a, b) __builtin_shufflevector(a, b, 0, 1, 2, 3, 16, 17, 18, 19, 8, 9, 10, 11, 24, 25, 26, 27)
#define SWAP_HIGH_4(a, b) __builtin_shufflevector(a, b, 4, 5, 6, 7, 20, 21, 22, 23, 12, 13, 14, 15, 28, 29, 30, 31)
#define SWAP_LOW_2(a, b) __builtin_shufflevector(a, b, 0, 1, 16, 17, 4, 5, 20, 21, 8, 9, 24, 25, 12, 13, 28, 29)
#define SWAP_HIGH_2(a, b) __builtin_shufflevector(a, b, 2, 3, 18, 19, 6, 7, 22, 23, 10, 11, 26, 27, 14, 15, 30, 31)
#define SWAP_LOW_1(a, b) __builtin_shufflevector(a, b, 0, 16, 2, 18, 4, 20, 6, 22, 8, 24, 10, 26, 12, 28, 14, 30)
#define SWAP_HIGH_1(a, b) __builtin_shufflevector(a, b, 1, 17, 3, 19, 5, 21, 7, 23, 9, 25, 11, 27, 13, 29, 15, 31)
#define SWAP_ALL(S) S(8) S(4) S(2) S(1)
#define EVEN(a, b) __builtin_shufflevector(a, b, 0, 2, 4, 6, 8, 10, 12, 14, 16, 18, 20, 22, 24, 26, 28, 30)
#define ODD(a, b) __builtin_shufflevector(a, b, 1, 3, 5, 7, 9, 11, 13, 15, 17, 19, 21, 23, 25, 27, 29, 31)
#elif (CR_BYTES == 64 && MANTISSA == 52) || (CR_BYTES == 32 && MANTISSA == 23)
#define SWAP_LOW_4(a, b) __builtin_shufflevector(a, b, 0, 1, 2, 3, 8, 9, 10, 11)
#define SWAP_HIGH_4(a, b) __builtin_shufflevector(a, b, 4, 5, 6, 7, 12, 13, 14, 15)
#define SWAP_LOW_2(a, b) __builtin_shufflevector(a, b, 0, 1, 8, 9, 4, 5, 12, 13)
#define SWAP_HIGH_2(a, b) __builtin_shufflevector(a, b, 2, 3, 10, 11, 6, 7, 14, 15)
#define SWAP_LOW_1(a, b) __builtin_shufflevector(a, b, 0, 8, 2, 10, 4, 12, 6, 14)
#define SWAP_HIGH_1(a, b) __builtin_shufflevector(a, b, 1, 9, 3, 11, 5, 13, 7, 15)
#define SWAP_ALL(S) S(4) S(2) S(1)
#define EVEN(a, b) __builtin_shufflevector(a, b, 0, 2, 4, 6, 8, 10, 12, 14)
#define ODD(a, b) __builtin_shufflevector(a, b, 1, 3, 5, 7, 9, 11, 13, 15)
#elif (CR_BYTES == 32 && MANTISSA == 52) || (CR_BYTES == 16 && MANTISSA == 23)
#define SWAP_LOW_2(a, b) __builtin_shufflevector(a, b, 0, 1, 4, 5)
#define SWAP_HIGH_2(a, b) __builtin_shufflevector(a, b, 2, 3, 6, 7)
#define SWAP_LOW_1(a, b) __builtin_shufflevector(a, b, 0, 4, 2, 6)
#define SWAP_HIGH_1(a, b) __builtin_shufflevector(a, b, 1, 5, 3, 7)
#define SWAP_ALL(S) S(2) S(1)
#define EVEN(a, b) __builtin_shufflevector(a, b, 0, 2, 4, 6)
#define ODD(a, b) __builtin_shufflevector(a, b, 1, 3, 5, 7)
#else
#define SWAP_LOW_1(a, b) __builtin_shufflevector(a, b, 0, 2)
#define SWAP_HIGH_1(a, b) __builtin_shufflevector(a, b, 1, 3)
#define SWAP_ALL(S) S(1)
#define EVEN(a, b) __builtin_shufflevector(a, b, 0, 2)
#define ODD(a, b) __builtin_shufflevector(a, b, 1, 3)
#endif
#define SWAP(d)                                              \
  UNROLL for (size_t i = 0; i < LANES; i++)                  \
    if (!(i & d)) {                                          \
      const V a = row[i], b = row[i + d];                    \
      row[i] = SWAP_LOW_##d(a, b);                           \
      row[i + d] = SWAP_HIGH_##d(a, b);                      \
    }
INLINE void N(transpose_block)(V *row) { SWAP_ALL(SWAP) }
// Every second lane of a followed by b.
INLINE V N(even)(V a, V b) { return EVEN(a, b); }
INLINE V N(odd)(V a, V b) { return ODD(a, b); }
#undef EVEN
#undef ODD
#undef SWAP
