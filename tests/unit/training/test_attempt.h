#ifndef PERCEPT_TESTS_UNIT_TRAINING_TEST_ATTEMPT_H_
#define PERCEPT_TESTS_UNIT_TRAINING_TEST_ATTEMPT_H_

#include <cstdint>
#include <optional>
#include <ostream>
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

  Outcome Run() { return RunBy(clock); }

  Outcome RunBy(const Clock& its_clock) { return RunAttempt(Parts(its_clock, sink)); }

  // Hands everything on to another sink.
  Outcome RunInto(SnapshotSink& other_sink, absl::Duration checkpoint_interval) {
    Attempt attempt = Parts(clock, other_sink);
    attempt.checkpoint_interval = checkpoint_interval;
    return RunAttempt(attempt);
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
  Attempt Parts(const Clock& its_clock, SnapshotSink& its_sink) {
    return {.job = &job,
            .dataset = &dataset,
            .initial_parameters = InitialParameters(),
            .kernels = &TestKernels(),
            .clock = &its_clock,
            .stop = &stop,
            .sink = &its_sink,
            .progress = &progress};
  }

  const std::string* InitialParameters() const {
    return initial_parameters.has_value() ? &*initial_parameters : nullptr;
  }
};

// What an attempt at `spec` hands on to its end.
inline std::vector<storage::SnapshotRecord> SnapshotsOf(const storage::JobSpec& spec) {
  TestAttempt attempt(spec);
  EXPECT_EQ(attempt.Run().kind, Outcome::Kind::kSucceeded);
  return attempt.snapshots();
}

// Where a snapshot stands in its training.
struct Place {
  int64_t step;
  int64_t instances;
  int32_t epoch;
  size_t batch;  // Size of the batch about to be trained on.

  bool operator==(const Place&) const = default;
};
inline void PrintTo(const Place& place, std::ostream* out) {
  *out << "{step " << place.step << ", instances " << place.instances << ", epoch " << place.epoch
       << ", batch " << place.batch << "}";
}

inline std::vector<Place> PlacesOf(const std::vector<storage::SnapshotRecord>& snapshots) {
  std::vector<Place> places;
  for (const storage::SnapshotRecord& each : snapshots) {
    places.push_back({each.step, each.instances, each.epoch, each.batch_indices->size()});
  }
  return places;
}

}  // namespace percept::training

#endif  // PERCEPT_TESTS_UNIT_TRAINING_TEST_ATTEMPT_H_
