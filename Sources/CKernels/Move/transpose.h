// LANES × LANES transposed in registers: for d = LANES/2, …, 2, 1 the off-diagonal d × d blocks of each pair of
// rows (i, i + d) change places: lane j takes row i where bit d of j is clear (first) and row i + d where it is set.
#undef EACH_LANE
#undef SWAP_ALL
#if CR_BYTES == 64 && MANTISSA == 23
#define EACH_LANE EACH_LANE_16
#define SWAP_ALL(S) S(8) S(4) S(2) S(1)
#elif (CR_BYTES == 64 && MANTISSA == 52) || (CR_BYTES == 32 && MANTISSA == 23)
#define EACH_LANE EACH_LANE_8
#define SWAP_ALL(S) S(4) S(2) S(1)
#elif (CR_BYTES == 32 && MANTISSA == 52) || (CR_BYTES == 16 && MANTISSA == 23)
#define EACH_LANE EACH_LANE_4
#define SWAP_ALL(S) S(2) S(1)
#else
#define EACH_LANE EACH_LANE_2
#define SWAP_ALL(S) S(1)
#endif
#define EACH_LANE_2(F, d) F(0, d), F(1, d)
#define EACH_LANE_4(F, d) EACH_LANE_2(F, d), F(2, d), F(3, d)
#define EACH_LANE_8(F, d) EACH_LANE_4(F, d), F(4, d), F(5, d), F(6, d), F(7, d)
#define EACH_LANE_16(F, d) \
  EACH_LANE_8(F, d), F(8, d), F(9, d), F(10, d), F(11, d), F(12, d), F(13, d), F(14, d), F(15, d)
// Which lane of a followed by b goes to lane j.
#define LOW_LANE(j, d) ((j) & (d) ? (int)LANES + (j) - (d) : (j))
#define HIGH_LANE(j, d) ((j) & (d) ? (int)LANES + (j) : (j) + (d))
#define EVERY_SECOND(j, d) 2 * (j) + (d)
#define SWAP_LOW(d, a, b) __builtin_shufflevector(a, b, EACH_LANE(LOW_LANE, d))
#define SWAP_HIGH(d, a, b) __builtin_shufflevector(a, b, EACH_LANE(HIGH_LANE, d))
#define SWAP(d)                                              \
  UNROLL for (size_t i = 0; i < LANES; i++)                  \
    if (!(i & d)) {                                          \
      const V a = row[i], b = row[i + d];                    \
      row[i] = SWAP_LOW(d, a, b);                            \
      row[i + d] = SWAP_HIGH(d, a, b);                       \
    }
INLINE void N(transpose_block)(V *row) { SWAP_ALL(SWAP) }
// Every second lane of a followed by b.
INLINE V N(even)(V a, V b) { return __builtin_shufflevector(a, b, EACH_LANE(EVERY_SECOND, 0)); }
INLINE V N(odd)(V a, V b) { return __builtin_shufflevector(a, b, EACH_LANE(EVERY_SECOND, 1)); }
