// In which order the values of a tile program are computed.
#include "tile.h"
#include <string.h>

// A state of the ordering: values that have a place are computed, `n` of them.
typedef struct {
  const tile_value *v;
  size_t n;
  uint16_t place[CR_TILE_VALUES], height[CR_TILE_VALUES];
} ordering;

// The operand of x to compute next, -1 if there is none: one that others read too (and that is stored anyway), of those
// the one with the shorter way.
static int missing_operand(const ordering *o, uint16_t x) {
  const uint16_t *operand = o->v[x].operand;
  int next = -1;
  for (int k = o->place[x] == NO_BUFFER ? (int)cr_operands(o->v[x].op) : 0; k-- > 0;) {
    const uint16_t y = operand[k], z = next < 0 ? y : operand[next];
    if (o->place[y] != NO_BUFFER) continue;
    const int more = o->v[y].uses - o->v[z].uses;
    if (next < 0 || more > 0 || (more == 0 && o->height[y] < o->height[z])) next = k;
  }
  return next;
}

// Whether the way to x begins with the value computed last.
static bool begins_with_last(const ordering *o, uint16_t x) {
  for (int k; (k = missing_operand(o, x)) >= 0;) x = o->v[x].operand[k];
  bool reads = false;
  for (size_t k = 0; k < cr_operands(o->v[x].op); k++) reads |= o->place[o->v[x].operand[k]] == o->n - 1;
  return reads;
}

// Renumbers what is computed so that most results are read by the very next instruction: each value comes right after
// its operands. Returns the new count; what is not needed is gone.
size_t cr_tile_order(tile_value *v, size_t first, size_t count, cr_tile_output *output, size_t outputs) {
  tile_value ordered[CR_TILE_VALUES];
  uint16_t stack[CR_TILE_VALUES + 1];
  ordering o = {.v = v, .n = first};
  for (size_t i = 0; i < count; i++) {
    o.place[i] = i < first ? (uint16_t)i : NO_BUFFER;
    for (size_t k = 0; i >= first && v[i].op != TILE_NONE && k < cr_operands(v[i].op); k++)
      if (o.height[i] <= o.height[v[i].operand[k]]) o.height[i] = o.height[v[i].operand[k]] + 1;
  }
  for (size_t out = 0; out < outputs; out++) {
    size_t depth = 0;
    for (stack[depth++] = output[out].value; depth > 0;) {
      const uint16_t x = stack[depth - 1];
      int next = missing_operand(&o, x);
      for (int k = next < 0 ? 0 : (int)cr_operands(v[x].op); k-- > 0;) {
        const uint16_t y = v[x].operand[k];
        if (o.place[y] == NO_BUFFER && v[y].uses == v[v[x].operand[next]].uses && begins_with_last(&o, y)) next = k;
      }
      if (next >= 0) {
        stack[depth++] = v[x].operand[next];
        continue;
      }
      depth--;
      if (o.place[x] != NO_BUFFER) continue;
      ordered[o.n] = v[x];
      for (size_t k = 0; k < cr_operands(v[x].op); k++) ordered[o.n].operand[k] = o.place[v[x].operand[k]];
      o.place[x] = (uint16_t)o.n++;
    }
    output[out].value = o.place[output[out].value];
  }
  memcpy(v + first, ordered + first, (o.n - first) * sizeof *v);
  return o.n;
}
