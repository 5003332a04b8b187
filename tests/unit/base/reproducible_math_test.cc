#include "server/base/reproducible_math.h"

#include <bit>
#include <cmath>
#include <cstdint>
#include <limits>

#include "gtest/gtest.h"

#include "server/base/random.h"

namespace percept {
namespace {

constexpr double kInfinity = std::numeric_limits<double>::infinity();

// A digest of the bits of a function at many points.
template <class Function>
uint64_t BitsOver(double first, double last, Function function) {
  uint64_t bits = 0;
  constexpr int kValues = 1000;
  for (int i = 0; i <= kValues; ++i) {
    const double x = first + (last - first) * i / kValues;
    bits = std::rotl(bits, 7) ^ std::bit_cast<uint64_t>(function(x));
  }
  return bits;
}

TEST(ExactlyReproducibleLog, AgreesWithTheLibraryOverTheWholeRange) {
  Random random(1, Random::Stream::kGenerator);
  for (int i = 0; i < 20000; ++i) {
    const double mantissa = 1.0 + random.NextDouble();
    const int exponent = static_cast<int>(random.NextBelow(2045)) - 1022;
    const double x = std::ldexp(mantissa, exponent);
    EXPECT_NEAR(ExactlyReproducibleLog(x) / std::log(x), 1.0, 4e-16) << x;
  }
}

TEST(ExactlyReproducibleLog, KeepsItsPrecisionNearOne) {
  EXPECT_EQ(ExactlyReproducibleLog(1.0), 0.0);
  for (double distance = 1e-15; distance < 0.5; distance *= 1.7) {
    for (const double x : {1.0 - distance, 1.0 + distance}) {
      EXPECT_NEAR(ExactlyReproducibleLog(x) / std::log(x), 1.0, 4e-16) << distance;
    }
  }
}

TEST(ExactlyReproducibleExp, AgreesWithTheLibraryOverTheWholeRange) {
  Random random(2, Random::Stream::kGenerator);
  for (int i = 0; i < 20000; ++i) {
    const double x = -708.0 + 1417.0 * random.NextDouble();
    EXPECT_NEAR(ExactlyReproducibleExp(x) / std::exp(x), 1.0, 4e-16) << x;
  }
  for (double x = 1e-20; x < 1.0; x *= 1.7) {
    EXPECT_NEAR(ExactlyReproducibleExp(x) / std::exp(x), 1.0, 4e-16) << x;
    EXPECT_NEAR(ExactlyReproducibleExp(-x) / std::exp(-x), 1.0, 4e-16) << x;
  }
}

TEST(ExactlyReproducibleExp, LeavesTheRangeAsTheFunctionDoes) {
  EXPECT_EQ(ExactlyReproducibleExp(0.0), 1.0);
  EXPECT_EQ(ExactlyReproducibleExp(-kInfinity), 0.0);
  EXPECT_EQ(ExactlyReproducibleExp(kInfinity), kInfinity);
  EXPECT_TRUE(std::isnan(ExactlyReproducibleExp(std::nan(""))));
  for (const double x : {709.7, 709.8, 710.0, 711.0, -745.0, -745.2, -746.0, -800.0, 1e300}) {
    const double exact = std::exp(x);
    const double exp = ExactlyReproducibleExp(x);
    if (std::isnormal(exact)) {
      EXPECT_NEAR(exp / exact, 1.0, 4e-16) << x;
    } else {
      EXPECT_EQ(exp, exact) << x;
    }
  }
}

TEST(ExactlyReproduciblePow, AgreesWithTheLibrary) {
  Random random(3, Random::Stream::kGenerator);
  for (int i = 0; i < 20000; ++i) {
    const double base =
        std::ldexp(1.0 + random.NextDouble(), static_cast<int>(random.NextBelow(200)) - 100);
    const double exponent = 20.0 * random.NextDouble() - 10.0;
    const double bound = 4e-16 * (1.0 + std::abs(exponent * std::log(base)));
    EXPECT_NEAR(ExactlyReproduciblePow(base, exponent) / std::pow(base, exponent), 1.0, bound)
        << base << "^" << exponent;
  }
  EXPECT_EQ(ExactlyReproduciblePow(7.0, 0.0), 1.0);
  EXPECT_EQ(ExactlyReproduciblePow(1.0, 1e300), 1.0);
  EXPECT_EQ(ExactlyReproduciblePow(2.0, 1e300), kInfinity);
  EXPECT_EQ(ExactlyReproduciblePow(2.0, -1e300), 0.0);
}

TEST(ExactlyReproduciblePower, MultipliesTheBaseByItself) {
  for (const double base : {0.0, 0.7, 0.999, 1.0, 1.5, -2.0}) {
    double product = 1.0;
    for (int64_t exponent = 0; exponent < 70; ++exponent) {
      EXPECT_NEAR(ExactlyReproduciblePower(base, exponent), product, 1e-14 * std::abs(product))
          << base << "^" << exponent;
      product *= base;
    }
  }
  EXPECT_EQ(ExactlyReproduciblePower(2.0, 100), std::ldexp(1.0, 100));
  EXPECT_EQ(ExactlyReproduciblePower(0.5, std::numeric_limits<int64_t>::max()), 0.0);
  EXPECT_EQ(ExactlyReproduciblePower(1.0, std::numeric_limits<int64_t>::max()), 1.0);
}

// Computed once; a compiler that fuses, or another library, would give others.
TEST(ReproducibleMath, GivesTheSameBitsOnEveryMachine) {
  EXPECT_EQ(BitsOver(1e-3, 20.0, ExactlyReproducibleLog), 3685730833470620260u);
  EXPECT_EQ(BitsOver(-30.0, 30.0, ExactlyReproducibleExp), 13364774907616309688u);
  EXPECT_EQ(BitsOver(0.1, 9.0, [](double x) { return ExactlyReproduciblePow(x, 0.3); }),
            8641849798946517381u);
  EXPECT_EQ(BitsOver(0.1, 0.99, [](double x) { return ExactlyReproduciblePower(x, 37); }),
            16968636236817814928u);
}

}  // namespace
}  // namespace percept
