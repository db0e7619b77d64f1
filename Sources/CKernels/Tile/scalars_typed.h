// Every operation is a function that ends in a jump to the next one's, so that what follows what is predicted for each
// operation on its own, and nothing but the operands goes through memory. (One function with a label for each was
// folded by compilers into a single jump.) The result so far stays in a register: in a chain it need not come back from
// memory, which would take longer than the arithmetic. Libm calls cost what they cost.
typedef void N(scalar_handler)(SCALAR_STATE);
static N(scalar_handler) *const N(scalar_targets)[2 * CR_SCALAR_LAST];

#define RESULT(value)                            \
  do {                                           \
    last = (double)(T)(value);                   \
    file[s->out] = last;                         \
    NEXT_SCALAR(N(scalar_targets));              \
  } while (0)
#define ADDRESS (T *)((char *)bases[s->a] + (int64_t)((uint64_t)(uint32_t)s->b << 32 | (uint32_t)s->c))
#define HANDLER(name, operands, first, scalar)                                                                 \
  static void N(name)(SCALAR_STATE) {                                                                          \
    const double a = first, b = operands > 1 ? file[s->b] : 0, c = operands > 2 ? file[s->c] : 0;              \
    (void)b, (void)c;                                                                                          \
    RESULT(scalar);                                                                                            \
  }
// Operations of few instructions have handlers of their own, what else there is goes through cr_scalar.
#define HANDLERS_ONE(name, operands, scalar) \
  HANDLER(scalar_##name, operands, file[s->a], scalar) HANDLER(scalar_last_##name, operands, last, scalar)
#define HANDLERS_FEW HANDLERS_ONE
#define HANDLERS_DEEP(name, operands, scalar)
#define HANDLERS(name, operands, cost, vector, scalar) HANDLERS_##cost(name, operands, scalar)
CR_OPCODES(HANDLERS)

static void N(scalar_load)(SCALAR_STATE) { RESULT(*ADDRESS); }

static void N(scalar_store)(SCALAR_STATE) {
  *ADDRESS = (T)file[s->out];
  NEXT_SCALAR(N(scalar_targets));
}

static void N(scalar_other)(SCALAR_STATE) {
  RESULT(cr_scalar((cr_op)(s->op & ~(uint32_t)CR_SCALAR_LAST), file[s->a], file[s->b], file[s->c]));
}

#define TARGET(name, operands, cost, vector, scalar) [CR_##name] = TARGET_##cost(scalar_##name),
#define TARGET_OF_LAST(name, operands, cost, vector, scalar) \
  [CR_SCALAR_LAST | CR_##name] = TARGET_##cost(scalar_last_##name),
#define TARGET_ONE(name) N(name)
#define TARGET_FEW(name) N(name)
#define TARGET_DEEP(name) N(scalar_other)
static N(scalar_handler) *const N(scalar_targets)[2 * CR_SCALAR_LAST] = {
  CR_OPCODES(TARGET) [CR_SCALAR_LOAD] = N(scalar_load), [CR_SCALAR_STORE] = N(scalar_store),
  CR_OPCODES(TARGET_OF_LAST)
};

void N(cr_scalars_run)(const cr_scalar_step *steps, size_t count, double *file, void *const *bases) {
  const cr_scalar_step *s = steps, *const end = steps + count;
  while (s != end) {
    N(scalar_targets)[s->op](s, end, file, bases, s->op & CR_SCALAR_LAST ? file[s->a] : 0);
    s = AFTER_SCALARS(s, end);
  }
}
