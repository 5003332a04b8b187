#include <cmath>
#include <limits>
#include <string>
#include <utility>
#include <vector>

#include "gtest/gtest.h"

#include "server/base/random.h"
#include "server/ml/aligned_buffer.h"
#include "server/ml/kernels/kernels.h"
#include "tests/unit/ml/data.h"
#include "tests/unit/ml/oracle.h"

// The kernel that scores perceptrons, against plain loops: not a bit may differ.
namespace percept::ml {
namespace {

// Random weights, in lanes as `PerceptronPanel` says.
class PanelWeights {
 public:
  PanelWeights(int64_t inputs, int64_t lanes) : inputs_(inputs), lanes_(lanes) {
    Random random(1, Random::Stream::kInitialization);
    for (int64_t i = 0; i < numbers_.size(); ++i) numbers_.data()[i] = random.NextDouble() - 0.5;
  }

  PerceptronPanel view() const { return {inputs_, lanes_, numbers_.data()}; }

  // Of input `i` in `lane`.
  double& at(int64_t lane, int64_t i) {
    return numbers_.data()[(lane / kPanelLanes * inputs_ + i) * kPanelLanes + lane % kPanelLanes];
  }

  oracle::Perceptron ForOracle(int64_t lane) {
    oracle::Vector weights;
    for (int64_t i = 0; i < inputs_; ++i) weights.push_back(at(lane, i));
    return oracle::Perceptron(weights);
  }

 private:
  const int64_t inputs_;
  const int64_t lanes_;
  AlignedBuffer<double> numbers_{inputs_ * lanes_};
};

class PerceptronKernelBy : public testing::TestWithParam<InstructionSet> {
 protected:
  const Kernels& kernels() const { return KernelsFor(GetParam()); }
};

TEST_P(PerceptronKernelBy, PerceptronsHaveTheScoresOfPlainLoops) {
  const TestData pixels = TestData::Pixels(60, 83, 2, 0.3, 1);
  const TestData floats = TestData::Floats(61, 3, 2, 1);
  // One to three passes of four vectors with each remainder, on every instruction set.
  for (const int64_t lanes : {8, 16, 24, 32, 40, 96}) {
    for (const auto& [data, examples] : {std::pair(&pixels, pixels.Sparse()),
                                         {&pixels, pixels.Dense()},
                                         {&floats, floats.Dense()}}) {
      PanelWeights weights(data->inputs(), lanes);
      std::vector<LossSums> sums(static_cast<size_t>(lanes), LossSums{0, 0.0});
      kernels().score_perceptrons(weights.view(), examples, sums.data());
      const std::vector<oracle::Example> rows = data->ForOracle();
      for (int64_t lane = 0; lane < lanes; ++lane) {
        const oracle::Score expected = weights.ForOracle(lane).Evaluate(rows);
        EXPECT_EQ(sums[lane].correct, expected.correct) << lane << " of " << lanes;
        EXPECT_EQ(sums[lane].loss, expected.loss_sum) << lane << " of " << lanes;
      }
    }
  }
}

TEST_P(PerceptronKernelBy, ScoresInPiecesAreThoseOfTheWhole) {
  const TestData data = TestData::Pixels(60, 83, 2, 0.3, 1);
  PanelWeights weights(data.inputs(), 40);
  for (const auto& [whole, begin, end] :
       {std::tuple(data.Sparse(), data.Sparse(0, 23), data.Sparse(23, 37)),
        std::tuple(data.Dense(), data.Dense(0, 23), data.Dense(23, 37))}) {
    std::vector<LossSums> expected(40, LossSums{0, 0.0});
    kernels().score_perceptrons(weights.view(), whole, expected.data());
    std::vector<LossSums> sums(40, LossSums{0, 0.0});
    kernels().score_perceptrons(weights.view(), begin, sums.data());
    kernels().score_perceptrons(weights.view(), end, sums.data());
    for (size_t lane = 0; lane < 40; ++lane) {
      EXPECT_EQ(sums[lane].correct, expected[lane].correct);
      EXPECT_EQ(sums[lane].loss, expected[lane].loss);
    }
  }
}

TEST_P(PerceptronKernelBy, APerceptronsProductThatIsNotFiniteIsWrongInItsLaneAlone) {
  const double infinity = std::numeric_limits<double>::infinity();
  for (const int32_t label : {0, 1}) {
    const TestData data = TestData::Points(1, {2.0f}, {label});
    PanelWeights weights(1, kPanelLanes);
    const double wanted[] = {infinity, -infinity, std::nan(""), 0.0, 1.5, -1.5, -0.0, 1e308};
    for (int64_t lane = 0; lane < kPanelLanes; ++lane) weights.at(lane, 0) = wanted[lane];
    LossSums sums[kPanelLanes] = {};
    kernels().score_perceptrons(weights.view(), data.Dense(), sums);
    for (const int64_t lane : {0, 1, 2, 7}) {
      EXPECT_EQ(sums[lane].correct, 0) << lane;
      EXPECT_FALSE(std::isfinite(sums[lane].loss)) << lane;
    }
    for (const int64_t lane : {3, 4, 6}) EXPECT_EQ(sums[lane].correct, label) << lane;
    EXPECT_EQ(sums[5].correct, 1 - label);
    EXPECT_EQ(sums[4].loss, label == 1 ? 0.0 : 3.0);
    EXPECT_EQ(sums[5].loss, label == 1 ? 3.0 : 0.0);
  }
}

INSTANTIATE_TEST_SUITE_P(, PerceptronKernelBy, testing::ValuesIn(SupportedInstructionSets()),
                         [](const testing::TestParamInfo<InstructionSet>& instruction_set) {
                           return "V" + std::to_string(static_cast<int>(instruction_set.param));
                         });

}  // namespace
}  // namespace percept::ml
