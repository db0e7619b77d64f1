// Tile programs in registers: a block of a few vectors goes from instruction to instruction without touching memory.
//
// The result of one instruction stays in r0, r1, …, where the next one finds it; other operands are loaded from their
// slots, and only results that somebody reads later are stored. A block program (blocks.c) says for each instruction
// which operands are the result before it: a mask, bit 0 for a, bit 1 for b, bit 2 for c. Handlers are labels of one
// function, since vectors this wide cannot be handed over in a call.

// A block: r0…r7 where there are 32 registers, r0…r3 where there are 16.
#if CR_REGISTERS == 32
#define FIRST_HALF(DO, ...) DO(0, __VA_ARGS__) DO(1, __VA_ARGS__) DO(2, __VA_ARGS__) DO(3, __VA_ARGS__)
#define SECOND_HALF(DO, ...) DO(4, __VA_ARGS__) DO(5, __VA_ARGS__) DO(6, __VA_ARGS__) DO(7, __VA_ARGS__)
#else
#define FIRST_HALF(DO, ...) DO(0, __VA_ARGS__) DO(1, __VA_ARGS__)
#define SECOND_HALF(DO, ...) DO(2, __VA_ARGS__) DO(3, __VA_ARGS__)
#endif
#define EACH(DO, ...) FIRST_HALF(DO, __VA_ARGS__) SECOND_HALF(DO, __VA_ARGS__)
enum { N(BLOCK) = CR_REGISTERS / 4 * CR_BYTES / sizeof(T) };
#define NEXT goto *(&&start + labels[(++code)->handler])

// Vector K of an instruction; operands that are not handed over are loaded.
#define COMPUTE(K, OP, MASK, EXPR)                                                 \
  {                                                                                \
    const V x = (MASK) & 1 ? r##K : N(load)(a + K * LANES);                        \
    const V y = cr_arity(OP) < 2 ? x : (MASK) & 2 ? r##K : N(load)(b + K * LANES); \
    const V z = cr_arity(OP) < 3 ? x : (MASK) & 4 ? r##K : N(load)(c + K * LANES); \
    (void)y, (void)z;                                                              \
    r##K = EXPR;                                                                   \
  }
#define OPERANDS(OP, MASK)                                                         \
  const T *const a = (MASK) & 1 ? NULL : slot[code->a] + i;                        \
  const T *const b = (MASK) & 2 || cr_arity(OP) < 2 ? NULL : slot[code->b] + i;    \
  const T *const c = (MASK) & 4 || cr_arity(OP) < 3 ? NULL : slot[code->c] + i;    \
  (void)a, (void)b, (void)c;
#define HANDLER(OP, MASK, EXPR) \
  L_##OP##_##MASK : { OPERANDS(OP, MASK) EACH(COMPUTE, OP, MASK, EXPR) NEXT; }
// Half of the vectors after the other: with all at once, what lies between would not fit the registers.
#define DEEP_HANDLER(OP, EXPR) \
  L_##OP##_1 : { OPERANDS(OP, 1) FIRST_HALF(COMPUTE, OP, 1, EXPR) CR_FIRST_HALF_THEN_REST SECOND_HALF(COMPUTE, OP, 1, EXPR) NEXT; }
#define ZERO(K, ...) r##K = (V){0};
#define LOAD(K, ...) r##K = N(load)(a + K * LANES);
#define STORE(K, ...) N(store)(a + K * LANES, r##K);
#define DECLARE(K, ...) V r##K;
#define UNARY_HANDLER(OP, EXPR) HANDLER(OP, 1, EXPR)
#define BINARY_HANDLERS(OP, EXPR) HANDLER(OP, 0, EXPR) HANDLER(OP, 1, EXPR) HANDLER(OP, 2, EXPR) HANDLER(OP, 3, EXPR)
#define TERNARY_HANDLERS(OP, EXPR) BINARY_HANDLERS(OP, EXPR) HANDLER(OP, 4, EXPR)
#define LABEL(OP, MASK) [BLOCK_HANDLER_OF(OP, MASK)] = &&L_##OP##_##MASK - &&start,
#define UNARY_LABEL(OP, EXPR) LABEL(OP, 1)
#define BINARY_LABELS(OP, EXPR) LABEL(OP, 0) LABEL(OP, 1) LABEL(OP, 2) LABEL(OP, 3)
#define TERNARY_LABELS(OP, EXPR) BINARY_LABELS(OP, EXPR) LABEL(OP, 4)

// Runs a block program over the whole blocks of n elements and, if it may compute elements twice, over the last block
// of them; returns how many elements are done.
static size_t N(blocks)(const cr_block *program, bool twice, T *const *slot, size_t n) {
  static const int32_t labels[BLOCK_HANDLERS] = {
    CR_SIMPLE_UNARY(UNARY_LABEL) CR_SIMPLE_BINARY(BINARY_LABELS) CR_SIMPLE_TERNARY(TERNARY_LABELS)
    CR_DEEP(UNARY_LABEL)
    [BLOCK_END] = &&L_end - &&start, [BLOCK_LOAD] = &&L_load - &&start, [BLOCK_STORE] = &&L_store - &&start,
  };
  EACH(DECLARE, )
  if (n < N(BLOCK)) return 0;
  size_t i = 0;
start:
  EACH(ZERO, )
  const cr_block *code = program - 1;
  NEXT;
L_end:
  i += N(BLOCK);
  if (n - i >= N(BLOCK)) goto start;
  if (!twice || i == n) return i;
  i = n - N(BLOCK);
  goto start;
L_load: {
  const T *const a = slot[code->a] + i;
  EACH(LOAD, )
  NEXT;
}
L_store: {
  T *const a = slot[code->a] + i;
  EACH(STORE, )
  NEXT;
}
  CR_SIMPLE_UNARY(UNARY_HANDLER) CR_SIMPLE_BINARY(BINARY_HANDLERS) CR_SIMPLE_TERNARY(TERNARY_HANDLERS)
  CR_DEEP(DEEP_HANDLER)
}
#undef NEXT
#undef FIRST_HALF
#undef SECOND_HALF
#undef EACH
#undef ZERO
#undef LOAD
#undef STORE
#undef DECLARE
#undef COMPUTE
#undef OPERANDS
#undef HANDLER
#undef DEEP_HANDLER
#undef UNARY_HANDLER
#undef BINARY_HANDLERS
#undef TERNARY_HANDLERS
#undef LABEL
#undef UNARY_LABEL
#undef BINARY_LABELS
#undef TERNARY_LABELS
