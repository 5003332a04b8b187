// What the models can learn, and what they cannot.
#include <algorithm>
#include <vector>

#include "absl/types/span.h"
#include "gtest/gtest.h"

#include "server/base/random.h"
#include "tests/unit/ml/data.h"
#include "tests/unit/ml/toy_data.h"

namespace percept::ml {
namespace {

// The best accuracy on `data` at the end of any epoch of shuffled batches of ten.
double BestAccuracy(const ModelSpec& spec, const TrainingSpec& training, const TestData& data) {
  const auto model =
      MakeModel(spec, {data.inputs(), 2}, 10, KernelsFor(BestInstructionSet()), 3, training);
  std::vector<uint32_t> order = Rows(0, static_cast<uint32_t>(data.count()));
  int64_t best = 0;
  for (int epoch = 0; epoch < training.epochs; ++epoch) {
    Random random(5, Random::Stream::kShuffle, static_cast<uint64_t>(epoch));
    random.Shuffle(absl::MakeSpan(order));
    for (size_t first = 0; first < order.size(); first += 10) {
      model->TrainBatch(data.Dense(), absl::MakeConstSpan(order).subspan(first, 10),
                        training.learning_rate);
    }
    best = std::max(best, EvaluationOf(*model, data.Dense()).correct);
  }
  return static_cast<double>(best) / static_cast<double>(data.count());
}

TrainingSpec Rule(OptimizerKind optimizer, double learning_rate) {
  TrainingSpec training = TrainingBy(optimizer);
  training.learning_rate = learning_rate;
  training.epochs = 30;
  return training;
}

TEST(Xor, IsBeyondTheMultiperceptronWhateverTheOptimiser) {
  const TestData data = Xor(200);
  for (const OptimizerKind optimizer :
       {OptimizerKind::kSgd, OptimizerKind::kMomentum, OptimizerKind::kAdam}) {
    EXPECT_LE(BestAccuracy(MultiperceptronSpec(), Rule(optimizer, 0.05), data), 0.76);
  }
}

TEST(Xor, IsLearntByTheMlpWhateverTheOptimiser) {
  const TestData data = Xor(200);
  EXPECT_GT(BestAccuracy(MlpSpec({8}), Rule(OptimizerKind::kSgd, 0.05), data), 0.97);
  EXPECT_GT(BestAccuracy(MlpSpec({8}), Rule(OptimizerKind::kMomentum, 0.01), data), 0.97);
  EXPECT_GT(BestAccuracy(MlpSpec({8}), Rule(OptimizerKind::kAdam, 0.01), data), 0.97);
}

TEST(Bullseye, IsBeyondTheMultiperceptronAndLearntByTheMlp) {
  const TestData data = Bullseye(200);
  const TrainingSpec adam = Rule(OptimizerKind::kAdam, 0.05);
  EXPECT_LE(BestAccuracy(MultiperceptronSpec(), adam, data), 0.85);
  EXPECT_GT(BestAccuracy(MlpSpec({8}), adam, data), 0.97);
}

TEST(WeightDecay, KeepsTheParametersSmall) {
  const TestData data = ThreeClasses(100);
  const ModelSpec spec = MultiperceptronSpec();
  double norms[2];
  for (const bool has_decay : {false, true}) {
    const TrainingSpec training = TrainingBy(OptimizerKind::kSgd, has_decay ? 0.1 : 0.0);
    const auto model = MakeModel(spec, {2, 3}, 10, KernelsFor(BestInstructionSet()), 1, training);
    for (uint32_t first = 0; first < 300; first += 10) {
      model->TrainBatch(data.Dense(), Rows(first, 10), 0.1);
    }
    norms[has_decay] = 0.0;
    for (const float value : FloatsOf(ExportOf(*model, spec, {2, 3}))) {
      norms[has_decay] += static_cast<double>(value) * value;
    }
  }
  EXPECT_LT(norms[1], 0.8 * norms[0]);
}

}  // namespace
}  // namespace percept::ml
