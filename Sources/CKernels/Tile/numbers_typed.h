// One jump per step, each at the end of the step before, so that what follows what is predicted for each operation on
// its own. The result so far stays in a register: in a chain it need not come back from memory, which would take
// longer than the arithmetic. Libm calls cost what they cost.
void F(cr_numbers_run)(const cr_number_step *steps, size_t count, double *file, void *const *bases) {
  // The labels follow the numbers of cr_op; what has none of its own goes through cr_scalar.
#define LABELS(at, minus, squared, plus, less, times, over)                                                       \
  [at] = &&other, [at + CR_NEGATE] = &&minus, [at + CR_EXP ... at + CR_RSQRT] = &&other,                          \
  [at + CR_SQUARE] = &&squared, [at + CR_RECIPROCAL ... at + CR_ADD - 1] = &&other, [at + CR_ADD] = &&plus,       \
  [at + CR_SUBTRACT] = &&less, [at + CR_MULTIPLY] = &&times, [at + CR_DIVIDE] = &&over,                           \
  [at + CR_POW ... at + CR_NUMBER_LOAD - 1] = &&other
  static const void *const targets[] = {
    LABELS(0, negate, square, add, subtract, multiply, divide), [CR_NUMBER_LOAD] = &&load, [CR_NUMBER_STORE] = &&store,
    LABELS(CR_NUMBER_LAST, negate_last, square_last, add_to_last, subtract_from_last, multiply_last, divide_last),
  };
  if (count == 0) return;
  const cr_number_step *s = steps, *const end = steps + count;
  double last = s->op & CR_NUMBER_LAST ? file[s->a] : 0;
  goto *targets[s->op];
#define NEXT                  \
  do {                        \
    if (++s == end) return;   \
    goto *targets[s->op];     \
  } while (0)
#define RESULT(value)                            \
  do {                                           \
    last = (double)(T)(value);                   \
    file[s->out] = last;                         \
    NEXT;                                        \
  } while (0)
#define ADDRESS (T *)((char *)bases[s->a] + (int64_t)((uint64_t)(uint32_t)s->b << 32 | (uint32_t)s->c))
negate: RESULT(-file[s->a]);
square: RESULT(file[s->a] * file[s->a]);
add: RESULT(file[s->a] + file[s->b]);
subtract: RESULT(file[s->a] - file[s->b]);
multiply: RESULT(file[s->a] * file[s->b]);
divide: RESULT(file[s->a] / file[s->b]);
negate_last: RESULT(-last);
square_last: RESULT(last * last);
add_to_last: RESULT(last + file[s->b]);
subtract_from_last: RESULT(last - file[s->b]);
multiply_last: RESULT(last * file[s->b]);
divide_last: RESULT(last / file[s->b]);
load: RESULT(*ADDRESS);
store: *ADDRESS = (T)file[s->out]; NEXT;
other: RESULT(cr_scalar((cr_op)(s->op & ~CR_NUMBER_LAST), file[s->a], file[s->b], file[s->c]));
#undef LABELS
#undef NEXT
#undef RESULT
#undef ADDRESS
}
