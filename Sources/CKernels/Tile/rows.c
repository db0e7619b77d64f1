// Straight-line code over rows: numbers of rows as operands, and reductions of rows in the sweep that makes them.
#include "tile.h"
#include <math.h>
#include <stdlib.h>
#include <string.h>

struct cr_row_program {
  size_t count, folds, numbers, stills, moving, slots;
  bool twice;
  cr_slot_code *code;
  cr_block *blocks;
  cr_row_fold *fold;
  cr_row_number *number;
  uint16_t *still;  // rooms of numbers and of folds, then constants
  uint16_t *move;   // slots with rows
};

static void find_moving(cr_row_program *p) {
  bool *seen = calloc(p->slots, 1);
  for (size_t i = 0; i < p->stills; i++) seen[p->still[i]] = true;
  for (size_t i = 0; i < p->count + p->folds; i++) {
    const cr_slot_code *c = &p->code[i];
    const uint16_t used[4] = {i < p->count ? c->out : p->fold[i - p->count].value, i < p->count ? c->a : 0, c->b, c->c};
    const size_t n = i < p->count ? 1 + cr_operands(c->op) : 1;
    for (size_t k = 0; k < n; k++) {
      if (!seen[used[k]]) p->move[p->moving++] = used[k];
      seen[used[k]] = true;
    }
  }
  free(seen);
}

#define COPY(to, from, n) memcpy(to = malloc((n) * sizeof *(to) + 1), from, (n) * sizeof *(to))
cr_row_program *cr_rows_build(const cr_row_description *d) {
  cr_row_program *p = calloc(1, sizeof *p);
  if (!p) return NULL;
  p->count = d->count, p->folds = d->folds, p->numbers = d->numbers, p->slots = d->slots, p->twice = d->twice && !d->folds;
  COPY(p->code, d->code, d->count);
  COPY(p->fold, d->fold, d->folds);
  COPY(p->number, d->repeated, d->numbers);
  p->blocks = malloc((3 * d->count + 2 * d->folds + 1) * sizeof *p->blocks);
  p->still = malloc((d->numbers + d->folds + d->constants + 1) * sizeof *p->still);
  p->move = malloc((d->slots + 1) * sizeof *p->move);
  for (size_t i = 0; i < d->numbers; i++) p->still[p->stills++] = d->repeated[i].room;
  for (size_t i = 0; i < d->folds; i++) p->still[p->stills++] = d->fold[i].room;
  for (size_t i = 0; i < d->constants; i++) p->still[p->stills++] = d->constant[i];
  find_moving(p);
  cr_blocks_write(d->code, d->count, d->kept, d->fold, d->folds, p->blocks);
  return p;
}
void cr_rows_free(cr_row_program *p) {
  free(p->code), free(p->fold), free(p->number), free(p->blocks), free(p->still), free(p->move), free(p);
}

#define CR_EACH_TYPE "../Tile/rows_typed.h"
#include "../Variants/types.h"
