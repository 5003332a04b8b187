#include <cstdlib>
#include <new>
#include <string>

#include "gtest/gtest.h"

#include "server/ml/model.h"
#include "server/ml/models/perceptron.h"
#include "server/ml/models/perceptron_scorer.h"
#include "tests/support/allocations.h"
#include "tests/unit/ml/data.h"

namespace percept::ml {
namespace {

using percept::testing::AllocationsSoFar;

// Allocations of all that a trainer does per step, once each has been done before.
int64_t AllocationsPerStep(const ModelSpec& spec, const TrainingSpec& training, ModelShape shape,
                           const Examples& examples, int32_t batch_size,
                           InstructionSet instruction_set) {
  const auto model = MakeModel(spec, shape, batch_size, KernelsFor(instruction_set), 1, training);
  const auto copy = model->NewCopy();
  std::vector<char> bytes(ParameterBytes(ParameterLayout(spec, shape)));
  const auto batch = Rows(0, static_cast<uint32_t>(batch_size));
  const auto short_batch = Rows(3, static_cast<uint32_t>(batch_size / 2 + 1));
  model->TrainBatch(examples, batch, 0.1);
  const int64_t before = AllocationsSoFar().count;
  for (const auto& rows : {absl::MakeConstSpan(short_batch), absl::MakeConstSpan(batch)}) {
    model->TrainBatch(examples, rows, 0.1);
    model->CopyTo(*copy);
    copy->Evaluate(examples);
    copy->ExportParameters(absl::MakeSpan(bytes));
    model->ImportParameters(bytes);
  }
  return AllocationsSoFar().count - before;
}

TEST(Allocation, CounterSeesEachWayToAllocate) {
  const int64_t before = AllocationsSoFar().count;
  void* volatile memory = std::malloc(10);
  std::free(memory);
  memory = std::aligned_alloc(64, 64);
  std::free(memory);
  memory = ::operator new(10);
  ::operator delete(memory);
  memory = ::operator new[](10);
  ::operator delete[](memory);
  memory = ::operator new (10, std::align_val_t{64});
  ::operator delete (memory, std::align_val_t{64});
  // The standard library's own call, from where it is compiled.
  const std::string text(static_cast<size_t>(before % 2 + 100), 'x');
  EXPECT_EQ(AllocationsSoFar().count - before, 6) << text;
}

TEST(Allocation, StepsTakeNoMemoryAfterTheFirst) {
  const TestData data = TestData::Pixels(270, 300, 10, 0.2, 1);
  const TestData many = TestData::Pixels(1200, 8, 10, 0.5, 1);
  for (const InstructionSet instruction_set : SupportedInstructionSets()) {
    for (const auto& hidden : {std::vector<int32_t>{3}, {64}, {210, 150}}) {
      for (const Examples& examples : {data.Dense(), data.Sparse()}) {
        for (const int32_t batch_size : {5, 100}) {
          EXPECT_EQ(AllocationsPerStep(MlpSpec(hidden), {}, {300, 10}, examples, batch_size,
                                       instruction_set),
                    0)
              << KernelsFor(instruction_set).name << " hidden " << hidden[0] << " batch "
              << batch_size;
        }
      }
    }
    EXPECT_EQ(AllocationsPerStep(MlpSpec({3}), {}, {8, 10}, many.Sparse(), 1200, instruction_set),
              0);
  }
}

TEST(Allocation, StepsOfEachOptimiserAndModelTakeNoMemoryAfterTheFirst) {
  const TestData data = TestData::Pixels(270, 300, 10, 0.2, 1);
  for (const InstructionSet instruction_set : SupportedInstructionSets()) {
    for (const OptimizerKind optimizer :
         {OptimizerKind::kSgd, OptimizerKind::kMomentum, OptimizerKind::kAdam}) {
      for (const ModelSpec& spec : {MultiperceptronSpec(), MlpSpec({64})}) {
        for (const Examples& examples : {data.Dense(), data.Sparse()}) {
          EXPECT_EQ(AllocationsPerStep(spec, TrainingBy(optimizer, 0.01), {300, 10}, examples, 50,
                                       instruction_set),
                    0)
              << KernelsFor(instruction_set).name << " optimiser " << static_cast<int>(optimizer);
        }
      }
    }
  }
}

// The first batch is sorted at once, the next ones have too many pixels for that.
TEST(Allocation, StepsWithMorePixelsThanTheFirstTakeNoMemory) {
  const TestData data = TestData::Pixels(700, 500, 3, 0.95, 1);
  const auto model = MakeModel(MlpSpec({17}), {500, 3}, 700, KernelsFor(InstructionSet::kX86_64V2));
  model->TrainBatch(data.Sparse(), Rows(0, 10), 0.1);
  const auto rows = Rows(0, 700);
  const int64_t before = AllocationsSoFar().count;
  model->TrainBatch(data.Sparse(), rows, 0.1);
  EXPECT_EQ(AllocationsSoFar().count - before, 0);
}

TEST(Allocation, PerceptronTakesNoMemoryOnceMade) {
  const TestData data = TestData::Pixels(50, 300, 2, 0.2, 1);
  Perceptron perceptron(300);
  const auto copy = perceptron.NewCopy();
  std::vector<char> bytes(300 * sizeof(double));
  for (const Examples& examples : {data.Dense(), data.Sparse()}) {
    PerceptronScorer scorer(examples, KernelsFor(InstructionSet::kX86_64V2));
    const int64_t before = AllocationsSoFar().count;
    for (int64_t row = 0; row < 50; ++row) perceptron.Present(examples, row, 1.0);
    perceptron.CopyTo(*copy);
    copy->Evaluate(examples);
    copy->ExportParameters(absl::MakeSpan(bytes));
    scorer.Add(perceptron.weights());
    scorer.ScoreAll();
    EXPECT_EQ(AllocationsSoFar().count - before, 0);
  }
}

// Beside the buffers there are objects and lists of layers, which a page holds.
TEST(Allocation, TakesNoMoreThanEstimated) {
  constexpr int64_t kPage = 4096;
  const TestData data = TestData::Pixels(1200, 300, 10, 0.2, 1);
  const ModelShape shape{300, 10};
  for (const OptimizerKind optimizer : {OptimizerKind::kSgd, OptimizerKind::kAdam}) {
    for (const ModelSpec& spec : {MultiperceptronSpec(), MlpSpec({64}), MlpSpec({210, 30})}) {
      for (const uint32_t batch_size : {5, 1200}) {
        const TrainingSpec training = TrainingBy(optimizer);
        const auto rows = Rows(0, batch_size);
        const int64_t before = AllocationsSoFar().bytes;
        const auto model = MakeModel(spec, shape, static_cast<int32_t>(batch_size),
                                     KernelsFor(InstructionSet::kX86_64V2), 1, training);
        const std::unique_ptr<ModelCopy> copies[] = {model->NewCopy(), model->NewCopy()};
        model->TrainBatch(data.Sparse(), rows, 0.1);
        model->TrainBatch(data.Dense(), rows, 0.1);
        const int64_t taken = AllocationsSoFar().bytes - before;
        const int64_t estimate =
            EstimateMemory(spec, training, shape, static_cast<int32_t>(batch_size), 2);
        EXPECT_LE(taken, estimate + kPage);
        EXPECT_GE(taken, estimate / 2);
      }
    }
  }
}

}  // namespace
}  // namespace percept::ml
