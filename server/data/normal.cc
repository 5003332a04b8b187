#include "server/data/normal.h"

#include <bit>
#include <cmath>
#include <cstdint>

namespace percept::data {

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

std::array<double, 2> DrawNormalPair(Random& random) {
  while (true) {
    const double u = 2.0 * random.NextDouble() - 1.0;
    const double v = 2.0 * random.NextDouble() - 1.0;
    const double radius = u * u + v * v;
    if (radius >= 1.0 || radius == 0.0) continue;
    // IEEE 754 wants sqrt to be correctly rounded.
    const double factor = std::sqrt(-2.0 * ExactlyReproducibleLog(radius) / radius);
    return {u * factor, v * factor};
  }
}

}  // namespace percept::data
