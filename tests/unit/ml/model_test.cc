#include "server/ml/model.h"

#include <cmath>
#include <string>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

#include "server/base/random.h"
#include "tests/unit/ml/data.h"

namespace percept::ml {
namespace {

using testing::ElementsAre;

const Kernels& AnyKernels() { return KernelsFor(InstructionSet::kX86_64V2); }

TEST(ParameterLayout, NamesLayersAsPytorchDoes) {
  const auto layout = ParameterLayout(MlpSpec({64, 32}), {784, 10});
  std::vector<std::string> names;
  for (const TensorInfo& tensor : layout) names.push_back(tensor.name);
  EXPECT_THAT(names, ElementsAre("linear0.weight", "linear0.bias", "linear1.weight", "linear1.bias",
                                 "linear2.weight", "linear2.bias"));
  EXPECT_THAT(layout[0].shape, ElementsAre(64, 784));
  EXPECT_THAT(layout[1].shape, ElementsAre(64));
  EXPECT_THAT(layout[4].shape, ElementsAre(10, 32));
  EXPECT_EQ(layout[0].size_bytes(), 64 * 784 * 4);
}

TEST(ParameterLayout, CountsTheNotebooksFirstLayer) {
  const auto layout = ParameterLayout(MlpSpec({64}), {784, 10});
  EXPECT_EQ(ParameterCount(absl::MakeConstSpan(layout).subspan(0, 2)), 50240);
  EXPECT_EQ(ParameterCount(layout), 50890);
  EXPECT_EQ(ParameterBytes(layout), 4 * 50890);
}

TEST(ParameterLayout, HasOneLayerForTheMultiperceptron) {
  const auto layout = ParameterLayout(MultiperceptronSpec(), {784, 10});
  ASSERT_EQ(layout.size(), 2u);
  EXPECT_EQ(layout[0].name, "linear0.weight");
  EXPECT_THAT(layout[0].shape, ElementsAre(10, 784));
  EXPECT_EQ(layout[1].name, "linear0.bias");
  EXPECT_THAT(layout[1].shape, ElementsAre(10));
  EXPECT_TRUE(layout[0].is_float32());
}

TEST(ParameterLayout, HasOneVectorOfDoublesForThePerceptron) {
  const auto layout = ParameterLayout(PerceptronSpec(), {784, 2});
  ASSERT_EQ(layout.size(), 1u);
  EXPECT_EQ(layout[0].name, "weight");
  EXPECT_THAT(layout[0].shape, ElementsAre(784));
  EXPECT_FALSE(layout[0].is_float32());
  EXPECT_EQ(ParameterBytes(layout), 8 * 784);
}

// The drawing order is that of the export, so the export is the stream of random numbers itself.
TEST(ExportParameters, WritesWeightsByOutputThenBiases) {
  const ModelSpec spec = MlpSpec({5, 18});
  const ModelShape shape{37, 3};
  const auto model = MakeModel(spec, shape, 4, AnyKernels(), 99);
  const std::vector<float> exported = FloatsOf(ExportOf(*model, spec, shape));
  size_t at = 0;
  int layer = 0;
  for (const auto& [inputs, outputs] : {std::pair(37, 5), {5, 18}, {18, 3}}) {
    Random random(99, Random::Stream::kInitialization, layer++);
    const double bound = 1.0 / std::sqrt(static_cast<double>(inputs));
    for (int i = 0; i < (inputs + 1) * outputs; ++i) {
      ASSERT_EQ(exported[at++], static_cast<float>((2.0 * random.NextDouble() - 1.0) * bound));
    }
  }
  EXPECT_EQ(at, exported.size());
}

TEST(CreateModel, RefusesThePerceptronByName) {
  const auto model = CreateModel(PerceptronSpec(), TrainingSpec{}, {2, 2}, 1, 5, AnyKernels());
  EXPECT_EQ(model.status().code(), absl::StatusCode::kInvalidArgument);
  EXPECT_EQ(model.status().message(), "model: must be trained by batches, got perceptron");
}

// Layers whose widths are and are not multiples of the padding.
std::vector<ModelSpec> TrainedByBatches() {
  return {MultiperceptronSpec(), MlpSpec({5, 18}), MlpSpec({16}, Activation::kGelu)};
}

TEST(ImportParameters, TakesWhatWasExported) {
  const TestData data = TestData::Pixels(30, 37, 3, 0.4, 2);
  const ModelShape shape{37, 3};
  for (const ModelSpec& spec : TrainedByBatches()) {
    const auto model = MakeModel(spec, shape, 30, AnyKernels(), 1);
    const auto other = MakeModel(spec, shape, 30, AnyKernels(), 2);
    model->TrainBatch(data.Sparse(), Rows(0, 30), 0.5);
    const std::vector<char> exported = ExportOf(*model, spec, shape);
    EXPECT_NE(ExportOf(*other, spec, shape), exported);
    other->ImportParameters(exported);
    EXPECT_EQ(ExportOf(*other, spec, shape), exported);
    // They go on alike: nothing else was different.
    for (Model* const each : {model.get(), other.get()}) {
      each->TrainBatch(data.Sparse(), Rows(0, 30), 0.5);
    }
    EXPECT_EQ(ExportOf(*other, spec, shape), ExportOf(*model, spec, shape));
  }
}

TEST(LoadModel, ScoresAndExportsAsTheModelDid) {
  const TestData data = TestData::Pixels(300, 37, 3, 0.4, 2);
  const ModelShape shape{37, 3};
  for (const ModelSpec& spec : TrainedByBatches()) {
    const auto model = MakeModel(spec, shape, 300, AnyKernels(), 1);
    model->TrainBatch(data.Sparse(), Rows(0, 300), 0.5);
    const std::vector<char> exported = ExportOf(*model, spec, shape);
    const auto copy = LoadModel(spec, shape, {exported.data(), exported.size()}, AnyKernels());
    ASSERT_TRUE(copy.ok()) << copy.status();
    const Score score = (*copy)->Evaluate(data.Dense());
    const Score expected = EvaluationOf(*model, data.Dense());
    EXPECT_EQ(score.correct, expected.correct);
    EXPECT_EQ(score.loss_sum, expected.loss_sum);
    std::vector<char> again(exported.size());
    (*copy)->ExportParameters(absl::MakeSpan(again));
    EXPECT_EQ(again, exported);
  }
}

TEST(LoadModel, ReadsAPerceptron) {
  const TestData data = TestData::Points(2, {1.0f, 2.0f, 3.0f, -4.0f}, {1, 0});
  const double weights[] = {0.5, 0.25};
  const auto copy =
      LoadModel(PerceptronSpec(), {2, 2}, {reinterpret_cast<const char*>(weights), sizeof(weights)},
                AnyKernels());
  ASSERT_TRUE(copy.ok()) << copy.status();
  const Score score = (*copy)->Evaluate(data.Dense());
  EXPECT_EQ(score.correct, 1);
  EXPECT_EQ(score.loss_sum, 0.5);
}

TEST(LoadModel, RefusesParametersOfAnotherSize) {
  for (const ModelSpec& spec : {PerceptronSpec(), MultiperceptronSpec(), MlpSpec({4})}) {
    const int64_t size = ParameterBytes(ParameterLayout(spec, {3, 2}));
    for (const int64_t wrong : {int64_t{0}, size - 1, size + 4}) {
      const std::string bytes(static_cast<size_t>(wrong), '\0');
      const auto copy = LoadModel(spec, {3, 2}, bytes, AnyKernels());
      EXPECT_EQ(copy.status().code(), absl::StatusCode::kInvalidArgument);
      EXPECT_EQ(copy.status().message(), "parameters: must have " + std::to_string(size) +
                                             " bytes for this model, got " + std::to_string(wrong));
    }
  }
}

TEST(EstimateMemory, CoversParametersAndCopies) {
  const ModelSpec spec = MlpSpec({64});
  const ModelShape shape{784, 10};
  const int64_t parameters = ParameterBytes(ParameterLayout(spec, shape));
  const int64_t alone = EstimateMemory(spec, TrainingSpec{}, shape, 100, 0);
  const int64_t with_copies = EstimateMemory(spec, TrainingSpec{}, shape, 100, 3);
  EXPECT_GT(alone, parameters);
  EXPECT_GT(with_copies - alone, 3 * parameters);
  EXPECT_LT(with_copies, 32 << 20);
}

TEST(EstimateMemory, CountsWhatTheOptimiserKeeps) {
  const ModelSpec spec = MlpSpec({64});
  const int64_t parameters = ParameterBytes(ParameterLayout(spec, {784, 10}));
  const auto estimate = [&](OptimizerKind optimizer) {
    return EstimateMemory(spec, TrainingBy(optimizer), {784, 10}, 100, 0);
  };
  const int64_t sgd = estimate(OptimizerKind::kSgd);
  EXPECT_GE(estimate(OptimizerKind::kMomentum) - sgd, parameters);
  EXPECT_GE(estimate(OptimizerKind::kAdam) - sgd, 2 * parameters);
}

TEST(EstimateMemory, CountsThePerceptronsWeights) {
  EXPECT_EQ(EstimateMemory(PerceptronSpec(), TrainingSpec{}, {784, 2}, 1, 2), 3 * 8 * 784);
}

TEST(EstimateMemory, IsBoundedForHugeBatches) {
  const int64_t memory = EstimateMemory(MlpSpec({64}), TrainingSpec{}, {784, 10}, 1000000, 1);
  EXPECT_LT(memory, 64 << 20);
}

TEST(Score, AddsUp) {
  Score sum{10, 4, 2.5};
  sum += Score{5, 1, 0.5};
  EXPECT_EQ(sum.examples, 15);
  EXPECT_EQ(sum.correct, 5);
  EXPECT_EQ(sum.loss_sum, 3.0);
}

}  // namespace
}  // namespace percept::ml
