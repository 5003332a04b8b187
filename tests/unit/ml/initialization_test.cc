#include "server/ml/initialization.h"

#include <algorithm>
#include <cmath>
#include <vector>

#include "gtest/gtest.h"

#include "server/base/random.h"
#include "server/ml/aligned_buffer.h"

namespace percept::ml {
namespace {

constexpr int64_t kInputs = 50;
constexpr int64_t kOutputs = 30;

// A layer's buffers, padded.
struct Drawn {
  Drawn(Initialization initialization, uint64_t seed, int layer)
      : weights(kInputs * PaddedRow(kOutputs)), bias(PaddedRow(kOutputs)) {
    const LayerView view{kInputs, kOutputs, PaddedRow(kOutputs), weights.data(), bias.data()};
    DrawLayer(initialization, seed, layer, view);
  }

  std::vector<float> Weights() const {
    std::vector<float> values;
    for (int64_t i = 0; i < kInputs; ++i) {
      const float* const row = weights.data() + i * PaddedRow(kOutputs);
      values.insert(values.end(), row, row + kOutputs);
    }
    return values;
  }
  std::vector<float> Biases() const { return {bias.data(), bias.data() + kOutputs}; }

  AlignedBuffer<float> weights;
  AlignedBuffer<float> bias;
};

// A uniform sample of 1,500 fills its range: mean near 0, variance near bound^2 / 3.
void ExpectUniform(const std::vector<float>& values, double bound) {
  double sum = 0.0;
  double squares = 0.0;
  for (const float value : values) {
    EXPECT_LE(std::abs(value), bound);
    sum += value;
    squares += static_cast<double>(value) * value;
  }
  const double count = static_cast<double>(values.size());
  EXPECT_NEAR(sum / count, 0.0, 0.1 * bound);
  EXPECT_NEAR(squares / count, bound * bound / 3.0, 0.1 * bound * bound);
  EXPECT_GT(*std::max_element(values.begin(), values.end()), 0.98 * bound);
  EXPECT_LT(*std::min_element(values.begin(), values.end()), -0.98 * bound);
}

TEST(Initialization, PytorchIsUniformByFanInForWeightsAndBiases) {
  const Drawn drawn(Initialization::kPytorch, 1, 0);
  ExpectUniform(drawn.Weights(), 1.0 / std::sqrt(50.0));
  for (const float bias : drawn.Biases()) {
    EXPECT_NE(bias, 0.0f);
    EXPECT_LE(std::abs(bias), 1.0 / std::sqrt(50.0));
  }
}

TEST(Initialization, XavierIsUniformByFanInAndOutWithZeroBiases) {
  const Drawn drawn(Initialization::kXavier, 1, 0);
  ExpectUniform(drawn.Weights(), std::sqrt(6.0 / 80.0));
  EXPECT_EQ(drawn.Biases(), std::vector<float>(kOutputs, 0.0f));
}

TEST(Initialization, HeIsUniformByFanInWithZeroBiases) {
  const Drawn drawn(Initialization::kHe, 1, 0);
  ExpectUniform(drawn.Weights(), std::sqrt(6.0 / 50.0));
  EXPECT_EQ(drawn.Biases(), std::vector<float>(kOutputs, 0.0f));
}

TEST(Initialization, WeightsAreDrawnOutputByOutput) {
  const Drawn drawn(Initialization::kXavier, 1, 2);
  Random random(1, Random::Stream::kInitialization, 2);
  const double bound = std::sqrt(6.0 / 80.0);
  for (int64_t o = 0; o < kOutputs; ++o) {
    for (int64_t i = 0; i < kInputs; ++i) {
      EXPECT_EQ(drawn.weights.data()[i * PaddedRow(kOutputs) + o],
                static_cast<float>((2.0 * random.NextDouble() - 1.0) * bound));
    }
  }
}

TEST(Initialization, SameSeedGivesTheSameBitsAndOthersDiffer) {
  const auto weights = [](uint64_t seed, int layer) {
    return Drawn(Initialization::kPytorch, seed, layer).Weights();
  };
  EXPECT_EQ(weights(1, 0), weights(1, 0));
  EXPECT_NE(weights(1, 0), weights(2, 0));
  EXPECT_NE(weights(1, 0), weights(1, 1));
}

TEST(Initialization, LeavesThePaddingAlone) {
  const Drawn drawn(Initialization::kPytorch, 1, 0);
  for (int64_t i = 0; i < kInputs; ++i) {
    for (int64_t o = kOutputs; o < PaddedRow(kOutputs); ++o) {
      EXPECT_EQ(drawn.weights.data()[i * PaddedRow(kOutputs) + o], 0.0f);
    }
  }
}

}  // namespace
}  // namespace percept::ml
