#include "server/ml/optimizer.h"

#include <algorithm>
#include <cmath>
#include <string>
#include <tuple>
#include <vector>

#include "gtest/gtest.h"

#include "server/ml/aligned_buffer.h"
#include "tests/unit/ml/data.h"

namespace percept::ml {
namespace {

constexpr int64_t kFloats = 48;
constexpr int64_t kUsed = 41;  // The rest is padding.
constexpr double kRate = 0.125;
constexpr OptimizerKind kOptimizers[] = {OptimizerKind::kSgd, OptimizerKind::kMomentum,
                                         OptimizerKind::kAdam};

std::string NameOf(OptimizerKind kind) {
  switch (kind) {
    case OptimizerKind::kSgd:
      return "Sgd";
    case OptimizerKind::kMomentum:
      return "Momentum";
    case OptimizerKind::kAdam:
      break;
  }
  return "Adam";
}

// A function of one number, by its derivative.
struct Objective {
  const char* name;
  double (*slope)(double w);
};

constexpr Objective kObjectives[] = {
    {"Line", [](double) { return 0.75; }},
    {"Parabola", [](double w) { return 3.0 * w; }},
    {"LogCosh", [](double w) { return std::tanh(w); }},
    {"Quartic", [](double w) { return w * w * w - w; }},
};

// The start of parameter i.
double StartOf(int64_t i) { return 0.1 * static_cast<double>(i) - 2.0; }

// An optimiser at work on `kUsed` parameters, each of which minimises the objective by itself.
class Descent {
 public:
  Descent(const TrainingSpec& training, const Objective& objective, const Kernels& kernels)
      : optimizer_(training, kFloats),
        objective_(objective),
        kernels_(kernels),
        parameters_(kFloats),
        gradient_(kFloats) {
    for (int64_t i = 0; i < kUsed; ++i) parameters_.data()[i] = static_cast<float>(StartOf(i));
  }

  void Step(double learning_rate) {
    std::fill_n(gradient_.data(), kFloats, 0.0f);
    for (int64_t i = 0; i < kUsed; ++i) {
      gradient_.data()[i] = static_cast<float>(objective_.slope(parameters_.data()[i]));
    }
    const UpdateRule rule = optimizer_.Next(parameters_.data(), learning_rate);
    kernels_.apply(rule, kFloats, gradient_.data(), parameters_.data());
  }

  float parameter(int64_t i) const { return parameters_.data()[i]; }

 private:
  Optimizer optimizer_;
  const Objective& objective_;
  const Kernels& kernels_;
  AlignedBuffer<float> parameters_;
  AlignedBuffer<float> gradient_;
};

// Where a parameter stands after three steps, each written out from the gradients before it.
double ThirdStep(const TrainingSpec& t, const Objective& objective, double start) {
  const auto gradient = [&](double w) { return objective.slope(w) + t.weight_decay * w; };
  double w1 = 0.0;
  double w2 = 0.0;
  const double g1 = gradient(start);
  if (t.optimizer == OptimizerKind::kSgd) {
    w1 = start - kRate * g1;
    w2 = w1 - kRate * gradient(w1);
    return w2 - kRate * gradient(w2);
  }
  if (t.optimizer == OptimizerKind::kMomentum) {
    const double mu = t.momentum;
    w1 = start - kRate * g1;
    const double g2 = gradient(w1);
    w2 = w1 - kRate * (g2 + mu * g1);
    return start - kRate * (g1 * (1 + mu + mu * mu) + g2 * (1 + mu) + gradient(w2));
  }
  // Weighted means of the gradients and of their squares, newest last.
  const auto mean = [](double beta, const std::vector<double>& values) {
    double sum = 0.0;
    double weights = 0.0;
    for (size_t i = 0; i < values.size(); ++i) {
      const double weight = std::pow(beta, static_cast<double>(values.size() - 1 - i));
      sum += weight * values[i];
      weights += weight;
    }
    return sum / weights;
  };
  std::vector<double> gradients;
  std::vector<double> squares;
  double w = start;
  for (int step = 0; step < 3; ++step) {
    gradients.push_back(gradient(w));
    squares.push_back(gradients.back() * gradients.back());
    w -= kRate * mean(t.beta1, gradients) / (std::sqrt(mean(t.beta2, squares)) + t.epsilon);
  }
  return w;
}

using Case = std::tuple<InstructionSet, OptimizerKind, Objective>;

class OptimizerGrid : public testing::TestWithParam<Case> {};

TEST_P(OptimizerGrid, ThirdStepMatchesClosedForm) {
  const auto& [instruction_set, optimizer, objective] = GetParam();
  for (const double weight_decay : {0.0, 0.05}) {
    TrainingSpec training = TrainingBy(optimizer, weight_decay);
    training.momentum = 0.8;
    training.beta1 = 0.7;
    training.beta2 = 0.95;
    training.epsilon = 1e-3;
    Descent descent(training, objective, KernelsFor(instruction_set));
    for (int step = 0; step < 3; ++step) descent.Step(kRate);
    for (int64_t i = 0; i < kUsed; ++i) {
      EXPECT_NEAR(descent.parameter(i), ThirdStep(training, objective, StartOf(i)), 2e-6)
          << "parameter " << i << ", weight decay " << weight_decay;
    }
  }
}

TEST_P(OptimizerGrid, KeepsZerosInThePadding) {
  const auto& [instruction_set, optimizer, objective] = GetParam();
  TrainingSpec training = TrainingBy(optimizer, 0.05);
  training.epsilon = 1e-60;  // 0 in float32.
  Descent descent(training, objective, KernelsFor(instruction_set));
  for (int step = 0; step < 5; ++step) descent.Step(kRate);
  for (int64_t i = kUsed; i < kFloats; ++i) EXPECT_EQ(descent.parameter(i), 0.0f);
}

INSTANTIATE_TEST_SUITE_P(, OptimizerGrid,
                         testing::Combine(testing::ValuesIn(SupportedInstructionSets()),
                                          testing::ValuesIn(kOptimizers),
                                          testing::ValuesIn(kObjectives)),
                         [](const testing::TestParamInfo<Case>& one) {
                           return "V" + std::to_string(static_cast<int>(std::get<0>(one.param))) +
                                  NameOf(std::get<1>(one.param)) + std::get<2>(one.param).name;
                         });

class OptimizerBy : public testing::TestWithParam<std::tuple<InstructionSet, OptimizerKind>> {
 protected:
  const Kernels& kernels() const { return KernelsFor(std::get<0>(GetParam())); }
  OptimizerKind optimizer() const { return std::get<1>(GetParam()); }

  void Expect(const ModelSpec& model, const TestData& data, const Examples& examples,
              double weight_decay, int32_t batch_size, int epochs) const {
    ParallelTraining run{
        .model = model, .training = TrainingBy(optimizer(), weight_decay), .classes = 3};
    run.training.learning_rate = optimizer() == OptimizerKind::kAdam ? 0.01 : 0.05;
    run.training.batch_size = batch_size;
    run.training.epochs = epochs;
    ExpectAgreement(run, data, examples, kernels());
  }
};

TEST_P(OptimizerBy, TrainsEachModelAsTheOracleDoes) {
  const TestData floats = TestData::Floats(103, 5, 3, 1);
  const TestData pixels = TestData::Pixels(103, 49, 3, 0.4, 2);
  for (const ModelSpec& model : {MultiperceptronSpec(), MlpSpec({7}), MlpSpec({9, 17})}) {
    for (const double weight_decay : {0.0, 0.01}) {
      SCOPED_TRACE(testing::Message()
                   << model.hidden_units.size() << " hidden, decay " << weight_decay);
      Expect(model, floats, floats.Dense(), weight_decay, 10, 3);
      Expect(model, pixels, pixels.Sparse(), weight_decay, 10, 3);
      Expect(model, pixels, pixels.Dense(), weight_decay, 10, 3);
    }
  }
}

TEST_P(OptimizerBy, TrainsOnBatchesThatExceedOnePassAsTheOracleDoes) {
  const TestData data = TestData::Pixels(1500, 10, 3, 0.5, 8);
  for (const ModelSpec& model : {MultiperceptronSpec(), MlpSpec({5})}) {
    Expect(model, data, data.Dense(), 0.01, 1300, 3);
    Expect(model, data, data.Sparse(), 0.01, 1300, 3);
  }
}

// More than the 2^18 pixels that are sorted at once.
TEST_P(OptimizerBy, TrainsOnBatchesWithTooManyPixelsForOnePassAsTheOracleDoes) {
  const TestData data = TestData::Pixels(700, 500, 3, 0.95, 9);
  Expect(MultiperceptronSpec(), data, data.Sparse(), 0.01, 650, 2);
}

TEST_P(OptimizerBy, ReproducesBits) {
  const TestData data = TestData::Pixels(64, 100, 5, 0.3, 16);
  const ModelSpec spec = MlpSpec({40});
  std::vector<char> runs[2];
  for (std::vector<char>& run : runs) {
    const auto model = MakeModel(spec, {100, 5}, 16, kernels(), 77, TrainingBy(optimizer(), 0.01));
    for (int step = 0; step < 20; ++step) {
      model->TrainBatch(data.Sparse(), Rows(step % 4 * 16, 16), 0.01);
    }
    run = ExportOf(*model, spec, {100, 5});
  }
  EXPECT_EQ(runs[0], runs[1]);
}

TEST_P(OptimizerBy, KeepsWhatHasNoGradientWithNeitherMemoryNorDecay) {
  const bool is_sgd = optimizer() == OptimizerKind::kSgd;
  const float parameters[16] = {};
  Optimizer plain(TrainingBy(optimizer()), 16);
  EXPECT_EQ(plain.Next(parameters, 0.1).keeps_without_gradient(), is_sgd);
  Optimizer decaying(TrainingBy(optimizer(), 0.1), 16);
  EXPECT_FALSE(decaying.Next(parameters, 0.1).keeps_without_gradient());
}

TEST_P(OptimizerBy, FollowsTheLearningRateItIsGiven) {
  TrainingSpec training = TrainingBy(optimizer());
  training.epsilon = 1e-30;
  Descent descent(training, kObjectives[0], kernels());
  descent.Step(0.0);
  EXPECT_EQ(descent.parameter(3), static_cast<float>(StartOf(3)));
  descent.Step(0.5);
  // The slope is the same everywhere: so are Adam's means; momentum has gathered that of both
  // steps.
  const double slope = optimizer() == OptimizerKind::kSgd        ? 0.75
                       : optimizer() == OptimizerKind::kMomentum ? 0.75 * 1.9
                                                                 : 1.0;
  EXPECT_NEAR(descent.parameter(3), StartOf(3) - 0.5 * slope, 1e-6);
}

INSTANTIATE_TEST_SUITE_P(
    , OptimizerBy,
    testing::Combine(testing::ValuesIn(SupportedInstructionSets()), testing::ValuesIn(kOptimizers)),
    [](const testing::TestParamInfo<std::tuple<InstructionSet, OptimizerKind>>& one) {
      return "V" + std::to_string(static_cast<int>(std::get<0>(one.param))) +
             NameOf(std::get<1>(one.param));
    });

// The gradient takes another way into the parameters, so the bits may differ.
TEST(Momentum, OfZeroIsPlainDescent) {
  const TestData data = TestData::Pixels(64, 30, 3, 0.3, 16);
  const ModelSpec spec = MlpSpec({9});
  const Kernels& kernels = KernelsFor(BestInstructionSet());
  TrainingSpec training = TrainingBy(OptimizerKind::kMomentum);
  training.momentum = 0.0;
  const auto with = MakeModel(spec, {30, 3}, 16, kernels, 1, training);
  const auto without = MakeModel(spec, {30, 3}, 16, kernels);
  for (uint32_t first = 0; first < 64; first += 16) {
    with->TrainBatch(data.Sparse(), Rows(first, 16), 0.1);
    without->TrainBatch(data.Sparse(), Rows(first, 16), 0.1);
  }
  oracle::Network expected = OracleOf(*without, spec, {30, 3});
  EXPECT_LE(LargestTensorError(*with, spec, {30, 3}, expected), 1e-6);
}

TEST(OptimizerBuffers, CountsWhatEachKeeps) {
  EXPECT_EQ(OptimizerBuffers(OptimizerKind::kSgd), 0);
  EXPECT_EQ(OptimizerBuffers(OptimizerKind::kMomentum), 1);
  EXPECT_EQ(OptimizerBuffers(OptimizerKind::kAdam), 2);
}

}  // namespace
}  // namespace percept::ml
