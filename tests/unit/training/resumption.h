#ifndef PERCEPT_TESTS_UNIT_TRAINING_RESUMPTION_H_
#define PERCEPT_TESTS_UNIT_TRAINING_RESUMPTION_H_

#include <cstdint>
#include <string>
#include <vector>

#include "server/data/dataset.h"
#include "server/ml/kernels/kernels.h"
#include "server/storage/records.h"
#include "server/training/runner.h"
#include "tests/unit/training/cutting_clock.h"

// Attempts that are cut and others that go on from what they left.
namespace percept::training {

// A job to be cut, with its data.
struct CutJob {
  storage::JobSpec spec;
  data::Dataset dataset;
  const ml::Kernels* kernels = nullptr;
};

// What is kept of a job's attempts.
struct Kept {
  std::vector<storage::SnapshotRecord> snapshots;
  std::vector<storage::EpochRecord> epochs;
  std::vector<storage::CheckpointRecord> checkpoints;  // All that were made, the newest last.
  Outcome outcome;                                     // Of the newest attempt.

  std::vector<int64_t> CheckpointSteps() const;
};

// Runs an attempt that goes on from the newest checkpoint of `kept`, if any, and adds what comes of
// it. Its clock moves on by `time_step` at each look; a checkpoint is made every `interval` of it.
void RunOn(const CutJob& job, Cut cut, Kept& kept,
           absl::Duration interval = absl::InfiniteDuration(),
           absl::Duration time_step = absl::ZeroDuration());

// An undisturbed run of the job.
Kept RunWhole(const CutJob& job);

// Runs the job by attempts that are each cut at the next of `cuts`, and then to its end; expects
// what `whole` holds.
void ExpectSameWhenCut(const CutJob& job, const std::vector<int64_t>& cuts, const Kept& whole);

}  // namespace percept::training

#endif  // PERCEPT_TESTS_UNIT_TRAINING_RESUMPTION_H_
