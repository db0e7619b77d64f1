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
  R(lgamma, 1, DEEP, N(each)(cr_lgamma, x), cr_lgamma(a))                                                 \
  R(digamma, 1, DEEP, N(each)(cr_digamma, x), cr_digamma(a))                                              \
  R(erfc, 1, DEEP, N(each)(cr_erfc, x), cr_erfc(a))                                                       \
  R(erfcx, 1, DEEP, N(each)(cr_erfcx, x), cr_erfcx(a))                                                    \
  R(gaussian, 1, DEEP, N(gaussian)(x), cr_gaussian(a))                                                    \
  R(normalDensity, 1, DEEP, N(normal_density)(x), cr_normal_density(a))                                   \
  R(normalCDF, 1, DEEP, N(each)(cr_normal_cdf, x), cr_normal_cdf(a))                                      \
  R(logNormalCDF, 1, DEEP, N(each)(cr_log_normal_cdf, x), cr_log_normal_cdf(a))                           \
  R(inverseMills, 1, DEEP, N(each)(cr_inverse_mills, x), cr_inverse_mills(a))                             \
  R(erfInverse, 1, DEEP, N(each)(cr_erf_inverse, x), cr_erf_inverse(a))                                   \
  R(erfInverseSlope, 1, DEEP, N(each)(cr_erf_inverse_slope, x), cr_erf_inverse_slope(a))                  \
  R(normalQuantile, 1, DEEP, N(each)(cr_normal_quantile, x), cr_normal_quantile(a))                       \
  R(normalQuantileSlope, 1, DEEP, N(each)(cr_normal_quantile_slope, x), cr_normal_quantile_slope(a))      \
  R(entropySlope, 1, DEEP, N(each)(cr_entropy_slope, x), cr_entropy_slope(a))                             \
  R(log1mexp, 1, DEEP, N(each)(cr_log1mexp, x), cr_log1mexp(a))                                           \
  R(entropy, 1, DEEP, -N(xlogy)(x, x), -scalar_xlogy(a, a))                                               \
  R(sinc, 1, DEEP, N(each)(cr_sinc, x), cr_sinc(a))                                                       \
  R(besselI0, 1, DEEP, N(each)(cr_bessel_i0, x), cr_bessel_i0(a))                                         \
  R(besselI1, 1, DEEP, N(each)(cr_bessel_i1, x), cr_bessel_i1(a))                                         \
  R(besselI0e, 1, DEEP, N(each)(cr_bessel_i0e, x), cr_bessel_i0e(a))                                      \
  R(besselI1e, 1, DEEP, N(each)(cr_bessel_i1e, x), cr_bessel_i1e(a))                                      \
  R(softsign, 1, FEW, N(softsign)(x), scalar_softsign(a))                                                 \
  R(sqrt1pm1, 1, FEW, N(sqrt1pm1)(x), scalar_sqrt1pm1(a))                                                 \
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
  R(polygamma, 2, DEEP, N(each_two)(cr_polygamma, x, y), cr_polygamma(a, b))                              \
  R(beta, 2, DEEP, N(each_two)(cr_beta, x, y), cr_beta(a, b))                                             \
  R(erfcxDerivative, 2, DEEP, N(each_two)(cr_erfcx_derivative, x, y), cr_erfcx_derivative(a, b))          \
  R(millsRatio, 2, DEEP, N(each_two)(cr_mills_ratio, x, y), cr_mills_ratio(a, b))                         \
  R(sincDerivative, 2, DEEP, N(each_two)(cr_sinc_derivative, x, y), cr_sinc_derivative(a, b))             \
  R(besselI, 2, DEEP, N(each_two)(cr_bessel_i, x, y), cr_bessel_i(a, b))                                  \
  R(gammaIncomplete, 2, DEEP, N(each_two)(cr_gamma_incomplete, x, y), cr_gamma_incomplete(a, b))          \
  R(gammaIncompleteByShape, 2, DEEP, N(each_two)(cr_gamma_incomplete_by_shape, x, y), cr_gamma_incomplete_by_shape(a, b)) \
  R(gammaIncompleteByShapeTwice, 2, DEEP, N(each_two)(cr_gamma_incomplete_by_shape_twice, x, y), cr_gamma_incomplete_by_shape_twice(a, b)) \
  R(gammaDensity, 2, DEEP, N(each_two)(cr_gamma_density, x, y), cr_gamma_density(a, b))                   \
  R(logLessDigamma, 2, DEEP, N(each_two)(cr_log_less_digamma, x, y), cr_log_less_digamma(a, b))           \
  R(logAddExp, 2, DEEP, N(each_two)(cr_log_add_exp, x, y), cr_log_add_exp(a, b))                          \
  R(sigmoidOfDifference, 2, DEEP, N(each_two)(cr_sigmoid_of_difference, x, y), cr_sigmoid_of_difference(a, b)) \
  R(direction, 2, DEEP, N(each_two)(cr_direction, x, y), cr_direction(a, b))                              \
  R(overSquares, 2, DEEP, N(each_two)(cr_over_squares, x, y), cr_over_squares(a, b))                      \
  R(remainder, 2, DEEP, N(each_two)(cr_remainder, x, y), cr_remainder(a, b))                              \
  R(truncatedRemainder, 2, DEEP, N(each_two)(fmod, x, y), fmod(a, b))                                     \
  R(atan2, 2, DEEP, N(each_two)(atan2, x, y), atan2(a, b))                                                \
  R(hypot, 2, DEEP, N(each_two)(hypot, x, y), hypot(a, b))                                                \
  R(xlogy, 2, DEEP, N(xlogy)(x, y), scalar_xlogy(a, b))                                                   \
  R(where, 3, FEW, N(select)(x != 0, y, z), a != 0 ? b : c)                                               \
  R(multiplyAdd, 3, FEW, N(fma_exact)(x, y, z), fma(a, b, c))                                             \
  R(polygammaDifference, 3, DEEP, N(each_three)(cr_polygamma_difference, x, y, z), cr_polygamma_difference(a, b, c)) \
  R(besselIScaled, 3, DEEP, N(each_three)(cr_bessel_i_scaled, x, y, z), cr_bessel_i_scaled(a, b, c)) \
  R(betaIncomplete, 3, DEEP, N(each_three)(cr_beta_incomplete, x, y, z), cr_beta_incomplete(a, b, c)) \
  R(betaDensity, 3, DEEP, N(each_three)(cr_beta_density, x, y, z), cr_beta_density(a, b, c)) \
  R(betaScore, 3, DEEP, N(each_three)(cr_beta_score, x, y, z), cr_beta_score(a, b, c)) \
  R(betaScoreOfFirst, 3, DEEP, N(each_three)(cr_beta_score_of_first, x, y, z), cr_beta_score_of_first(a, b, c)) \
  R(betaScoreOfSecond, 3, DEEP, N(each_three)(cr_beta_score_of_second, x, y, z), cr_beta_score_of_second(a, b, c)) \
  R(betaIncompleteByFirst, 3, DEEP, N(each_three)(cr_beta_incomplete_by_first, x, y, z), cr_beta_incomplete_by_first(a, b, c)) \
  R(betaIncompleteBySecond, 3, DEEP, N(each_three)(cr_beta_incomplete_by_second, x, y, z), cr_beta_incomplete_by_second(a, b, c)) \
  R(betaIncompleteByFirstTwice, 3, DEEP, N(each_three)(cr_beta_incomplete_by_first_twice, x, y, z), cr_beta_incomplete_by_first_twice(a, b, c)) \
  R(betaIncompleteByBoth, 3, DEEP, N(each_three)(cr_beta_incomplete_by_both, x, y, z), cr_beta_incomplete_by_both(a, b, c)) \
  R(betaIncompleteBySecondTwice, 3, DEEP, N(each_three)(cr_beta_incomplete_by_second_twice, x, y, z), cr_beta_incomplete_by_second_twice(a, b, c))

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
