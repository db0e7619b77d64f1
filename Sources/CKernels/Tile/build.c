// From a description in values to a program on slots: collapse axes, choose the tile, drop dead values, combine
// instructions, pull out what is the same for every tile, give the rest registers.
#include "tile.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

// Joins neighbouring axes that every input walks as one; never across the split, nor the last axis of an output that
// is stored row by row. Returns where the split now lies.
static size_t collapse(cr_tile_program *p, const cr_tile_description *d) {
  size_t split = 0, previous = 0;
  bool by_rows = false;
  for (size_t o = 0; o < d->outputs; o++) by_rows |= d->output[o].kind == CR_TILE_STORE && d->output[o].row;
  p->elements = 1;
  for (size_t k = 0; k < d->rank; k++) {
    p->elements *= (size_t)d->shape[k];
    if (d->shape[k] == 1 && !(by_rows && k + 1 == d->rank)) continue;
    bool joins = p->rank > 0 && !(previous < d->split && k >= d->split) && !(by_rows && k + 1 == d->rank);
    for (size_t i = 0; joins && i < d->inputs; i++)
      joins = p->input[i].strides[p->rank - 1] == d->input[i].strides[k] * d->shape[k];
    if (!joins) p->shape[p->rank++] = 1;
    p->shape[p->rank - 1] *= d->shape[k];
    for (size_t i = 0; i < d->inputs; i++) p->input[i].strides[p->rank - 1] = d->input[i].strides[k];
    if (k < d->split) split = p->rank;
    previous = k;
  }
  return split;
}

// Rows are what lies behind the split, or else the last axis; a tile holds whole rows or a piece of one.
static void choose_tiles(cr_tile_program *p, const cr_tile_description *d, size_t split) {
  p->row = 1;
  if (d->split) for (size_t k = split; k < p->rank; k++) p->row *= (size_t)p->shape[k];
  else if (p->rank) p->row = (size_t)p->shape[p->rank - 1];
  p->rows = p->elements / p->row;
  p->rows_per_tile = p->row <= CR_TILE_ELEMENTS ? CR_TILE_ELEMENTS / p->row : 1;
  p->tile = p->row <= CR_TILE_ELEMENTS ? p->rows_per_tile * p->row : CR_TILE_ELEMENTS;
  p->pieces = p->row <= CR_TILE_ELEMENTS ? 1 : (p->row + CR_TILE_ELEMENTS - 1) / CR_TILE_ELEMENTS;
  p->tiles = p->row <= CR_TILE_ELEMENTS ? (p->rows + p->rows_per_tile - 1) / p->rows_per_tile : p->rows * p->pieces;
  // Chunks depend on the shape alone. Where the axes are split, a chunk is whole rows.
  const size_t enough = (p->tiles + MAX_CHUNKS - 1) / MAX_CHUNKS;
  p->tiles_per_chunk = enough > TILES_PER_CHUNK ? enough : TILES_PER_CHUNK;
  if (d->split) p->tiles_per_chunk = (p->tiles_per_chunk + p->pieces - 1) / p->pieces * p->pieces;
  p->chunks = (p->tiles + p->tiles_per_chunk - 1) / p->tiles_per_chunk;
}

static tile_source classify(const cr_tile_program *p, const tile_input *in) {
  bool direct = true, constant = true, same_rows = true, row_is_run = true;
  size_t size = 1;
  for (size_t k = p->rank; k-- > 0;) {
    const bool in_row = size < p->row;
    direct &= in->strides[k] == (ptrdiff_t)size;
    constant &= in->strides[k] == 0;
    if (in_row) row_is_run &= in->strides[k] == (ptrdiff_t)size;
    else same_rows &= in->strides[k] == 0;
    size *= (size_t)p->shape[k];
  }
  if (constant) return SOURCE_CONSTANT;
  if (direct) return SOURCE_DIRECT;
  if (same_rows) return p->row <= CR_TILE_ELEMENTS ? SOURCE_CONSTANT : row_is_run ? SOURCE_ROW : SOURCE_GATHER;
  return SOURCE_GATHER;
}

static bool legal(const cr_tile_description *d) {
  const size_t first = d->inputs + d->constants, values = first + d->instructions;
  if (d->rank > CR_TILE_RANK || values > CR_TILE_VALUES || d->outputs > CR_TILE_OUTPUTS || d->split > d->rank)
    return false;
  for (size_t k = 0; k < d->rank; k++)
    if (d->shape[k] < 1) return false;
  for (size_t i = 0; i < d->instructions; i++) {
    const cr_tile_instruction *x = &d->instruction[i];
    const uint16_t operand[3] = {x->a, x->b, x->c};
    if (x->op >= CR_OPCODE_COUNT) return false;
    for (size_t k = 0; k < cr_operands(x->op); k++)
      if (operand[k] >= first + i) return false;
  }
  for (size_t o = 0; o < d->outputs; o++) {
    const cr_tile_output *y = &d->output[o];
    if (y->value >= values || y->in_place >= (int)d->inputs) return false;
    if (y->kind == CR_TILE_SUM_LEADING && d->split == 0) return false;
    if (y->row && (y->kind != CR_TILE_STORE || y->in_place >= 0 || (d->split != 0 && d->split + 1 != d->rank)))
      return false;
  }
  return true;
}

// Where each value is read for the last time, as an index of an instruction; `count` if an output needs it.
static void last_uses(const tile_value *v, size_t first, size_t count, const cr_tile_description *d, size_t *last) {
  for (size_t i = 0; i < count; i++) last[i] = 0;
  for (size_t i = first; i < count; i++)
    for (size_t k = 0; k < cr_operands(v[i].op); k++) last[v[i].operand[k]] = i;
  for (size_t o = 0; o < d->outputs; o++)
    if (d->output[o].value >= d->inputs) last[d->output[o].value] = count;
}

// Whether an output that hands on an input needs a copy first, because another output overwrites that input.
static bool overwritten(const cr_tile_description *d, uint16_t input) {
  for (size_t o = 0; o < d->outputs; o++)
    if (d->output[o].kind == CR_TILE_STORE && d->output[o].in_place == (int)input && d->output[o].value != input)
      return true;
  return false;
}

static void drop_dead(tile_value *v, size_t first, size_t count) {
  for (size_t i = count; i-- > first;)
    if (v[i].op != TILE_NONE && v[i].uses == 0) {
      for (size_t k = 0; k < cr_operands(v[i].op); k++) v[v[i].operand[k]].uses--;
      v[i].op = TILE_NONE;
    }
}

static cr_slot_code code_of(const tile_value *v, const uint16_t *slot, uint16_t out) {
  uint16_t s[3] = {0, 0, 0};
  for (size_t k = 0; k < cr_operands(v->op); k++) s[k] = slot[v->operand[k]];
  return (cr_slot_code){v->op, out, s[0], s[1], s[2]};
}

static uint16_t add_slot(cr_tile_program *p, uint16_t buffer) {
  p->buffer_of_slot[p->slots] = buffer;
  return (uint16_t)p->slots++;
}

// Slots and buffers while they are given away, by value.
typedef struct assignment {
  cr_tile_program *p;
  const cr_tile_description *d;
  const tile_value *v;
  size_t first, count, frees;
  size_t last[CR_TILE_VALUES];
  uint16_t slot[CR_TILE_VALUES], buffer[CR_TILE_VALUES], free_buffers[SLOTS];
  bool same[CR_TILE_VALUES];    // for every tile
  bool kept[CR_TILE_OUTPUTS];   // has a copy of its input
} assignment;

static void assign_leaves(assignment *a) {
  cr_tile_program *p = a->p;
  for (size_t i = 0; i < a->d->inputs; i++) {
    tile_input *in = &p->input[i];
    in->source = classify(p, in);
    a->same[i] = in->source == SOURCE_CONSTANT;
    in->buffer = a->same[i] || in->source == SOURCE_GATHER ? (uint16_t)p->buffers++ : NO_BUFFER;
    a->slot[i] = in->slot = add_slot(p, in->buffer);
  }
  for (size_t c = 0; c < a->d->constants; c++) {
    a->same[a->d->inputs + c] = true;
    p->constant[c] = a->d->constant[c];
    p->constant_buffer[c] = (uint16_t)p->buffers;
    a->slot[a->d->inputs + c] = add_slot(p, (uint16_t)p->buffers++);
  }
}

// What is computed once a run.
static void assign_prologue(assignment *a) {
  cr_tile_program *p = a->p;
  for (size_t i = a->first; i < a->count; i++) {
    bool all = true;
    for (size_t k = 0; k < cr_operands(a->v[i].op); k++) all &= a->same[a->v[i].operand[k]];
    if (!all) continue;
    a->same[i] = true;
    a->slot[i] = add_slot(p, (uint16_t)p->buffers++);
    p->code[p->prologue++] = code_of(&a->v[i], a->slot, a->slot[i]);
  }
  p->codes = p->prologue;
}

static void assign_copies(assignment *a) {
  cr_tile_program *p = a->p;
  for (size_t o = 0; o < a->d->outputs; o++) {
    const uint16_t x = a->d->output[o].value;
    if (x >= a->d->inputs || !overwritten(a->d, x)) continue;
    p->output[o].slot = add_slot(p, (uint16_t)p->buffers++);
    p->code[p->codes++] = (cr_slot_code){CR_copy, p->output[o].slot, a->slot[x], 0, 0};
    a->kept[o] = true;
  }
}

// The slot of a value that is computed for each tile: an output's memory where it may be, otherwise a buffer.
static void assign_value(assignment *a, size_t i) {
  cr_tile_program *p = a->p;
  a->slot[i] = NO_BUFFER;
  for (size_t o = 0; o < a->d->outputs && a->slot[i] == NO_BUFFER; o++) {
    const cr_tile_output *y = &a->d->output[o];
    if (y->kind != CR_TILE_STORE || y->value != i || y->row) continue;
    if (y->in_place >= 0 && a->last[y->in_place] > i) continue;
    a->slot[i] = p->output[o].slot = add_slot(p, NO_BUFFER);
    p->output[o].direct = true;
  }
  if (a->slot[i] != NO_BUFFER) return;
  a->buffer[i] = a->frees ? a->free_buffers[--a->frees] : (uint16_t)p->buffers++;
  a->slot[i] = add_slot(p, a->buffer[i]);
}

// Slots and buffers. A buffer whose value is read for the last time is free for the very instruction that reads it:
// kernels may write over an operand. Results that an output stores go straight to the output, unless an input in the
// same memory is still to be read.
static bool assign(cr_tile_program *p, const cr_tile_description *d, const tile_value *v) {
  assignment a = {.p = p, .d = d, .v = v, .first = d->inputs + d->constants};
  a.count = a.first + d->instructions;
  last_uses(v, a.first, a.count, d, a.last);
  for (size_t i = 0; i < a.count; i++) a.buffer[i] = NO_BUFFER;
  assign_leaves(&a);
  assign_prologue(&a);
  assign_copies(&a);
  for (size_t i = a.first; i < a.count; i++) {
    if (a.same[i]) continue;
    for (size_t k = 0; k < cr_operands(v[i].op); k++) {
      const uint16_t x = v[i].operand[k];
      if (a.last[x] == i && a.buffer[x] != NO_BUFFER)
        a.free_buffers[a.frees++] = a.buffer[x], a.buffer[x] = NO_BUFFER;
    }
    assign_value(&a, i);
    p->code[p->codes++] = code_of(&v[i], a.slot, a.slot[i]);
  }
  for (size_t o = 0; o < d->outputs; o++)
    if (!p->output[o].direct && !a.kept[o]) p->output[o].slot = a.slot[d->output[o].value];
  return p->slots <= SLOTS;
}

// The block program of what runs for each tile.
static void write_blocks(cr_tile_program *p, const cr_tile_description *d) {
  bool kept[SLOTS] = {false};
  p->twice = true;
  for (size_t o = 0; o < p->outputs; o++) {
    kept[p->output[o].slot] = true;
    p->twice &= d->output[o].kind != CR_TILE_STORE || d->output[o].in_place < 0;
  }
  cr_blocks_write(p->code + p->prologue, p->codes - p->prologue, kept, NULL, 0, p->block);
}

cr_tile_program *cr_tile_build(const cr_tile_description *description, bool is_double) {
  if (!legal(description)) return NULL;
  cr_tile_output output[CR_TILE_OUTPUTS];
  memcpy(output, description->output, description->outputs * sizeof *output);
  cr_tile_description ordered = *description, *d = &ordered;
  d->output = output;
  cr_tile_program *p = calloc(1, sizeof *p);
  if (!p) return NULL;
  p->is_double = is_double;
  p->inputs = d->inputs, p->constants = d->constants, p->outputs = d->outputs;
  choose_tiles(p, d, collapse(p, d));

  const size_t first = d->inputs + d->constants, count = first + d->instructions;
  tile_value v[CR_TILE_VALUES];
  for (size_t i = 0; i < count; i++) v[i] = (tile_value){.op = TILE_NONE};
  for (size_t i = 0; i < d->instructions; i++) {
    const cr_tile_instruction *x = &d->instruction[i];
    v[first + i] = (tile_value){x->op, {x->a, x->b, x->c}, 0};
    for (size_t k = 0; k < cr_operands(x->op); k++) v[v[first + i].operand[k]].uses++;
  }
  for (size_t o = 0; o < d->outputs; o++) v[d->output[o].value].uses++;
  for (size_t i = 0; d->shared && i < d->instructions; i++) v[first + i].uses += d->shared[i];
  drop_dead(v, first, count);
  cr_tile_peephole(v, first, count, d->constant, d->inputs);
  for (size_t i = 0; d->shared && i < d->instructions; i++) v[first + i].uses -= d->shared[i];
  if (d->shared) drop_dead(v, first, count);
  d->instructions = cr_tile_order(v, first, count, output, d->outputs) - first;

  for (size_t o = 0; o < d->outputs; o++) {
    const cr_tile_output *y = &d->output[o];
    tile_output *out = &p->output[o];
    *out = (tile_output){.kind = y->kind, .row = y->row, .partial = p->partials};
    out->stride = y->kind == CR_TILE_SUM ? 1 : y->kind == CR_TILE_SUM_LEADING ? p->row : 0;
    p->partials += out->stride * p->chunks;
  }
  if (!assign(p, d, v)) {
    free(p);
    return NULL;
  }
  write_blocks(p, d);
  return p;
}

void cr_tile_free(cr_tile_program *p) { free(p); }
size_t cr_tile_chunks(const cr_tile_program *p) { return p->chunks; }
size_t cr_tile_partial_bytes(const cr_tile_program *p) { return p->partials * sizeof(double); }

size_t cr_tile_describe(const cr_tile_program *p, char *text, size_t room) {
  size_t length = 0;
  if (room) text[0] = 0;
  for (size_t i = 0; i < p->codes; i++) {
    const cr_slot_code *c = &p->code[i];
    const uint16_t operand[3] = {c->a, c->b, c->c};
    char line[96];
    int n = snprintf(line, sizeof line, "%s%%%d = %s", i < p->prologue ? "once: " : "", c->out, cr_kernel_name(c->op));
    for (size_t k = 0; k < cr_operands(c->op); k++)
      n += snprintf(line + n, sizeof line - (size_t)n, " %%%d", operand[k]);
    n += snprintf(line + n, sizeof line - (size_t)n, "\n");
    if (length + (size_t)n < room) memcpy(text + length, line, (size_t)n + 1);
    length += (size_t)n;
  }
  return length;
}
