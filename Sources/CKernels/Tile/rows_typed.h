// The sweeps of rows.c for one element type.

// Elements after which running results are folded, as in Reduce/reduce.h.
#define PIECE (4096 / sizeof(T))

static T N(end)(cr_row_end end, double x) {
  if (end == CR_ROW_SHIFT) return x == -INFINITY ? 0 : (T)x;
  if (end == CR_ROW_SHARE) return (T)(x == 0 ? 1 : 1 / x);
  return (T)x;
}

// What a piece gives to a fold: Neumaier's sum, or the larger or smaller one; NaN stays.
static void N(join)(cr_reduction r, double x, bool is_first, double *high, double *low) {
  if (is_first) { *high = x; return; }
  if (r == CR_MAX) *high = *high >= x || *high != *high ? *high : x;
  else if (r == CR_MIN) *high = *high <= x || *high != *high ? *high : x;
  else {
    const double sum = *high + x;
    if (fabs(sum) < (double)INFINITY) *low += fabs(*high) >= fabs(x) ? (*high - sum) + x : (x - sum) + *high;
    *high = sum;
  }
}

// n elements of a row; `at` are its slots, from the first of these elements on.
static void N(sweep)(const cr_row_program *p, const cr_table *table, T **at, size_t n, double *folded) {
  for (size_t f = 0; f < p->folds; f++) {
    T *const room = at[p->fold[f].room];
    const cr_reduction r = p->fold[f].reduction;
    for (size_t i = 0; i < 128 / sizeof(T); i++) room[i] = r == CR_SUM ? 0 : r == CR_MIN ? (T)INFINITY : -(T)INFINITY;
    folded[f] = room[0];
  }
  size_t done = table->N(blocks) ? table->N(blocks)(p->blocks, p->twice, at, p->still, p->stills, n) : 0;
  const size_t whole = done;
  while (done < n) {
    const size_t more = n - done < CR_ROW_ROOM ? n - done : CR_ROW_ROOM;
    for (const cr_slot_code *c = p->code; c < p->code + p->count; c++) {
      // Operands that an operation does not read have no place.
      const size_t operands = (size_t)cr_operands(c->op);
      const T *const a = at[c->a] + done;
      const T *const second = operands > 1 ? at[c->b] + done : a, *const third = operands > 2 ? at[c->c] + done : a;
      table->N(kernels)[c->op](more, at[c->out] + done, a, second, third);
    }
    done += more;
    for (size_t s = 0; s < p->stills; s++) at[p->still[s]] -= more;
  }
  for (size_t f = 0; f < p->folds; f++) {
    const cr_row_fold *fold = &p->fold[f];
    const T *const x = at[fold->value];
    folded[f] = table->N(fold_group)
                    ? table->N(fold_group)(fold->reduction, whole, n - whole, x + whole, at[fold->room] + done)
                    : table->N(row_reduce)(fold->reduction, n, x);
  }
}

void N(cr_rows_run)(const cr_row_program *p, T *const *slot, size_t rows, size_t width) {
  const cr_table *table = cr_active();
  T *at[p->slots];
  double folded[p->folds + 1], high[p->folds + 1], low[p->folds + 1];
  for (size_t row = 0; row < rows; row++) {
    for (size_t k = 0; k < p->numbers; k++) {
      const T x = slot[p->number[k].from][row];
      table->N(repeat)(1, 0, CR_ROW_ROOM, slot[p->number[k].room], &x);
    }
    for (size_t start = 0; start < width; start += PIECE) {
      const size_t n = width - start < PIECE ? width - start : PIECE;
      for (size_t k = 0; k < p->stills; k++) at[p->still[k]] = slot[p->still[k]];
      for (size_t k = 0; k < p->moving; k++) at[p->move[k]] = slot[p->move[k]] + row * width + start;
      N(sweep)(p, table, at, n, folded);
      for (size_t f = 0; f < p->folds; f++) {
        if (start == 0) low[f] = 0;
        N(join)(p->fold[f].reduction, folded[f], start == 0, &high[f], &low[f]);
      }
    }
    for (size_t f = 0; f < p->folds; f++) slot[p->fold[f].result][row] = N(end)(p->fold[f].end, high[f] + low[f]);
  }
}
