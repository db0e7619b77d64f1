// Every elementwise operation as one expression in vectors x, y, z. SIMPLE ones cost a few instructions, and their
// loop is unrolled; DEEP ones are long enough that one vector at a time fills the machine.
// From 96 on: superinstructions, which only the tile program's peephole writes.
#ifndef CR_OPCODES_H
#define CR_OPCODES_H

enum {
  CR_FMS = 96,           // a b - c
  CR_FNMA,               // c - a b
  CR_LESS_SQUARE,        // a - a²          (σ' from σ)
  CR_ONE_LESS_SQUARE,    // 1 - a²          (tanh' from tanh)
  CR_KERNEL_END,
  CR_KERNEL_COUNT = 128,
};

// K(operation, expression)
#define CR_SIMPLE_UNARY(K)                                                \
  K(CR_COPY, x)                                                           \
  K(CR_NEGATE, -x)                                                        \
  K(CR_SQRT, N(sqrt)(x))                                                  \
  K(CR_RSQRT, 1 / N(sqrt)(x))                                             \
  K(CR_SQUARE, x * x)                                                     \
  K(CR_RECIPROCAL, 1 / x)                                                 \
  K(CR_ABS, N(abs)(x))                                                    \
  K(CR_SIGN, N(select)(x > 0, N(splat)(1), N(select)(x < 0, N(splat)(-1), x + (V){0}))) \
  K(CR_RELU, N(select)(x <= 0, (V){0}, x))                                \
  K(CR_STEP, N(step)(x))                                                  \
  K(CR_FLOOR, N(floor)(x))                                                \
  K(CR_LESS_SQUARE, N(fma)(-x, x, x))                                     \
  K(CR_ONE_LESS_SQUARE, N(fma)(-x, x, N(splat)(1)))

#define CR_SIMPLE_BINARY(K)                                               \
  K(CR_ADD, x + y)                                                        \
  K(CR_SUBTRACT, x - y)                                                   \
  K(CR_MULTIPLY, x * y)                                                   \
  K(CR_DIVIDE, x / y)                                                     \
  K(CR_MAXIMUM, N(select)((x >= y) | (x != x), x, y))                     \
  K(CR_MINIMUM, N(select)((x <= y) | (x != x), x, y))                     \
  K(CR_EQUAL, N(one_where)(x == y))                                       \
  K(CR_LESS, N(one_where)(x < y))                                         \
  K(CR_GREATER, N(one_where)(x > y))

#define CR_SIMPLE_TERNARY(K)                                              \
  K(CR_SELECT, N(select)(x != 0, y, z))                                   \
  K(CR_FMA, N(fma_exact)(x, y, z))                                        \
  K(CR_FMS, N(fma)(x, y, -z))                                             \
  K(CR_FNMA, N(fma)(-x, y, z))

#define CR_DEEP(K)                      \
  K(CR_EXP, N(exp)(x))                  \
  K(CR_EXPM1, N(expm1)(x))              \
  K(CR_LOG, N(log)(x))                  \
  K(CR_LOG1P, N(log1p)(x))              \
  K(CR_SIN, N(sin)(x))                  \
  K(CR_COS, N(cos)(x))                  \
  K(CR_TANH, N(tanh)(x))                \
  K(CR_SIGMOID, N(sigmoid)(x))          \
  K(CR_SOFTPLUS, N(softplus)(x))        \
  K(CR_ERF, N(erf)(x))                  \
  K(CR_ATAN, N(atan)(x))                \
  K(CR_POW, N(pow)(x, y))

#define CR_SIMPLE(K) CR_SIMPLE_UNARY(K) CR_SIMPLE_BINARY(K) CR_SIMPLE_TERNARY(K)

// How many operands an operation reads.
static inline int cr_arity(int op) {
  if (op < CR_UNARY_COUNT || op == CR_LESS_SQUARE || op == CR_ONE_LESS_SQUARE) return 1;
  return op < CR_BINARY_END ? 2 : 3;
}
#endif
