#ifndef PERCEPT_TESTS_UNIT_TRAINING_TEST_ATTEMPT_H_
#define PERCEPT_TESTS_UNIT_TRAINING_TEST_ATTEMPT_H_

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "gtest/gtest.h"

#include "server/training/runner.h"
#include "tests/support/fake_clock.h"
#include "tests/unit/training/collecting_sink.h"
#include "tests/unit/training/example_jobs.h"
#include "tests/unit/training/reference_training.h"

namespace percept::training {

// One attempt of a job on data of its own.
class TestAttempt {
 public:
  TestAttempt(const storage::JobSpec& spec, data::Dataset content,
              CollectingSink::Check check = nullptr)
      : dataset(std::move(content)), job(JobFor(spec, dataset)), sink(std::move(check)) {}

  explicit TestAttempt(const storage::JobSpec& spec,
                       const data::GeneratorSource& source = XorSource(),
                       CollectingSink::Check check = nullptr)
      : TestAttempt(spec, data::Generate(source), std::move(check)) {}

  Outcome Run() {
    return RunAttempt({.job = &job,
                       .dataset = &dataset,
                       .initial_parameters = InitialParameters(),
                       .kernels = &TestKernels(),
                       .clock = &clock,
                       .stop = &stop,
                       .sink = &sink,
                       .progress = &progress});
  }

  // Expects it to hand on, to its end, what training by hand gives.
  void ExpectAsByHand() {
    const Outcome outcome = Run();
    EXPECT_EQ(outcome.kind, Outcome::Kind::kSucceeded) << outcome.message;
    const HandTraining expected = TrainByHand(job, dataset, TestKernels(), InitialParameters());
    ExpectSameSnapshots(snapshots(), expected.snapshots);
    EXPECT_TRUE(sink.epochs() == expected.epochs) << "the epochs differ";
  }

  const std::vector<storage::SnapshotRecord>& snapshots() const { return sink.snapshots(); }
  const std::vector<storage::EpochRecord>& epochs() const { return sink.epochs(); }
  const std::string& final_parameters() const { return *snapshots().back().parameters; }

  data::Dataset dataset;
  storage::JobRecord job;
  std::optional<std::string> initial_parameters;
  percept::testing::FakeClock clock;
  StopSignal stop;
  CollectingSink sink;
  LiveProgress progress;

 private:
  const std::string* InitialParameters() const {
    return initial_parameters.has_value() ? &*initial_parameters : nullptr;
  }
};

}  // namespace percept::training

#endif  // PERCEPT_TESTS_UNIT_TRAINING_TEST_ATTEMPT_H_
