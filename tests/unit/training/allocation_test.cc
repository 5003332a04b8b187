#include <cstdint>
#include <utility>

#include "gtest/gtest.h"

#include "server/training/runner.h"
#include "tests/support/allocations.h"
#include "tests/support/fake_clock.h"
#include "tests/unit/training/example_jobs.h"

// What whole trainings take from the heap.
namespace percept::training {
namespace {

using storage::JobSpec;

// Counts what it is handed and lets go of it.
class CountingSink final : public SnapshotSink {
 public:
  absl::Status Append(const storage::BorrowedSnapshot& /*snapshot*/) override {
    ++snapshots_;
    return absl::OkStatus();
  }
  absl::Status AppendEpoch(storage::EpochRecord /*epoch*/) override { return absl::OkStatus(); }
  absl::Status SaveCheckpoint(storage::CheckpointRecord /*checkpoint*/) override {
    return absl::OkStatus();
  }

  int64_t snapshots() const { return snapshots_; }

 private:
  int64_t snapshots_ = 0;
};

struct Cost {
  int64_t allocations = 0;
  int64_t snapshots = 0;
};

Cost CostOf(const JobSpec& spec, const data::Dataset& dataset) {
  const storage::JobRecord job = JobFor(spec, dataset);
  const percept::testing::FakeClock clock;
  const StopSignal stop;
  CountingSink sink;
  LiveProgress progress;
  const int64_t before = percept::testing::AllocationsSoFar().count;
  const Outcome outcome = RunAttempt({.job = &job,
                                      .dataset = &dataset,
                                      .kernels = &TestKernels(),
                                      .clock = &clock,
                                      .stop = &stop,
                                      .sink = &sink,
                                      .progress = &progress});
  const int64_t after = percept::testing::AllocationsSoFar().count;
  EXPECT_EQ(outcome.kind, Outcome::Kind::kSucceeded) << outcome.message;
  return {.allocations = after - before, .snapshots = sink.snapshots()};
}

// Ten epochs of 23 updates without a snapshot between the first and the last.
JobSpec QuietSpec(ModelSpec model, OptimizerKind optimizer) {
  JobSpec spec;
  spec.model = std::move(model);
  spec.training.optimizer = optimizer;
  spec.training.learning_rate = 0.001;
  spec.training.schedule = ScheduleKind::kInverse;
  spec.training.schedule_gamma = 0.1;
  spec.training.schedule_rho = 0.1;
  spec.training.epochs = 10;
  spec.training.batch_size = 10;
  spec.training.evaluate = false;
  spec.training.report_frequency = int64_t{1} << 40;
  return spec;
}

JobSpec WithEpochs(JobSpec spec, int32_t epochs) {
  spec.training.epochs = epochs;
  return spec;
}

TEST(TrainingAllocation, StepsTakeNoMemoryAfterTheFirst) {
  for (const bool sparse : {false, true}) {
    const data::Dataset pictures = PictureSet(sparse);
    for (const OptimizerKind optimizer :
         {OptimizerKind::kSgd, OptimizerKind::kMomentum, OptimizerKind::kAdam}) {
      for (const ModelSpec& model :
           {ModelSpec{.kind = ModelKind::kMultiperceptron}, ModelSpec{.hidden_units = {3}},
            ModelSpec{.hidden_units = {40, 20}}}) {
        const JobSpec spec = QuietSpec(model, optimizer);
        const Cost cost = CostOf(spec, pictures);
        const Cost longer = CostOf(WithEpochs(spec, 20), pictures);
        EXPECT_EQ(longer.allocations, cost.allocations)
            << (sparse ? "sparse" : "dense") << ", optimiser " << static_cast<int>(optimizer)
            << ", hidden layers " << model.hidden_units.size();
        EXPECT_EQ(longer.snapshots, 2);
      }
    }
  }
}

TEST(TrainingAllocation, EvaluationsTakeNoMemoryAfterTheFirst) {
  for (const data::Dataset& dataset :
       {PictureSet(true), data::Generate(XorSource()), data::Generate(LargeEvaluationSource())}) {
    JobSpec spec = QuietSpec({.hidden_units = {64, 64}}, OptimizerKind::kSgd);
    spec.training.evaluate = true;
    EXPECT_EQ(CostOf(WithEpochs(spec, 20), dataset).allocations, CostOf(spec, dataset).allocations);
  }
}

TEST(TrainingAllocation, SnapshotsTakeNoMemoryAfterTheFirst) {
  const data::Dataset dataset = data::Generate(XorSource());
  JobSpec spec = XorSpec();
  spec.training.epochs = 10;
  const Cost cost = CostOf(spec, dataset);
  const Cost longer = CostOf(WithEpochs(spec, 20), dataset);
  EXPECT_EQ(longer.snapshots - cost.snapshots, 400);
  EXPECT_EQ(longer.allocations, cost.allocations);
}

TEST(TrainingAllocation, PerceptronTakesNoMemoryWhereNothingChanges) {
  const data::Dataset dataset = data::Generate(TwoNormalsSource());
  JobSpec spec = PerceptronSpec();
  spec.training.iterations = 2000;
  const Cost cost = CostOf(spec, dataset);
  spec.training.iterations = 4000;
  const Cost longer = CostOf(spec, dataset);
  EXPECT_EQ(longer.snapshots, cost.snapshots);
  EXPECT_EQ(longer.allocations, cost.allocations);
}

TEST(TrainingAllocation, PerceptronChangesTakeNoMemoryAfterTheFirst) {
  const data::Dataset dataset = data::Generate(XorSource());
  JobSpec spec = PerceptronSpec();
  spec.training.iterations = 2000;
  const Cost cost = CostOf(spec, dataset);
  spec.training.iterations = 4000;
  const Cost longer = CostOf(spec, dataset);
  EXPECT_GT(longer.snapshots, cost.snapshots + 400);
  EXPECT_EQ(longer.allocations, cost.allocations);
}

}  // namespace
}  // namespace percept::training
