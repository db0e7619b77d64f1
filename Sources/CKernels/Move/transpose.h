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

// out[r·out_row + c] = in[r + c·in_row]: a transposition in blocks of registers, the edges masked.
INLINE void N(transpose_edge)(size_t rows, size_t columns, T *out, size_t out_row, const T *in, ptrdiff_t in_row) {
  const N(mask) across = N(first)(rows), down = N(first)(columns);
  V block[LANES];
  UNROLL for (size_t l = 0; l < LANES; l++)
    block[l] = l < columns ? N(load_masked)(in + (ptrdiff_t)l * in_row, across) : (V){0};
  N(transpose_block)(block);
  UNROLL for (size_t l = 0; l < LANES; l++)
    if (l < rows) N(store_masked)(out + l * out_row, down, block[l]);
}
static void N(transpose)(size_t rows, size_t columns, T *out, size_t out_row, const T *in, ptrdiff_t in_row) {
  for (size_t c = 0; c < columns; c += LANES) {
    const size_t wide = columns - c < LANES ? columns - c : LANES;
    const T *from = in + (ptrdiff_t)c * in_row;
    size_t r = 0;
    if (wide == LANES) {
      for (; r + LANES <= rows; r += LANES) {
        V block[LANES];
        UNROLL for (size_t l = 0; l < LANES; l++) block[l] = N(load)(from + (ptrdiff_t)r + (ptrdiff_t)l * in_row);
        N(transpose_block)(block);
        UNROLL for (size_t l = 0; l < LANES; l++) N(store)(out + (r + l) * out_row + c, block[l]);
      }
    }
    for (; r < rows; r += LANES)
      N(transpose_edge)(rows - r < LANES ? rows - r : LANES, wide, out + r * out_row + c, out_row, from + (ptrdiff_t)r,
                        in_row);
  }
}
