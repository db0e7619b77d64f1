// Special functions of single doubles, to about half a unit in the last place: the scalar column of opcodes.h, and the
// vector column lane by lane. They are compiled once, not for each instruction set. What is read as an order is rounded
// down; orders that are not known give NaN.
#ifndef CR_SPECIAL_H
#define CR_SPECIAL_H

double cr_lgamma(double x);
double cr_digamma(double x);
double cr_polygamma(double order, double x);
double cr_polygamma_difference(double order, double a, double b);
double cr_beta(double a, double b);

double cr_erfc(double x);
double cr_erfcx(double x);
double cr_erfcx_derivative(double order, double x);
double cr_gaussian(double x);
double cr_normal_density(double x);
double cr_normal_cdf(double x);
double cr_log_normal_cdf(double x);
double cr_inverse_mills(double x);
double cr_mills_ratio(double order, double x);
double cr_erf_inverse(double w);
double cr_erf_inverse_slope(double w);
double cr_normal_quantile(double p);
double cr_normal_quantile_slope(double p);

double cr_sinc(double x);
double cr_sinc_derivative(double order, double x);
double cr_bessel_i0(double x);
double cr_bessel_i1(double x);
double cr_bessel_i0e(double x);
double cr_bessel_i1e(double x);
double cr_bessel_i(double order, double x);
double cr_bessel_i_scaled(double order, double derivative, double x);

double cr_gamma_density(double a, double x);
double cr_gamma_incomplete(double a, double x);
double cr_gamma_incomplete_by_shape(double a, double x);
double cr_gamma_incomplete_by_shape_twice(double a, double x);
double cr_log_less_digamma(double a, double x);

double cr_beta_incomplete(double a, double b, double x);
double cr_beta_incomplete_by_first(double a, double b, double x);
double cr_beta_incomplete_by_second(double a, double b, double x);
double cr_beta_incomplete_by_first_twice(double a, double b, double x);
double cr_beta_incomplete_by_both(double a, double b, double x);
double cr_beta_incomplete_by_second_twice(double a, double b, double x);
double cr_beta_density(double a, double b, double x);
double cr_beta_score(double a, double b, double x);
double cr_beta_score_of_first(double a, double b, double x);
double cr_beta_score_of_second(double a, double b, double x);

double cr_log_add_exp(double a, double b);
double cr_sigmoid_of_difference(double a, double b);
double cr_log1mexp(double x);
double cr_entropy_slope(double x);
double cr_direction(double a, double b);
double cr_over_squares(double a, double b);
double cr_remainder(double a, double b);
#endif
