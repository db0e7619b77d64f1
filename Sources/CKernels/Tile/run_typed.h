// The interpreter for one element type; included by run.c for each.

// May write up to SLACK elements, which the next run or nobody reads.
static inline void N(fill)(size_t n, T *to, T x) {
  if (n <= SLACK) for (size_t i = 0; i < SLACK; i++) to[i] = x;
  else for (size_t i = 0; i < n; i++) to[i] = x;
}

// Copies n elements of the index space from `start` on: run by run along the last axis.
static void N(gather)(const cr_tile_program *p, const tile_input *in, const T *from, size_t start, size_t n, T *to,
                      const cr_table *table) {
  const N(cr_kernel) copy = table->N(kernels)[CR_copy];
  ptrdiff_t index[CR_TILE_RANK], at = 0;
  size_t rest = start;
  for (size_t k = p->rank; k-- > 0;) {
    index[k] = (ptrdiff_t)(rest % (size_t)p->shape[k]);
    rest /= (size_t)p->shape[k];
    at += index[k] * in->strides[k];
  }
  if (p->rank == 0) { *to = *from; return; }
  const size_t axis = p->rank - 1;
  const ptrdiff_t length = p->shape[axis], step = in->strides[axis];
  for (;;) {
    size_t run = (size_t)(length - index[axis]);
    if (run > n) run = n;
    if (step == 0 && axis > 0 && run == (size_t)length) {  // a number for each row: all rows that are whole at once
      size_t rows = (size_t)(p->shape[axis - 1] - index[axis - 1]);
      if (rows > n / run) rows = n / run;
      table->N(repeat)(rows, in->strides[axis - 1], run, to, from + at);
      run *= rows, index[axis - 1] += (ptrdiff_t)rows - 1, at += ((ptrdiff_t)rows - 1) * in->strides[axis - 1];
    } else if (step == 1) copy(run, to, from + at, NULL, NULL);
    else if (step == 0) N(fill)(run, to, from[at]);
    else for (size_t i = 0; i < run; i++) to[i] = from[at + (ptrdiff_t)i * step];
    to += run, n -= run;
    if (n == 0) return;
    at -= index[axis] * step, index[axis] = 0;
    for (size_t k = axis; k-- > 0;) {
      at += in->strides[k];
      if (++index[k] < p->shape[k]) break;
      at -= p->shape[k] * in->strides[k], index[k] = 0;
    }
  }
}

// The rows of a tile added up to one, by halves.
static const T *N(fold_rows)(const N(cr_kernel) *kernels, size_t rows, size_t row, const T *x, T *room) {
  while (rows > 1) {
    const size_t half = rows / 2;
    kernels[CR_add](half * row, room, x, x + (rows - half) * row, NULL);
    if (rows % 2 && x != room) kernels[CR_copy](row, room + half * row, x + half * row, NULL, NULL);
    x = room, rows -= half;
  }
  return x;
}

// Adds one tile of n elements, which begins at a column of its row, to its chunk's partial sums.
static void N(add_tile)(const cr_tile_program *p, const tile_output *o, const cr_table *table, size_t column, size_t n,
                        const T *x, double *partial) {
  if (o->kind == CR_TILE_SUM) {
    *partial += table->N(row_reduce)(CR_SUM, n, x);
    return;
  }
  T room[CR_TILE_ELEMENTS];
  const size_t width = n < p->row ? n : p->row;
  if (n > width) x = N(fold_rows)(table->N(kernels), n / width, width, x, room);
  table->N(accumulate)(width, partial + column, x);
}

// What is the same for every tile: inputs that are, constants, and the prologue.
static void N(begin)(const cr_tile_program *p, const cr_table *table, const void *const *inputs, T *const *slot,
                     T (*room)[CR_TILE_ELEMENTS + SLACK]) {
  const N(cr_kernel) *kernels = table->N(kernels);
  const size_t full = p->tile < p->elements ? p->tile : p->elements;
  for (size_t i = 0; i < p->inputs; i++)
    if (p->input[i].source == SOURCE_CONSTANT)
      N(gather)(p, &p->input[i], inputs[i], 0, full, slot[p->input[i].slot], table);
  for (size_t c = 0; c < p->constants; c++) {
    T *to = room[p->constant_buffer[c]];
    for (size_t i = 0; i < full; i++) to[i] = (T)p->constant[c];
  }
  for (size_t i = 0; i < p->prologue; i++) {
    const cr_slot_code *c = &p->code[i];
    kernels[c->op](full, slot[c->out], slot[c->a], slot[c->b], slot[c->c]);
  }
}

// A tile of n elements, which begins at a row and column, to rows of the output that lie apart.
static void N(scatter)(const cr_tile_program *p, const tile_output *y, const T *from, size_t row, size_t column,
                       size_t n, T *to, N(cr_kernel) copy) {
  to += (ptrdiff_t)row * y->row + (ptrdiff_t)column;
  for (; n > 0; to += y->row) {
    const size_t run = p->pieces == 1 && n > p->row ? p->row : n;
    copy(run, to, from, NULL, NULL);
    from += run, n -= run;
  }
}

static void N(run_tile)(const cr_tile_program *p, const cr_table *table, size_t chunk, size_t tile,
                        const void *const *inputs, void *const *outputs, T **slot, double *partials) {
  const N(cr_kernel) copy = table->N(kernels)[CR_copy];
  const size_t row = p->pieces == 1 ? tile * p->rows_per_tile : tile / p->pieces;
  const size_t column = p->pieces == 1 ? 0 : tile % p->pieces * CR_TILE_ELEMENTS;
  const size_t start = row * p->row + column, left = p->pieces == 1 ? p->elements - start : p->row - column;
  const size_t n = left < p->tile ? left : p->tile;
  for (size_t i = 0; i < p->inputs; i++) {
    const tile_input *in = &p->input[i];
    const T *from = inputs[i];
    // Slots of inputs are only read.
    if (in->source == SOURCE_DIRECT) slot[in->slot] = (T *)(uintptr_t)(from + start);
    else if (in->source == SOURCE_ROW) slot[in->slot] = (T *)(uintptr_t)(from + column);
    else if (in->source == SOURCE_GATHER) N(gather)(p, in, from, start, n, slot[in->slot], table);
  }
  for (size_t o = 0; o < p->outputs; o++)
    if (p->output[o].direct) slot[p->output[o].slot] = (T *)outputs[o] + start;
  N(cr_blocks_run)(p->code + p->prologue, p->codes - p->prologue, p->block, p->twice, slot, n);
  for (size_t o = 0; o < p->outputs; o++) {
    const tile_output *y = &p->output[o];
    if (y->direct) continue;
    if (y->kind == CR_TILE_STORE && y->row) N(scatter)(p, y, slot[y->slot], row, column, n, outputs[o], copy);
    else if (y->kind == CR_TILE_STORE) copy(n, (T *)outputs[o] + start, slot[y->slot], NULL, NULL);
    else N(add_tile)(p, y, table, column, n, slot[y->slot], partials + y->partial + chunk * y->stride);
  }
}

static void N(run)(const cr_tile_program *p, size_t chunk_begin, size_t chunk_end, const void *const *inputs,
                   void *const *outputs, double *partials) {
  const cr_table *table = cr_active();
  T room[p->buffers + 1][CR_TILE_ELEMENTS + SLACK] __attribute__((aligned(64)));
  T *slot[SLOTS];
  for (size_t s = 0; s < p->slots; s++)
    slot[s] = p->buffer_of_slot[s] == NO_BUFFER ? NULL : room[p->buffer_of_slot[s]];
  N(begin)(p, table, inputs, slot, room);
  for (size_t o = 0; o < p->outputs; o++) {
    const tile_output *y = &p->output[o];
    for (size_t i = chunk_begin * y->stride; i < chunk_end * y->stride; i++) partials[y->partial + i] = 0;
  }
  for (size_t chunk = chunk_begin; chunk < chunk_end; chunk++)
    for (size_t tile = chunk * p->tiles_per_chunk; tile < p->tiles && tile < (chunk + 1) * p->tiles_per_chunk; tile++)
      N(run_tile)(p, table, chunk, tile, inputs, outputs, slot, partials);
}

static void N(finish)(const cr_tile_program *p, void *const *outputs, const double *partials) {
  for (size_t o = 0; o < p->outputs; o++) {
    const tile_output *y = &p->output[o];
    for (size_t i = 0; i < y->stride; i++) {
      double total = partials[y->partial + i];
      for (size_t c = 1; c < p->chunks; c++) total += partials[y->partial + c * y->stride + i];
      ((T *)outputs[o])[i] = (T)total;
    }
  }
}
