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

// Adds a slot to those that move, unless it is known.
static void note_moving(cr_row_program *p, bool *seen, uint16_t slot) {
  if (!seen[slot]) p->move[p->moving++] = slot;
  seen[slot] = true;
}

static bool find_moving(cr_row_program *p) {
  bool *seen = calloc(p->slots + 1, 1);
  if (!seen) return false;
  for (size_t i = 0; i < p->stills; i++) seen[p->still[i]] = true;
  for (size_t i = 0; i < p->count; i++) {
    const cr_slot_code *c = &p->code[i];
    const uint16_t used[4] = {c->out, c->a, c->b, c->c};
    for (size_t k = 0; k < 1 + (size_t)cr_operands(c->op); k++) note_moving(p, seen, used[k]);
  }
  for (size_t i = 0; i < p->folds; i++) note_moving(p, seen, p->fold[i].value);
  free(seen);
  return true;
}

static void *copy_of(const void *from, size_t bytes) {
  void *to = malloc(bytes + 1);
  if (to && bytes) memcpy(to, from, bytes);
  return to;
}

cr_row_program *cr_rows_build(const cr_row_description *d) {
  cr_row_program *p = calloc(1, sizeof *p);
  if (!p) return NULL;
  p->count = d->count, p->folds = d->folds, p->numbers = d->numbers, p->slots = d->slots, p->twice = d->twice && !d->folds;
  p->code = copy_of(d->code, d->count * sizeof *p->code);
  p->fold = copy_of(d->fold, d->folds * sizeof *p->fold);
  p->number = copy_of(d->repeated, d->numbers * sizeof *p->number);
  p->blocks = malloc((3 * d->count + 2 * d->folds + 1) * sizeof *p->blocks);
  p->still = malloc((d->numbers + d->folds + d->constants + 1) * sizeof *p->still);
  p->move = malloc((d->slots + 1) * sizeof *p->move);
  bool built = p->code && p->fold && p->number && p->blocks && p->still && p->move;
  if (built) {
    for (size_t i = 0; i < d->numbers; i++) p->still[p->stills++] = d->repeated[i].room;
    for (size_t i = 0; i < d->folds; i++) p->still[p->stills++] = d->fold[i].room;
    for (size_t i = 0; i < d->constants; i++) p->still[p->stills++] = d->constant[i];
    built = find_moving(p);
  }
  if (!built) return cr_rows_free(p), NULL;
  cr_blocks_write(d->code, d->count, d->kept, d->fold, d->folds, p->blocks);
  return p;
}

void cr_rows_free(cr_row_program *p) {
  free(p->code), free(p->fold), free(p->number), free(p->blocks), free(p->still), free(p->move), free(p);
}

#define CR_EACH_TYPE "../Tile/rows_typed.h"
#include "../Variants/types.h"
