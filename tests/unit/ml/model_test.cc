#include "server/ml/model.h"

#include <string>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

#include "server/base/random.h"
#include "tests/unit/ml/data.h"

namespace percept::ml {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

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

TEST(ParameterLayout, IsEmptyForModelsOfOtherKinds) {
  ModelSpec spec;
  spec.kind = ModelKind::kPerceptron;
  EXPECT_THAT(ParameterLayout(spec, {2, 2}), IsEmpty());
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

TEST(CreateModel, RefusesModelsItDoesNotHaveByName) {
  for (const auto& [kind, message] :
       {std::pair(ModelKind::kPerceptron, "model: this server trains mlp only, got perceptron"),
        {ModelKind::kMultiperceptron, "model: this server trains mlp only, got multiperceptron"}}) {
    ModelSpec spec;
    spec.kind = kind;
    const auto model = CreateModel(spec, TrainingSpec{}, {2, 2}, 1, 5, AnyKernels());
    EXPECT_EQ(model.status().code(), absl::StatusCode::kUnimplemented);
    EXPECT_EQ(model.status().message(), message);
  }
}

TEST(CreateModel, RefusesOptimisersItDoesNotHaveByName) {
  TrainingSpec training;
  training.optimizer = OptimizerKind::kAdam;
  const auto model = CreateModel(MlpSpec({3}), training, {2, 2}, 1, 5, AnyKernels());
  EXPECT_EQ(model.status().code(), absl::StatusCode::kUnimplemented);
  EXPECT_EQ(model.status().message(), "optimizer: this server has sgd only, got adam");
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
