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
#define COMPUTE(K, operands, MASK, vector)                                      \
  {                                                                             \
    const V x = (MASK) & 1 ? r##K : N(load)(a + K * LANES);                     \
    const V y = operands < 2 ? x : (MASK) & 2 ? r##K : N(load)(b + K * LANES);  \
    const V z = operands < 3 ? x : (MASK) & 4 ? r##K : N(load)(c + K * LANES);  \
    (void)y, (void)z;                                                           \
    r##K = vector;                                                              \
  }
#define OPERANDS(operands, MASK)                                                \
  const T *const a = (MASK) & 1 ? NULL : slot[code->a] + i;                     \
  const T *const b = (MASK) & 2 || operands < 2 ? NULL : slot[code->b] + i;     \
  const T *const c = (MASK) & 4 || operands < 3 ? NULL : slot[code->c] + i;     \
  (void)a, (void)b, (void)c;
#define HANDLER(name, operands, MASK, vector) \
  L_##name##_##MASK : { OPERANDS(operands, MASK) EACH(COMPUTE, operands, MASK, vector) NEXT; }
// Half of the vectors after the other: with all at once, what lies between would not fit the registers.
#define HANDLERS_DEEP(name, operands, vector)                                   \
  L_##name##_1 : {                                                              \
    OPERANDS(operands, 1)                                                       \
    FIRST_HALF(COMPUTE, operands, 1, vector)                                    \
    CR_FIRST_HALF_THEN_REST                                                     \
    SECOND_HALF(COMPUTE, operands, 1, vector)                                   \
    NEXT;                                                                       \
  }
#define HANDLERS_1(name, operands, vector) HANDLER(name, operands, 1, vector)
#define HANDLERS_2(name, operands, vector)                                      \
  HANDLER(name, operands, 0, vector) HANDLER(name, operands, 1, vector)         \
  HANDLER(name, operands, 2, vector) HANDLER(name, operands, 3, vector)
#define HANDLERS_3(name, operands, vector) HANDLERS_2(name, operands, vector) HANDLER(name, operands, 4, vector)
#define HANDLERS_ONE HANDLERS_FEW
#define HANDLERS_FEW(name, operands, vector) HANDLERS_##operands(name, operands, vector)
#define HANDLERS(name, operands, cost, vector, scalar) HANDLERS_##cost(name, operands, vector)
#define LABEL(name, MASK) [BLOCK_HANDLER_OF(CR_##name, MASK)] = &&L_##name##_##MASK - &&start,
#define LABELS_1(name) LABEL(name, 1)
#define LABELS_2(name) LABEL(name, 0) LABEL(name, 1) LABEL(name, 2) LABEL(name, 3)
#define LABELS_3(name) LABELS_2(name) LABEL(name, 4)
#define LABELS_DEEP(name, operands) LABEL(name, 1)
#define LABELS_ONE LABELS_FEW
#define LABELS_FEW(name, operands) LABELS_##operands(name)
#define LABELS(name, operands, cost, vector, scalar) LABELS_##cost(name, operands)
#define ZERO(K, ...) r##K = (V){0};
#define LOAD(K, ...) r##K = N(load)(a + K * LANES);
#define STORE(K, ...) N(store)(a + K * LANES, r##K);
#define DECLARE(K, ...) V r##K;

// A fold adds a block to running results that are a group of lanes apart, as reductions do (Reduce/reduce.h); i counts
// from the beginning of the row.
#define GROUP (128 / sizeof(T))
enum { N(RESULTS) = (N(BLOCK) < (int)GROUP ? N(BLOCK) : (int)GROUP) * (int)sizeof(T) / CR_BYTES };
#define ROW_FOLD(K, vector)                                                     \
  {                                                                             \
    const V x = result[K % N(RESULTS)], y = r##K;                               \
    result[K % N(RESULTS)] = vector;                                            \
  }
#define ROW_FOLDS(name, vector)                                                 \
  L_##name : {                                                                  \
    T *const a = slot[code->a] + i + ((int)GROUP > N(BLOCK) ? i % GROUP : 0);   \
    V result[N(RESULTS)];                                                       \
    UNROLL for (int k = 0; k < N(RESULTS); k++) result[k] = N(load)(a + k * LANES);  \
    EACH(ROW_FOLD, vector)                                                      \
    UNROLL for (int k = 0; k < N(RESULTS); k++) N(store)(a + k * LANES, result[k]);  \
    NEXT;                                                                       \
  }

// What stays where it is from block to block: its slots go back by what i goes on.
#define GO_ON(to)                                                               \
  {                                                                             \
    const size_t next = to;                                                     \
    for (size_t s = 0; s < stills; s++) slot[still[s]] -= (ptrdiff_t)(next - i); \
    i = next;                                                                   \
  }

// Runs a block program over the whole blocks of n elements and, if it may compute elements twice, over the last block
// of them; returns how many elements are done. Slots that are `still` hold one block that serves all, and are that many
// elements lower afterwards.
static size_t N(blocks)(const cr_block *program, bool twice, T **slot, const uint16_t *still, size_t stills, size_t n) {
  static const int32_t labels[BLOCK_HANDLERS] = {
    CR_KERNELS(LABELS)
    [BLOCK_END] = &&L_end - &&start, [BLOCK_LOAD] = &&L_load - &&start, [BLOCK_STORE] = &&L_store - &&start,
    [BLOCK_SUM] = &&L_sum - &&start, [BLOCK_MAX] = &&L_max - &&start, [BLOCK_MIN] = &&L_min - &&start,
  };
  EACH(DECLARE, )
  if (n < N(BLOCK)) return 0;
  size_t i = 0;
start:
  EACH(ZERO, )
  const cr_block *code = program - 1;
  NEXT;
L_end:
  GO_ON(i + N(BLOCK))
  if (n - i >= N(BLOCK)) goto start;
  if (!twice || i == n) return i;
  GO_ON(n - N(BLOCK))
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
  ROW_FOLDS(sum, x + y)
  ROW_FOLDS(max, N(select)((x >= y) | (x != x), x, y))
  ROW_FOLDS(min, N(select)((x <= y) | (x != x), x, y))
  CR_KERNELS(HANDLERS)
}
