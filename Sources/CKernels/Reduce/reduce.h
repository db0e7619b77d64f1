// Reductions of [outer, n, inner] over the middle axis.
//
// The order of additions is fixed by n alone, never by alignment, instruction set or threads. A row is read in groups
// of 128 bytes; lane l of a group always adds to running sum l; every 32 groups the lanes are folded in halves
// (l and l + L/2, then quarters, …) and the block's sum joins a compensated total in double. So the error of a float
// sum is that of 32 additions and a fold, however long the row, and every variant gives the same bits.
// Columns (inner > 1) go row by row: 64 rows in T, then into totals in double.

#define GROUP_VECTORS (128 / CR_BYTES)
#define BLOCK_GROUPS 32

static const I N(lane_numbers)[16]
    __attribute__((aligned(64))) = {0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15};
// n lanes of p, the rest filled.
INLINE V N(load_filled)(const T *p, size_t n, T fill) {
  if (n >= LANES) return N(load)(p);
  return N(select)(*(const VI *)N(lane_numbers) < (I)n, N(load_masked)(p, N(first)(n)), N(splat)(fill));
}

INLINE T N(neutral)(const cr_reduction r) {
  return r == CR_SUM ? 0 : r == CR_PRODUCT ? 1 : r == CR_MIN ? (T)INFINITY : -(T)INFINITY;
}
INLINE V N(combine)(const cr_reduction r, V a, V b) {
  switch (r) {
    case CR_SUM: return a + b;
    case CR_PRODUCT: return a * b;
    case CR_MIN: return N(select)((a <= b) | (a != a), a, b);
    default: return N(select)((a >= b) | (a != a), a, b);
  }
}
INLINE T N(combine_scalar)(const cr_reduction r, T a, T b) {
  switch (r) {
    case CR_SUM: return a + b;
    case CR_PRODUCT: return a * b;
    case CR_MIN: return a <= b || a != a ? a : b;
    default: return a >= b || a != a ? a : b;
  }
}
// The vectors of one group to one number, always in halves.
INLINE T N(fold)(const cr_reduction r, const V *group) {
  V v[GROUP_VECTORS];
  UNROLL for (size_t i = 0; i < GROUP_VECTORS; i++) v[i] = group[i];
  UNROLL for (size_t w = GROUP_VECTORS / 2; w > 0; w /= 2)
    UNROLL for (size_t i = 0; i < w; i++) v[i] = N(combine)(r, v[i], v[i + w]);
  T lane[LANES];
  memcpy(lane, v, sizeof lane);
  UNROLL for (size_t w = LANES / 2; w > 0; w /= 2)
    UNROLL for (size_t i = 0; i < w; i++) lane[i] = N(combine_scalar)(r, lane[i], lane[i + w]);
  return lane[0];
}

// Lane l of the result is the fold of row[l]: the steps of a transposition, combining what would change places. The
// halves meet in the same order as in one fold.
INLINE V N(fold_many)(const cr_reduction r, V *row) {
#define FOLD(d)                          \
  UNROLL for (size_t i = 0; i < d; i++) \
    row[i] = N(combine)(r, SWAP_LOW(d, row[i], row[i + d]), SWAP_HIGH(d, row[i], row[i + d]));
  SWAP_ALL(FOLD)
  return row[0];
}

// Neumaier's sum: high + low carries what rounding loses.
typedef struct { double high, low; } N(total);
INLINE void N(add_to)(N(total) *t, double x) {
  const double sum = t->high + x;
  // an infinite sum has lost nothing
  if (fabs(sum) < (double)INFINITY) t->low += fabs(t->high) >= fabs(x) ? (t->high - sum) + x : (x - sum) + t->high;
  t->high = sum;
}

// One block of at most BLOCK_GROUPS groups.
INLINE T N(reduce_block)(const cr_reduction r, size_t n, const T *p) {
  const T fill = N(neutral)(r);
  V acc[GROUP_VECTORS];
  UNROLL for (size_t v = 0; v < GROUP_VECTORS; v++) acc[v] = N(splat)(fill);
  size_t i = 0;
  for (; i + GROUP <= n; i += GROUP)
    UNROLL for (size_t v = 0; v < GROUP_VECTORS; v++) acc[v] = N(combine)(r, acc[v], N(load)(p + i + v * LANES));
  UNROLL for (size_t v = 0; v < GROUP_VECTORS; v++)
    if (i + v * LANES < n) acc[v] = N(combine)(r, acc[v], N(load_filled)(p + i + v * LANES, n - i - v * LANES, fill));
  return N(fold)(r, acc);
}

INLINE double N(reduce_row)(const cr_reduction r, size_t n, const T *p) {
  const size_t block = GROUP * BLOCK_GROUPS;
  if (n <= block) return (double)N(reduce_block)(r, n, p);
  N(total) sum = {0, 0};
  double other = (double)N(neutral)(r);
  for (size_t i = 0; i < n; i += block) {
    const double x = (double)N(reduce_block)(r, n - i < block ? n - i : block, p + i);
    if (r == CR_SUM) N(add_to)(&sum, x);
    else if (r == CR_PRODUCT) other *= x;
    else if (r == CR_MIN) other = other <= x || other != other ? other : x;
    else other = other >= x || other != other ? other : x;
  }
  return r == CR_SUM ? sum.high + sum.low : other;
}

// A row's last n elements, from `begin` on, are added to the results of those before, and all become one. Blocks may end
// in the middle of a group.
static T N(fold_group)(const cr_reduction r, size_t begin, size_t n, const T *p, const T *group) {
  V acc[GROUP_VECTORS];
  UNROLL for (size_t v = 0; v < GROUP_VECTORS; v++) acc[v] = N(load)(group + v * LANES);
  for (size_t i = 0; i < n; i += LANES) {
    const size_t v = (begin + i) / LANES % GROUP_VECTORS;
    acc[v] = N(combine)(r, acc[v], N(load_filled)(p + i, n - i, N(neutral)(r)));
  }
  return N(fold)(r, acc);
}

static double N(row_sum)(size_t n, const T *p) { return N(reduce_row)(CR_SUM, n, p); }
static double N(row_product)(size_t n, const T *p) { return N(reduce_row)(CR_PRODUCT, n, p); }
static double N(row_max)(size_t n, const T *p) { return N(reduce_row)(CR_MAX, n, p); }
static double N(row_min)(size_t n, const T *p) { return N(reduce_row)(CR_MIN, n, p); }

// Σ e^(x - shift), written to out where there is one; the lanes and blocks of a sum.
static double N(row_exp_sum)(size_t n, const T *p, T shift, T *out) {
  N(total) sum = {0, 0};
  const size_t block = GROUP * BLOCK_GROUPS;
  for (size_t start = 0; start < n; start += block) {
    const size_t end = n - start < block ? n : start + block;
    V acc[GROUP_VECTORS] = {0};
    for (size_t i = start; i < end; i += GROUP)
      for (size_t v = 0; v < GROUP_VECTORS && i + v * LANES < end; v++) {
        const size_t at = i + v * LANES, left = end - at;
        const V e = N(exp)(N(load_filled)(p + at, left, -(T)INFINITY) - shift);
        acc[v] += e;
        if (out) {
          if (left >= LANES) N(store)(out + at, e);
          else N(store_masked)(out + at, N(first)(left), e);
        }
      }
    N(add_to)(&sum, (double)N(fold)(CR_SUM, acc));
  }
  return sum.high + sum.low;
}
static double N(row_log_sum_exp)(size_t n, const T *p) {
  const double max = N(row_max)(n, p);
  return fabs(max) < (double)INFINITY ? max + log(N(row_exp_sum)(n, p, (T)max, NULL)) : max;
}

// Rows of up to nv vectors added up in registers, where memory would make each row wait for the last one.
INLINE void N(sum_thin)(const size_t nv, size_t rows, size_t inner, size_t width, T *sum, const T *a) {
  const N(mask) last = N(first)(width - (nv - 1) * LANES);
  V s[4] = {0};
  for (size_t k = 0; k < rows; k++, a += inner)
    UNROLL for (size_t v = 0; v < nv; v++)
      s[v] = s[v] + (v + 1 == nv ? N(load_masked)(a + v * LANES, last) : N(load)(a + v * LANES));
  UNROLL for (size_t v = 0; v < nv; v++) N(store)(sum + v * LANES, s[v]);
}
static void N(sum_rows)(size_t rows, size_t inner, size_t width, T *sum, const T *a) {
  if (width <= LANES) N(sum_thin)(1, rows, inner, width, sum, a);
  else if (width <= 2 * LANES) N(sum_thin)(2, rows, inner, width, sum, a);
  else if (width <= 3 * LANES) N(sum_thin)(3, rows, inner, width, sum, a);
  else if (width <= 4 * LANES) N(sum_thin)(4, rows, inner, width, sum, a);
  else for (size_t k = 0; k < rows; k++) N(kernel_add)(width, sum, sum, a + k * inner, NULL);
}

// One strip of columns: width ≤ STRIP, rows `inner` apart.
#define STRIP 256
INLINE void N(columns)(const cr_reduction r, size_t n, size_t inner, size_t width, T *out, const T *a) {
  T acc[STRIP] __attribute__((aligned(64)));
  double total[STRIP];
  const T fill = N(neutral)(r);
  const cr_reduction step = r == CR_LOG_SUM_EXP ? CR_MAX : r;
  const N(cr_kernel) kernel = step == CR_PRODUCT ? N(kernel_multiply)
                            : step == CR_MIN ? N(kernel_minimum) : N(kernel_maximum);
  for (size_t j = 0; j < width; j++) total[j] = (double)fill;
  for (size_t i = 0; i < n; i += 64) {
    for (size_t j = 0; j < width; j++) acc[j] = fill;
    if (step == CR_SUM) N(sum_rows)(n - i < 64 ? n - i : 64, inner, width, acc, a + i * inner);
    else for (size_t k = i; k < n && k < i + 64; k++) kernel(width, acc, acc, a + k * inner, NULL);
    if (step == CR_SUM) for (size_t j = 0; j < width; j++) total[j] += (double)acc[j];
    else if (step == CR_PRODUCT) for (size_t j = 0; j < width; j++) total[j] *= (double)acc[j];
    else for (size_t j = 0; j < width; j++) total[j] = N(combine_scalar)(step, (T)total[j], acc[j]);
  }
  if (r == CR_LOG_SUM_EXP) {
    T max[STRIP], e[STRIP];
    double sum[STRIP];
    for (size_t j = 0; j < width; j++) max[j] = (T)total[j], sum[j] = 0;
    for (size_t k = 0; k < n; k++) {
      N(kernel_subtract)(width, e, a + k * inner, max, NULL);
      N(kernel_exp)(width, e, e, NULL, NULL);
      for (size_t j = 0; j < width; j++) sum[j] += (double)e[j];
    }
    for (size_t j = 0; j < width; j++)
      if (fabs(total[j]) < (double)INFINITY) total[j] += log(sum[j]);
  }
  for (size_t j = 0; j < width; j++) out[j] = (T)total[j];
}

static double N(row_reduce)(cr_reduction r, size_t n, const T *a) {
  switch (r) {
    case CR_SUM: return N(row_sum)(n, a);
    case CR_PRODUCT: return N(row_product)(n, a);
    case CR_MAX: return N(row_max)(n, a);
    case CR_MIN: return N(row_min)(n, a);
    default: return N(row_log_sum_exp)(n, a);
  }
}
static void N(accumulate)(size_t n, double *total, const T *a) {
  for (size_t i = 0; i < n; i++) total[i] += (double)a[i];
}
