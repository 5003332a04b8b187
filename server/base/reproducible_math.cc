#include "server/base/reproducible_math.h"

#include <bit>
#include <cmath>
#include <limits>

namespace percept {

double ExactlyReproducibleLog(double x) {
  constexpr double kLog2 = 0.69314718055994530942;
  constexpr double kSqrt2 = 1.41421356237309504880;
  // x = mantissa * 2^exponent with the mantissa in [sqrt(1/2), sqrt(2)), so that for x near 1 the
  // exponent is 0 and nothing cancels.
  const uint64_t bits = std::bit_cast<uint64_t>(x);
  int exponent = static_cast<int>((bits >> 52) & 0x7ff) - 1023;
  double mantissa = std::bit_cast<double>((bits & 0x000fffffffffffff) | 0x3ff0000000000000);
  if (mantissa >= kSqrt2) {
    mantissa *= 0.5;
    exponent += 1;
  }
  // ln m = 2 artanh t = 2 (t + t^3/3 + t^5/5 + …) for t = (m - 1) / (m + 1), where t^2 < 0.03.
  const double t = (mantissa - 1.0) / (mantissa + 1.0);
  const double square = t * t;
  double series = 0.0;
  for (int power = 23; power >= 3; power -= 2) series = (series + 1.0 / power) * square;
  return exponent * kLog2 + (2.0 * t + 2.0 * t * series);
}

double ExactlyReproducibleExp(double x) {
  // Beyond these the result is infinity or 0.
  constexpr double kLargest = 710.0;
  constexpr double kSmallest = -746.0;
  if (std::isnan(x)) return x;
  if (x > kLargest) return std::numeric_limits<double>::infinity();
  if (x < kSmallest) return 0.0;
  // x = n ln 2 + r with |r| <= ln(2) / 2. The upper part of ln 2 has 21 bits of zeros at its end,
  // so that n times it is exact.
  constexpr double kInverseLog2 = 1.44269504088896340736;
  constexpr double kLog2Upper = 0x1.62e42feep-1;
  constexpr double kLog2Lower = 0x1.a39ef35793c76p-33;
  const double n = std::floor(x * kInverseLog2 + 0.5);
  const double r = (x - n * kLog2Upper) - n * kLog2Lower;
  // e^r = 1 + r + r^2/2 (1 + r/3 (1 + r/4 (…))); the terms left out are below 1e-18.
  double series = 0.0;
  for (int divisor = 14; divisor >= 3; --divisor) series = (1.0 + series) * r / divisor;
  const double power = 1.0 + (r + 0.5 * r * r * (1.0 + series));
  return std::ldexp(power, static_cast<int>(n));
}

double ExactlyReproduciblePow(double base, double exponent) {
  return ExactlyReproducibleExp(exponent * ExactlyReproducibleLog(base));
}

double ExactlyReproduciblePower(double base, int64_t exponent) {
  double power = 1.0;
  for (double square = base; exponent > 0; exponent /= 2, square *= square) {
    if (exponent % 2 == 1) power *= square;
  }
  return power;
}

}  // namespace percept
