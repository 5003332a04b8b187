#ifndef PERCEPT_SERVER_TRAINING_STORED_ATTEMPT_H_
#define PERCEPT_SERVER_TRAINING_STORED_ATTEMPT_H_

#include <cstdint>
#include <memory>
#include <string>

#include "absl/time/time.h"

#include "server/base/clock.h"
#include "server/data/catalogue.h"
#include "server/ml/kernels/kernels.h"
#include "server/storage/repositories.h"
#include "server/training/runner.h"
#include "server/training/snapshot_history.h"
#include "server/training/snapshot_writer.h"

// Attempts that find all they need in a server's store, and leave there what comes of them.
namespace percept::training {

// What a job is trained by: equal ones give equal bits.
struct Engine {
  std::string instruction_set;
  int32_t revision = 0;
  bool changed = false;  // Between this attempt of the job and any before it.
};

// What the next attempt of `job` runs with, to be put on the job's record as the attempt begins:
// the instruction set of the attempt before it, for the same bits, where this machine has it, else
// `preferred`; the present revision. `job` is as the attempt before left it.
Engine EngineOfNextAttempt(const storage::JobRecord& job, ml::InstructionSet preferred);

// What an attempt works with. All pointers outlive it.
struct StoredAttempt {
  // As it is on record while the attempt runs: with the attempt's own number and engine.
  const storage::JobRecord* job = nullptr;
  storage::Store* store = nullptr;
  data::Catalogue* catalogue = nullptr;
  SnapshotWriter* writer = nullptr;
  std::shared_ptr<SnapshotHistory> history;                       // Of the job.
  absl::Duration checkpoint_interval = absl::InfiniteDuration();  // As `Attempt` has it.
  const Clock* clock = nullptr;
  const StopSignal* stop = nullptr;
  LiveProgress* progress = nullptr;
};

// How an attempt went, and where its time went.
struct AttemptReport {
  Outcome outcome = {};
  absl::Duration earlier_run_time = {};  // Of the job, on workers, before the attempt.
  absl::Duration loading = {};           // Reading the data set and what to start from.
  absl::Duration training = {};          // From the making of the model to its last snapshot.
  absl::Duration storing = {};  // Waiting, after that, for the last snapshots to be stored.
};

// Runs the attempt from the checkpoint that an earlier one left, if any; where that is damaged or
// contradicts the snapshots, says so in the log and computes the job again from its start. What is
// stored already must come out with the same bits, unless it may come from another engine. All that
// the attempt has handed on is stored and published, or has failed, when this returns. Blocks.
AttemptReport RunStoredAttempt(const StoredAttempt& attempt);

}  // namespace percept::training

#endif  // PERCEPT_SERVER_TRAINING_STORED_ATTEMPT_H_
