#include "server/ml/kernels/kernels.h"

#include <cmath>
#include <cstdlib>
#include <limits>
#include <string>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

#include "server/ml/aligned_buffer.h"
#include "tests/unit/ml/data.h"
#include "tests/unit/ml/oracle.h"

namespace percept::ml {
namespace {

using testing::HasSubstr;

constexpr char kVariable[] = "PERCEPT_INSTRUCTION_SET";
constexpr float kInfinity = std::numeric_limits<float>::infinity();

// Sets the environment variable for a test's duration.
class ScopedWish {
 public:
  explicit ScopedWish(const char* wish) {
    const char* const before = std::getenv(kVariable);
    if (before != nullptr) before_ = before;
    was_set_ = before != nullptr;
    setenv(kVariable, wish, 1);
  }
  ~ScopedWish() {
    if (was_set_) {
      setenv(kVariable, before_.c_str(), 1);
    } else {
      unsetenv(kVariable);
    }
  }

 private:
  std::string before_;
  bool was_set_ = false;
};

TEST(InstructionSet, NamesParseToThemselves) {
  for (const char* const name : {"x86-64-v2", "x86-64-v3", "x86-64-v4"}) {
    const auto parsed = ParseInstructionSet(name);
    ASSERT_TRUE(parsed.ok()) << parsed.status();
    EXPECT_STREQ(KernelsFor(*parsed).name, name);
  }
}

TEST(InstructionSet, UnknownNameIsInvalid) {
  const auto parsed = ParseInstructionSet("avx9");
  EXPECT_EQ(parsed.status().code(), absl::StatusCode::kInvalidArgument);
  EXPECT_THAT(parsed.status().message(), HasSubstr("got avx9"));
}

TEST(InstructionSet, BestOneIsSupported) { EXPECT_TRUE(IsSupported(BestInstructionSet())); }

TEST(InstructionSet, LargerOnesIncludeSmallerOnes) {
  EXPECT_TRUE(!IsSupported(InstructionSet::kX86_64V4) || IsSupported(InstructionSet::kX86_64V3));
  EXPECT_TRUE(!IsSupported(InstructionSet::kX86_64V3) || IsSupported(InstructionSet::kX86_64V2));
}

TEST(InstructionSet, EnvironmentOverridesTheBestOne) {
  const ScopedWish wish("x86-64-v2");
  const auto chosen = ChosenInstructionSet();
  ASSERT_TRUE(chosen.ok()) << chosen.status();
  EXPECT_EQ(*chosen, InstructionSet::kX86_64V2);
}

TEST(InstructionSet, EmptyEnvironmentMeansTheBestOne) {
  const ScopedWish wish("");
  EXPECT_EQ(*ChosenInstructionSet(), BestInstructionSet());
}

TEST(InstructionSet, EnvironmentWithUnknownNameIsRefusedByName) {
  const ScopedWish wish("x86-64-v5");
  const auto chosen = ChosenInstructionSet();
  EXPECT_EQ(chosen.status().code(), absl::StatusCode::kInvalidArgument);
  EXPECT_THAT(chosen.status().message(), HasSubstr(kVariable));
  EXPECT_THAT(chosen.status().message(), HasSubstr("got x86-64-v5"));
}

class KernelsBy : public testing::TestWithParam<InstructionSet> {
 protected:
  const Kernels& kernels() const { return KernelsFor(GetParam()); }

  // The activations of `points`, and the derivatives if `slopes` is given.
  std::vector<float> Activations(Activation activation, const std::vector<float>& points,
                                 std::vector<float>* slopes) const {
    const int64_t floats = PaddedRow(static_cast<int64_t>(points.size()));
    AlignedBuffer<float> values(floats);
    AlignedBuffer<float> derivatives(floats);
    std::copy(points.begin(), points.end(), values.data());
    kernels().activate(activation, floats, values.data(),
                       slopes == nullptr ? nullptr : derivatives.data());
    if (slopes != nullptr) slopes->assign(derivatives.data(), derivatives.data() + points.size());
    return {values.data(), values.data() + points.size()};
  }

  // Loss of one row of logits; the gradient replaces them.
  LossSums LossOf(std::vector<float>& logits, int32_t label) const {
    const auto classes = static_cast<int64_t>(logits.size());
    AlignedBuffer<float> row(PaddedRow(classes));
    std::fill_n(row.data(), row.size(), 1e30f);  // The padding must not matter.
    std::copy(logits.begin(), logits.end(), row.data());
    LossSums sums{0, 0.0};
    kernels().softmax_cross_entropy(1, classes, row.size(), row.data(), &label, 1.0f, &sums);
    logits.assign(row.data(), row.data() + classes);
    for (int64_t k = classes; k < row.size(); ++k) EXPECT_EQ(row.data()[k], 0.0f);
    return sums;
  }
};

constexpr Activation kActivations[] = {Activation::kTanh, Activation::kSigmoid, Activation::kRelu,
                                       Activation::kGelu};

TEST_P(KernelsBy, ActivationsMatchDoublePrecisionEverywhere) {
  std::vector<float> points = {0.0f, -0.0f, 1e-30f, -1e-30f, 30.0f, -30.0f, 80.0f, -80.0f};
  for (float x = -12.0f; x <= 12.0f; x += 0.0137f) points.push_back(x);
  for (int exponent = -60; exponent <= 60; ++exponent) {
    for (const float x : {1.0f, 1.3f, 1.7f}) {
      points.push_back(std::ldexp(x, exponent));
      points.push_back(std::ldexp(-x, exponent));
    }
  }
  for (const Activation activation : kActivations) {
    std::vector<float> slopes;
    const std::vector<float> values = Activations(activation, points, &slopes);
    for (size_t i = 0; i < points.size(); ++i) {
      const double expected = oracle::Activate(activation, points[i]);
      const double expected_slope = oracle::Derivative(activation, points[i]);
      EXPECT_NEAR(values[i], expected, 1e-6 + 1e-6 * std::abs(expected)) << points[i];
      EXPECT_NEAR(slopes[i], expected_slope, 1e-6) << points[i];
    }
    EXPECT_EQ(Activations(activation, points, nullptr), values);
  }
}

// Derivatives by central differences of the oracle's function in double precision.
TEST_P(KernelsBy, SlopesMatchFiniteDifferences) {
  std::vector<float> points;
  for (float x = -5.0f; x <= 5.0f; x += 0.173f) points.push_back(x);
  for (const Activation activation : kActivations) {
    std::vector<float> slopes;
    Activations(activation, points, &slopes);
    for (size_t i = 0; i < points.size(); ++i) {
      constexpr double kStep = 1e-6;
      const double difference = oracle::Activate(activation, points[i] + kStep) -
                                oracle::Activate(activation, points[i] - kStep);
      EXPECT_NEAR(slopes[i], difference / (2 * kStep), 2e-6) << points[i];
    }
  }
}

TEST_P(KernelsBy, ReluHasSlopeZeroAtZero) {
  std::vector<float> slopes;
  Activations(Activation::kRelu, {0.0f, -0.0f}, &slopes);
  EXPECT_EQ(slopes, (std::vector<float>{0.0f, 0.0f}));
}

TEST_P(KernelsBy, ActivationsSaturateAtInfinity) {
  const std::vector<float> points = {kInfinity, -kInfinity};
  EXPECT_EQ(Activations(Activation::kTanh, points, nullptr), (std::vector<float>{1.0f, -1.0f}));
  EXPECT_EQ(Activations(Activation::kSigmoid, points, nullptr), (std::vector<float>{1.0f, 0.0f}));
  EXPECT_EQ(Activations(Activation::kRelu, points, nullptr), (std::vector<float>{kInfinity, 0.0f}));
}

TEST_P(KernelsBy, ActivationsKeepNan) {
  for (const Activation activation : kActivations) {
    EXPECT_TRUE(std::isnan(Activations(activation, {NAN}, nullptr)[0]));
  }
}

TEST_P(KernelsBy, TanhIsWithinItsRelativeErrorFromDenormalsToSaturation) {
  // Steps of about a tenth of a per cent, and every float of a stretch just below saturation.
  std::vector<float> points;
  for (float x = 1e-40f; x < 100.0f; x *= 1.0013f) points.push_back(x);
  for (float x = 9.015f; x < 9.025f; x = std::nextafter(x, kInfinity)) points.push_back(x);
  const std::vector<float> values = Activations(Activation::kTanh, points, nullptr);
  for (size_t i = 0; i < points.size(); ++i) {
    const double expected = std::tanh(static_cast<double>(points[i]));
    EXPECT_NEAR(values[i], expected, 4e-7 * expected) << points[i];
    EXPECT_LE(values[i], 1.0f) << points[i];
  }
}

TEST_P(KernelsBy, TanhIsOdd) {
  std::vector<float> points, negated;
  for (float x = 0.0f; x < 12.0f; x += 0.0137f) points.push_back(x);
  for (const float x : points) negated.push_back(-x);
  const std::vector<float> values = Activations(Activation::kTanh, points, nullptr);
  const std::vector<float> others = Activations(Activation::kTanh, negated, nullptr);
  for (size_t i = 0; i < points.size(); ++i) {
    EXPECT_EQ(values[i], -others[i]) << points[i];
    EXPECT_TRUE(std::signbit(others[i])) << points[i];
  }
}

TEST_P(KernelsBy, MultiplyTakesEachByItsFactor) {
  AlignedBuffer<float> factors(32);
  AlignedBuffer<float> values(32);
  for (int i = 0; i < 32; ++i) {
    factors.data()[i] = 0.5f * static_cast<float>(i);
    values.data()[i] = static_cast<float>(3 - i);
  }
  kernels().multiply(16, factors.data(), values.data());
  for (int i = 0; i < 32; ++i) {
    const auto value = static_cast<float>(3 - i);
    EXPECT_EQ(values.data()[i], i < 16 ? 0.5f * static_cast<float>(i) * value : value);
  }
}

TEST_P(KernelsBy, SoftmaxLossMatchesItsFormula) {
  for (const size_t classes : {1, 2, 3, 15, 16, 17, 40, 256, 300}) {
    std::vector<float> logits;
    double sum = 0.0;
    for (size_t k = 0; k < classes; ++k) {
      logits.push_back(static_cast<float>(k * 7 % 11) - 5.0f);
      sum += std::exp(static_cast<double>(logits[k]));
    }
    const auto label = static_cast<int32_t>(classes / 2);
    std::vector<float> gradient = logits;
    const LossSums sums = LossOf(gradient, label);
    EXPECT_NEAR(sums.loss, std::log(sum) - logits[label], 1e-5) << classes;
    for (size_t k = 0; k < classes; ++k) {
      const double expected = std::exp(logits[k]) / sum - (static_cast<int32_t>(k) == label);
      EXPECT_NEAR(gradient[k], expected, 1e-6) << classes;
    }
  }
}

TEST_P(KernelsBy, SoftmaxLossIsStableForLargeLogits) {
  std::vector<float> logits = {3e4f, -3e4f};
  EXPECT_NEAR(LossOf(logits, 1).loss, 6e4, 1.0);
  logits = {3e4f, -3e4f};
  EXPECT_EQ(LossOf(logits, 0).loss, 0.0);
}

TEST_P(KernelsBy, TiesGoToTheLowestClass) {
  for (const size_t classes : {2, 20}) {
    std::vector<float> logits(classes, 1.0f);
    EXPECT_EQ(LossOf(logits, 0).correct, 1);
    logits.assign(classes, 1.0f);
    EXPECT_EQ(LossOf(logits, 1).correct, 0);
  }
}

TEST_P(KernelsBy, LogitsThatAreNotFiniteGiveALossThatIsNotFinite) {
  for (const float poison : {kInfinity, -kInfinity, static_cast<float>(NAN)}) {
    for (const int32_t label : {0, 1}) {
      std::vector<float> logits = {0.5f, poison, 2.0f};
      const LossSums sums = LossOf(logits, label);
      EXPECT_FALSE(std::isfinite(sums.loss)) << poison;
      EXPECT_EQ(sums.correct, 0) << poison;
    }
  }
}

// Rows are taken together; each must come out as it does alone, and their losses be added in order.
TEST_P(KernelsBy, SoftmaxOfManyRowsIsThatOfEachRow) {
  constexpr int64_t kClasses = 10;
  const int64_t stride = PaddedRow(kClasses);
  for (const int64_t rows : {1, 3, 15, 16, 17, 40}) {
    AlignedBuffer<float> logits(rows * stride);
    std::vector<int32_t> labels;
    LossSums expected{0, 0.0};
    std::vector<std::vector<float>> gradients;
    for (int64_t r = 0; r < rows; ++r) {
      for (int64_t k = 0; k < kClasses; ++k) {
        logits.data()[r * stride + k] = 0.25f * static_cast<float>((r * 31 + k * 17) % 23);
      }
      labels.push_back(static_cast<int32_t>((r * 7) % kClasses));
      gradients.emplace_back(logits.data() + r * stride, logits.data() + r * stride + kClasses);
      const LossSums sums = LossOf(gradients.back(), labels.back());
      expected.correct += sums.correct;
      expected.loss += sums.loss;
    }
    LossSums scores{0, 0.0};
    kernels().softmax_cross_entropy(rows, kClasses, stride, logits.data(), labels.data(), 0.0f,
                                    &scores);
    EXPECT_EQ(scores.correct, expected.correct) << rows;
    EXPECT_EQ(scores.loss, expected.loss) << rows;
    LossSums sums{0, 0.0};
    kernels().softmax_cross_entropy(rows, kClasses, stride, logits.data(), labels.data(), 1.0f,
                                    &sums);
    EXPECT_EQ(sums.loss, expected.loss) << rows;
    for (int64_t r = 0; r < rows; ++r) {
      const float* const row = logits.data() + r * stride;
      EXPECT_EQ(std::vector<float>(row, row + kClasses), gradients[r]) << rows << " " << r;
    }
  }
}

INSTANTIATE_TEST_SUITE_P(, KernelsBy, testing::ValuesIn(SupportedInstructionSets()),
                         [](const testing::TestParamInfo<InstructionSet>& instruction_set) {
                           return "V" + std::to_string(static_cast<int>(instruction_set.param));
                         });

}  // namespace
}  // namespace percept::ml
