// One jump per step, each at the end of the step before, so that what follows what is predicted for each operation on
// its own. The result so far stays in a register: in a chain it need not come back from memory, which would take
// longer than the arithmetic. Libm calls cost what they cost.
void N(cr_scalars_run)(const cr_scalar_step *steps, size_t count, double *file, void *const *bases) {
  // Operations of one instruction have handlers of their own, what else there is goes through cr_scalar.
#define TARGET(name, operands, cost, vector, scalar) [CR_##name] = TARGET_##cost(name),
#define TARGET_OF_LAST(name, operands, cost, vector, scalar) [CR_SCALAR_LAST | CR_##name] = TARGET_##cost(name##_last),
#define TARGET_ONE(label) &&label
#define TARGET_FEW(label) &&other
#define TARGET_DEEP(label) &&other
  static const void *const targets[] = {
    CR_OPCODES(TARGET) [CR_SCALAR_LOAD] = &&load, [CR_SCALAR_STORE] = &&store, CR_OPCODES(TARGET_OF_LAST)
  };
  if (count == 0) return;
  const cr_scalar_step *s = steps, *const end = steps + count;
  double last = s->op & CR_SCALAR_LAST ? file[s->a] : 0;
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
#define HANDLER(label, operands, first, scalar)                                                           \
  label: {                                                                                                \
    const double a = first, b = operands > 1 ? file[s->b] : 0, c = operands > 2 ? file[s->c] : 0;         \
    (void)b, (void)c;                                                                                     \
    RESULT(scalar);                                                                                       \
  }
#define HANDLERS_ONE(name, operands, scalar) \
  HANDLER(name, operands, file[s->a], scalar) HANDLER(name##_last, operands, last, scalar)
#define HANDLERS_FEW(name, operands, scalar)
#define HANDLERS_DEEP(name, operands, scalar)
#define HANDLERS(name, operands, cost, vector, scalar) HANDLERS_##cost(name, operands, scalar)
  CR_OPCODES(HANDLERS)
load: RESULT(*ADDRESS);
store: *ADDRESS = (T)file[s->out]; NEXT;
other: RESULT(cr_scalar((cr_op)(s->op & ~(uint32_t)CR_SCALAR_LAST), file[s->a], file[s->b], file[s->c]));
}
