#include <string>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

#include "server/ml/model.h"
#include "server/ml/models/perceptron.h"
#include "tests/support/status_matchers.h"
#include "tests/unit/ml/data.h"

// What models under training export for others to go on from.
namespace percept::ml {
namespace {

using percept::testing::StatusIs;
using ::testing::HasSubstr;

constexpr ModelShape kShape{7, 3};

TrainingSpec TrainingOf(OptimizerKind optimizer) {
  return TrainingBy(optimizer, /*weight_decay=*/0.01);
}

std::string StateOf(const Model& model, const ModelSpec& spec, const TrainingSpec& training) {
  std::string state(static_cast<size_t>(StateBytes(spec, training, kShape)), '\0');
  model.ExportState(absl::MakeSpan(state));
  return state;
}

// Trains on ten batches of ten rows each, from batch number `first` on.
void TrainTenBatches(Model& model, const Examples& examples, uint32_t first) {
  for (uint32_t batch = first; batch < first + 10; ++batch) {
    model.TrainBatch(examples, Rows(batch % 5 * 10, 10), 0.05);
  }
}

std::vector<ModelSpec> Models() { return {MultiperceptronSpec(), MlpSpec({5}), MlpSpec({40, 18})}; }

TEST(ModelState, UpdatesAfterItGiveTheBitsThatTheyGaveThere) {
  const TestData data = TestData::Pixels(50, kShape.inputs, kShape.classes, 0.4, 1);
  for (const Examples& examples : {data.Dense(), data.Sparse()}) {
    for (const InstructionSet instruction_set : SupportedInstructionSets()) {
      for (const OptimizerKind optimizer :
           {OptimizerKind::kSgd, OptimizerKind::kMomentum, OptimizerKind::kAdam}) {
        for (const ModelSpec& spec : Models()) {
          const Kernels& kernels = KernelsFor(instruction_set);
          const TrainingSpec training = TrainingOf(optimizer);
          const auto whole = MakeModel(spec, kShape, 10, kernels, 1, training);
          TrainTenBatches(*whole, examples, 0);
          const std::string state = StateOf(*whole, spec, training);
          TrainTenBatches(*whole, examples, 10);

          const auto resumed = MakeModel(spec, kShape, 10, kernels, 2, training);
          TrainTenBatches(*resumed, examples, 3);  // To be forgotten.
          ASSERT_OK(resumed->ImportState(state));
          EXPECT_EQ(StateOf(*resumed, spec, training), state);
          TrainTenBatches(*resumed, examples, 10);
          EXPECT_EQ(StateOf(*resumed, spec, training), StateOf(*whole, spec, training))
              << kernels.name << ", optimiser " << static_cast<int>(optimizer);
        }
      }
    }
  }
}

TEST(ModelState, BeginsWithTheParameters) {
  const TrainingSpec training = TrainingOf(OptimizerKind::kAdam);
  const ModelSpec spec = MlpSpec({5});
  const auto model =
      MakeModel(spec, kShape, 10, KernelsFor(InstructionSet::kX86_64V2), 1, training);
  const std::vector<char> parameters = ExportOf(*model, spec, kShape);
  const std::string state = StateOf(*model, spec, training);
  EXPECT_EQ(state.substr(0, parameters.size()), std::string(parameters.begin(), parameters.end()));
  EXPECT_EQ(state.size(), 3 * parameters.size() + 16);  // Two moments and two powers of betas.
}

TEST(ModelState, ImportOfAnotherSizeChangesNothing) {
  const TrainingSpec training = TrainingOf(OptimizerKind::kMomentum);
  const ModelSpec spec = MlpSpec({5});
  const auto model =
      MakeModel(spec, kShape, 10, KernelsFor(InstructionSet::kX86_64V2), 1, training);
  const std::string state = StateOf(*model, spec, training);
  for (const std::string& other : {std::string(), state.substr(1), state + "x"}) {
    EXPECT_THAT(model->ImportState(other),
                StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("state: must have")));
    EXPECT_EQ(StateOf(*model, spec, training), state);
  }
}

TEST(ModelState, OfAPerceptronAreItsWeights) {
  const TestData data = TestData::Floats(20, kShape.inputs, 2, 1);
  Perceptron trained(kShape.inputs);
  for (int64_t row = 0; row < 20; ++row) trained.Present(data.Dense(), row, 0.1);
  std::string state(static_cast<size_t>(StateBytes(PerceptronSpec(), {}, kShape)), '\0');
  trained.ExportState(absl::MakeSpan(state));
  Perceptron resumed(kShape.inputs);
  ASSERT_OK(resumed.ImportState(state));
  EXPECT_EQ(resumed.weights(), trained.weights());
  EXPECT_THAT(resumed.ImportState(state.substr(1)), StatusIs(absl::StatusCode::kInvalidArgument));
}

}  // namespace
}  // namespace percept::ml
