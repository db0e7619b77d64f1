// Replays a program of rank-0 nodes: each node one slot in a file of doubles. A jump per node, predicted by where it
// stands in the program, costs about a nanosecond; libm calls cost what they cost.
#include "CKernels.h"

void cr_scalar_run(const cr_scalar_step *steps, size_t count, double *file) {
  // The labels follow the numbers of cr_op; what needs libm goes through cr_scalar.
  static const void *const targets[CR_FMA + 1] = {
    [CR_COPY] = &&copy, [CR_NEGATE] = &&negate, [CR_EXP ... CR_RSQRT] = &&other, [CR_SQUARE] = &&square,
    [CR_RECIPROCAL] = &&invert, [CR_ABS ... CR_ADD - 1] = &&other,
    [CR_ADD] = &&add, [CR_SUBTRACT] = &&subtract, [CR_MULTIPLY] = &&multiply, [CR_DIVIDE] = &&divide,
    [CR_POW ... CR_FMA] = &&other,
  };
  const cr_scalar_step *s = steps, *const end = steps + count;
#define NEXT                         \
  do {                               \
    if (++s == end) return;          \
    goto *targets[s->op];            \
  } while (0)
  if (count == 0) return;
  s--;
  NEXT;
copy: file[s->out] = file[s->a]; NEXT;
negate: file[s->out] = -file[s->a]; NEXT;
square: file[s->out] = file[s->a] * file[s->a]; NEXT;
invert: file[s->out] = 1 / file[s->a]; NEXT;
add: file[s->out] = file[s->a] + file[s->b]; NEXT;
subtract: file[s->out] = file[s->a] - file[s->b]; NEXT;
multiply: file[s->out] = file[s->a] * file[s->b]; NEXT;
divide: file[s->out] = file[s->a] / file[s->b]; NEXT;
other: file[s->out] = cr_scalar((cr_op)s->op, file[s->a], file[s->b], file[s->c]); NEXT;
#undef NEXT
}
