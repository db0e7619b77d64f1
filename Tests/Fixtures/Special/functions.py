"""Special functions that mpmath lacks, for Tests/Fixtures/Elementwise/generate.py, with as many digits as it takes."""
import mpmath
from mpmath import mp, mpf

order = lambda n: int(mpmath.floor(n))


def erfcx_derivative(n, x):
    """The derivative of order n of e^(x²) erfc x, from the recurrence of the repeated integrals of erfc."""
    n = order(n)
    with mp.workdps(80 + int(8 * min(abs(x), 60) * (n + 1) ** 0.5) + int(min(x * x, 3600))):
        if x > 60:
            terms = ((-1) ** k * mpmath.factorial(n + 2 * k) / mpmath.factorial(k) / (2 * x) ** (n + 2 * k + 1)
                     for k in range(40))
            return (-2) ** n * 2 / mpmath.sqrt(mpmath.pi) * sum(terms)
        before, here = 2 / mpmath.sqrt(mpmath.pi), mpmath.exp(x * x) * mpmath.erfc(x)
        for k in range(1, n + 1):
            before, here = here, (before - 2 * x * here) / (2 * k)
        return (-2) ** n * mpmath.factorial(n) * here


def mills_ratio(n, x):
    """I_n / I_(n-1) with I_0 = Φ and I_n the integral of I_(n-1) from -∞."""
    n, t = order(n), -x / mpmath.sqrt(2)
    return -erfcx_derivative(mpf(n), t) / erfcx_derivative(mpf(n - 1), t) / n / mpmath.sqrt(2)


def normal_cdf(x):
    return mpmath.erfc(-x / mpmath.sqrt(2)) / 2


def log_normal_cdf(x):
    with mp.workdps(80 if x < 5 else 80 + int(x * x / 4)):
        return mpmath.log(erfcx_derivative(mpf(0), -x / mpmath.sqrt(2)) / 2) - x * x / 2


def normal_quantile(p):
    """By bisection and Newton's method."""
    if not 0 < p < 1:
        raise ValueError("infinite")
    with mp.workdps(120):
        low, high = mpf(-40), mpf(9)
        for _ in range(40):
            middle = (low + high) / 2
            low, high = (middle, high) if normal_cdf(middle) < p else (low, middle)
        z = (low + high) / 2
        for _ in range(6):
            z -= (normal_cdf(z) - p) / mpmath.npdf(z)
        return z


def sinc_derivative(n, x):
    n = order(n)
    with mp.workdps(400):
        if x == 0:
            return mpf(0) if n % 2 else (-1) ** (n // 2) * mpmath.pi ** n / (n + 1)
        s, waves = mpf(0), [mpmath.sinpi(x), mpmath.cospi(x), -mpmath.sinpi(x), -mpmath.cospi(x)]
        for j in range(n + 1):
            s = (mpmath.pi ** (j - 1) * waves[j % 4] - j * s) / x
        return s


def bessel_scaled(n, j, x):
    """The derivative of order j of e^-|x| I_n(x)."""
    n, j = order(n), order(j)

    def derivative(n, i):
        return (derivative(n - 1, i - 1) + derivative(n + 1, i - 1)) / 2 if i else mpmath.besseli(abs(n), abs(x))

    with mp.workdps(120):
        if x == 0 and (n + j) % 2:
            return mpf(0)
        total = sum(mpmath.binomial(j, i) * (-1) ** (j - i) * derivative(n, i) for i in range(j + 1))
        return mpmath.exp(-abs(x)) * total * (-1 if x < 0 and (n + j) % 2 else 1)


def by_shape(k, s, x):
    """The derivative of order k by s of the regularized lower incomplete gamma function."""
    with mp.workdps(90 + int(x / 2)):
        s, x = mpf(s), mpf(x)
        log, total = mpmath.log(x), mpf(0)
        term, u, v = mpmath.exp(s * log - x - mpmath.loggamma(s + 1)), log - mpmath.digamma(s + 1), mpmath.polygamma(1, s + 1)
        n = 0
        while True:
            part = term * (1, u, u * u - v)[k]
            total += part
            n += 1
            if n > x - s and abs(part) < abs(total) * mpf(10) ** -70 and term < abs(total) * mpf(10) ** -60:
                return total
            term *= x / (s + n)
            u -= 1 / (s + n)
            v -= 1 / (s + n) ** 2


def gamma_density(s, x):
    return mpmath.exp((s - 1) * mpmath.log(x) - x - mpmath.loggamma(s))


def log_gamma(x):
    return mpmath.re(mpmath.loggamma(x))


def floored(a, b):
    return a - b * mpmath.floor(a / b)


def truncated(a, b):
    return a - b * (mpmath.floor(a / b) if a / b > 0 else mpmath.ceil(a / b))


def beta_by(j, k, a, b, x):
    """The derivative of order j by a and k by b of the regularized incomplete beta function, j + k ≤ 2."""
    with mp.workdps(90):
        a, b, x = mpf(a), mpf(b), mpf(x)
        if x > a / (a + b) and x < 1:
            return (1 if j + k == 0 else 0) - beta_by(k, j, b, a, 1 - x)
        term = mpmath.exp(a * mpmath.log(x) + b * mpmath.log(1 - x) + mpmath.loggamma(a + b)
                          - mpmath.loggamma(b) - mpmath.loggamma(a + 1))
        u = mpmath.log(x) + mpmath.digamma(a + b) - mpmath.digamma(a + 1)
        w = mpmath.log(1 - x) + mpmath.digamma(a + b) - mpmath.digamma(b)
        s, t, r = mpmath.polygamma(1, a + b), mpmath.polygamma(1, a + 1), mpmath.polygamma(1, b)
        total, n = mpf(0), 0
        while True:
            part = term * {(0, 0): 1, (1, 0): u, (0, 1): w, (2, 0): u * u + s - t, (1, 1): u * w + s,
                           (0, 2): w * w + s - r}[j, k]
            total += part
            if x * (a + b + n) < (a + 1 + n) and abs(part) + term < abs(total) * mpf(10) ** -65:
                return total
            p, q = 1 / (a + b + n), 1 / (a + 1 + n)
            term *= x * q / p
            u, w, s, t, n = u + p - q, w + p, s - p * p, t - q * q, n + 1


def beta_density(a, b, x):
    with mp.workdps(80):
        x = mpf(x)
        return mpmath.exp((a - 1) * mpmath.log(x) + (b - 1) * mpmath.log(1 - x) + mpmath.loggamma(a + b)
                          - mpmath.loggamma(a) - mpmath.loggamma(b))
