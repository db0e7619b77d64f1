// Straight-line elementwise code: which results stay in registers, and how the code runs.
#include "tile.h"

// Whether an operation has only a handler that takes its first operand over: it is unary or deep.
static bool takes_first_only(size_t op) {
  enum { ONE, FEW, DEEP };
#define FIRST_ONLY(name, operands, cost, vector, scalar) operands == 1 || cost == DEEP,
  static const bool first_only[] = {CR_KERNELS(FIRST_ONLY)};
#undef FIRST_ONLY
  return first_only[op];
}

// The operands (a mask) that an instruction can take over from the one before it, which wrote `previous`; others must
// lie in their slots.
static int operand_mask(const cr_slot_code *c, uint16_t previous) {
  if (takes_first_only(c->op)) return c->a == previous;
  const int first_two = (c->a == previous) | (c->b == previous) << 1;
  return first_two || cr_operands(c->op) == 2 ? first_two : (c->c == previous) << 2;
}

static size_t reads(const cr_slot_code *c, uint16_t slot) {
  const uint16_t operand[3] = {c->a, c->b, c->c};
  size_t n = 0;
  for (size_t k = 0; k < cr_operands(c->op); k++) n += operand[k] == slot;
  return n;
}

// Whether the result of instruction i must reach its slot: unless the next one takes over every operand that reads it
// and nobody else does.
static bool is_stored(const cr_slot_code *code, size_t count, size_t i, const bool *kept) {
  const uint16_t slot = code[i].out;
  size_t j = i + 1;
  if (j < count && reads(&code[j], slot) > 0) {
    if (reads(&code[j], slot) > (size_t)__builtin_popcount((unsigned)operand_mask(&code[j], slot))) return true;
    if (code[j++].out == slot) return false;
  }
  for (; j < count; j++) {
    if (reads(&code[j], slot) > 0) return true;
    if (code[j].out == slot) return false;
  }
  return kept[slot];
}

// The instruction whose result a fold reads, -1 if that is there from the beginning.
static ptrdiff_t source_of(const cr_row_fold *fold, const cr_slot_code *code) {
  ptrdiff_t i = fold->after;
  while (--i >= 0 && code[i].out != fold->value) {}
  return i;
}
// The folds of what instruction i leaves in registers; for -1, of what is loaded first. Returns the slot that registers
// hold then.
static uint16_t write_folds(const cr_slot_code *code, ptrdiff_t i, const cr_row_fold *folds, size_t count,
                            cr_block *blocks, size_t *n) {
  static const uint16_t handlers[] = {[CR_SUM] = BLOCK_SUM, [CR_MAX] = BLOCK_MAX, [CR_MIN] = BLOCK_MIN};
  uint16_t present = i < 0 ? CR_NO_SLOT : code[i].out;
  for (const cr_row_fold *f = folds; f < folds + count; f++) {
    if (source_of(f, code) != i) continue;
    if (f->value != present) blocks[(*n)++] = (cr_block){BLOCK_LOAD, f->value, 0, 0};
    present = f->value;
    blocks[(*n)++] = (cr_block){handlers[f->reduction], f->room, 0, 0};
  }
  return present;
}

void cr_blocks_write(const cr_slot_code *code, size_t count, const bool *kept, const cr_row_fold *folds,
                     size_t fold_count, cr_block *blocks) {
  size_t n = 0;
  uint16_t present = write_folds(code, -1, folds, fold_count, blocks, &n);
  for (size_t i = 0; i < count; i++) {
    const cr_slot_code *c = &code[i];
    int mask = present == CR_NO_SLOT ? 0 : operand_mask(c, present);
    if (!mask && takes_first_only(c->op)) {
      blocks[n++] = (cr_block){BLOCK_LOAD, c->a, 0, 0};
      mask = 1;
    }
    blocks[n++] = (cr_block){(uint16_t)BLOCK_HANDLER_OF(c->op, mask), c->a, c->b, c->c};
    if (is_stored(code, count, i, kept)) blocks[n++] = (cr_block){BLOCK_STORE, c->out, 0, 0};
    present = write_folds(code, (ptrdiff_t)i, folds, fold_count, blocks, &n);
  }
  blocks[n] = (cr_block){BLOCK_END, 0, 0, 0};
}

#define RUN(T, S)                                                                                                    \
  void cr_blocks_run_##S(const cr_slot_code *code, size_t count, const cr_block *blocks, bool twice, T *const *slot, \
                         size_t n) {                                                                                 \
    const cr_table *table = cr_active();                                                                             \
    const size_t done = table->blocks_##S ? table->blocks_##S(blocks, twice, (T **)(uintptr_t)slot, NULL, 0, n) : 0;                           \
    if (done == n) return;                                                                                           \
    for (const cr_slot_code *c = code; c < code + count; c++)                                                        \
      table->kernels_##S[c->op](n - done, slot[c->out] + done, slot[c->a] + done, slot[c->b] + done,                 \
                                slot[c->c] + done);                                                                  \
  }
RUN(float, f32)
RUN(double, f64)
