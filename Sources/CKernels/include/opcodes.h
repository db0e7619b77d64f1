// The elementwise operations, one row each; adding one is adding its row (and its vector mathematics, if that is new).
//
//   R(name, operands, cost, vector, scalar)
//
//   name      as users see it, in Swift and in formulas
//   operands  how many it reads
//   cost      ONE: one instruction of the processor, which a replayed program of scalars jumps to directly
//             FEW: a few, so that loops over it are unrolled
//             DEEP: long enough that one vector at a time fills the machine
//   vector    in vectors x, y, z of one element type; N(f) is the f of that type (Math/)
//   scalar    in doubles a, b, c, over libm: the definition that the vectors are tested against (Math/scalar.h)
//
// Rows with fewer operands come first. From the row come the number, the arity, the kernel of every variant, the
// handlers of tile programs and of programs of scalars, and cr_scalar.
// Conventions: heaviside(x) = x > 0 ? 1 : 0 (0 at 0), sign(0) = 0; relu, maximum, minimum, heaviside and sign hand NaN
// on; masks are 1 or 0, comparisons with NaN are 0; softplus(x) = max(x, 0) + log1p(exp(-|x|)); sigmoid does not
// overflow; where(a, b, c) = a != 0 ? b : c; multiplyAdd(a, b, c) = a b + c, rounded once.
#ifndef CR_OPCODES_H
#define CR_OPCODES_H
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define CR_OPCODES(R)                                                                                     \
  R(copy, 1, FEW, x, a)                                                                                   \
  R(negate, 1, ONE, -x, -a)                                                                               \
  R(exp, 1, DEEP, N(exp)(x), exp(a))                                                                      \
  R(expm1, 1, DEEP, N(expm1)(x), expm1(a))                                                                \
  R(log, 1, DEEP, N(log)(x), log(a))                                                                      \
  R(log1p, 1, DEEP, N(log1p)(x), log1p(a))                                                                \
  R(sqrt, 1, FEW, N(sqrt)(x), sqrt(a))                                                                    \
  R(rsqrt, 1, FEW, 1 / N(sqrt)(x), 1 / sqrt(a))                                                           \
  R(square, 1, ONE, x * x, a * a)                                                                         \
  R(reciprocal, 1, FEW, 1 / x, 1 / a)                                                                     \
  R(abs, 1, FEW, N(abs)(x), fabs(a))                                                                      \
  R(sign, 1, FEW, N(sign)(x), scalar_sign(a))                                                             \
  R(sin, 1, DEEP, N(sin)(x), sin(a))                                                                      \
  R(cos, 1, DEEP, N(cos)(x), cos(a))                                                                      \
  R(tanh, 1, DEEP, N(tanh)(x), tanh(a))                                                                   \
  R(sigmoid, 1, DEEP, N(sigmoid)(x), scalar_sigmoid(a))                                                   \
  R(softplus, 1, DEEP, N(softplus)(x), scalar_softplus(a))                                                \
  R(relu, 1, FEW, N(select)(x <= 0, (V){0}, x), scalar_relu(a))                                           \
  R(heaviside, 1, FEW, N(heaviside)(x), scalar_heaviside(a))                                              \
  R(erf, 1, DEEP, N(erf)(x), erf(a))                                                                      \
  R(atan, 1, DEEP, N(atan)(x), atan(a))                                                                   \
  R(floor, 1, FEW, N(floor)(x), floor(a))                                                                 \
  R(sinh, 1, DEEP, N(sinh)(x), sinh(a))                                                                   \
  R(cosh, 1, DEEP, N(cosh)(x), cosh(a))                                                                   \
  R(asinh, 1, DEEP, N(asinh)(x), asinh(a))                                                                \
  R(acosh, 1, DEEP, N(acosh)(x), acosh(a))                                                                \
  R(atanh, 1, DEEP, N(atanh)(x), atanh(a))                                                                \
  R(asin, 1, DEEP, N(asin)(x), asin(a))                                                                   \
  R(acos, 1, DEEP, N(acos)(x), acos(a))                                                                   \
  R(ceil, 1, FEW, N(ceil)(x), ceil(a))                                                                    \
  R(round, 1, FEW, N(round)(x), round(a))                                                                 \
  R(truncate, 1, FEW, N(truncate)(x), trunc(a))                                                           \
  R(log2, 1, DEEP, N(log2)(x), log2(a))                                                                   \
  R(log10, 1, DEEP, N(log10)(x), log10(a))                                                                \
  R(exp2, 1, DEEP, N(exp2)(x), exp2(a))                                                                   \
  R(cbrt, 1, DEEP, N(cbrt)(x), cbrt(a))                                                                   \
  R(add, 2, ONE, x + y, a + b)                                                                            \
  R(subtract, 2, ONE, x - y, a - b)                                                                       \
  R(multiply, 2, ONE, x * y, a * b)                                                                       \
  R(divide, 2, ONE, x / y, a / b)                                                                         \
  R(pow, 2, DEEP, N(pow)(x, y), pow(a, b))                                                                \
  R(maximum, 2, FEW, N(select)((x >= y) | (x != x), x, y), scalar_maximum(a, b))                          \
  R(minimum, 2, FEW, N(select)((x <= y) | (x != x), x, y), scalar_minimum(a, b))                          \
  R(equal, 2, FEW, N(one_where)(x == y), a == b)                                                          \
  R(less, 2, FEW, N(one_where)(x < y), a < b)                                                             \
  R(greater, 2, FEW, N(one_where)(x > y), a > b)                                                          \
  R(where, 3, FEW, N(select)(x != 0, y, z), a != 0 ? b : c)                                               \
  R(multiplyAdd, 3, FEW, N(fma_exact)(x, y, z), fma(a, b, c))

// The numbers, by order. Closed, so that Swift sees an enumeration whose cases a switch can exhaust.
#define CR_CASE(name, operands, cost, vector, scalar) CR_##name __attribute__((swift_name(#name))),
typedef enum __attribute__((enum_extensibility(closed), swift_name("Opcode"))) cr_op : uint8_t {
  CR_OPCODES(CR_CASE)
} cr_op;

// How many there are, and how many of them come before those with two and with three operands.
#define CR_COUNT(name, operands, cost, vector, scalar) + 1
#define CR_COUNT_BELOW_2(name, operands, cost, vector, scalar) + (operands < 2)
#define CR_COUNT_BELOW_3(name, operands, cost, vector, scalar) + (operands < 3)
enum {
  CR_OPCODE_COUNT = 0 CR_OPCODES(CR_COUNT),
  CR_FIRST_OF_TWO = 0 CR_OPCODES(CR_COUNT_BELOW_2),
  CR_FIRST_OF_THREE = 0 CR_OPCODES(CR_COUNT_BELOW_3),
};

// How many operands an operation reads: comparisons that fold where it is known.
#define CR_ARITY(op) ((op) < CR_FIRST_OF_TWO ? 1 : (op) < CR_FIRST_OF_THREE ? 2 : 3)
static inline __attribute__((always_inline)) size_t cr_arity(cr_op op) { return CR_ARITY(op); }
#define CR_IN_ORDER(name, operands, cost, vector, scalar) \
  _Static_assert(CR_ARITY(CR_##name) == operands, "rows with fewer operands come first");
CR_OPCODES(CR_IN_ORDER)

const char *cr_name(cr_op op);
// Whether its cost is DEEP.
bool cr_is_deep(cr_op op);
// One element in double, by the scalar column.
double cr_scalar(cr_op op, double a, double b, double c);
#endif
