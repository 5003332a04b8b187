#ifndef PERCEPT_SERVER_TRAINING_RUNNER_H_
#define PERCEPT_SERVER_TRAINING_RUNNER_H_

#include <atomic>
#include <cstdint>
#include <string>

#include "absl/status/status.h"
#include "absl/time/time.h"

#include "server/base/clock.h"
#include "server/data/dataset.h"
#include "server/ml/kernels/kernels.h"
#include "server/storage/records.h"

// Runs one attempt of one job. Knows nothing of queues, stores and viewers: what it needs it gets
// through the interfaces here, so that it can run in another process as well.
namespace percept::training {

// Where a runner's snapshots go.
class SnapshotSink {
 public:
  virtual ~SnapshotSink() = default;

  // Takes the next snapshot, of which it keeps a copy; indices rise from 0 without gaps. May wait
  // while too much is under way to the store. An error ends the attempt: FailedPrecondition when
  // the snapshot contradicts one that an earlier attempt stored, any other when it cannot be
  // stored.
  virtual absl::Status Append(const storage::BorrowedSnapshot& snapshot) = 0;

  // Takes the record of the next epoch. Likewise.
  virtual absl::Status AppendEpoch(storage::EpochRecord epoch) = 0;

  // Takes what a later attempt goes on from, in place of what it took before. It is stored after
  // all that was appended before it. An error ends the attempt.
  virtual absl::Status SaveCheckpoint(storage::CheckpointRecord checkpoint) = 0;
};

// Asks a runner to stop at its next batch; a cancellation also ends evaluations that are under way.
// Thread-safe.
class StopSignal {
 public:
  // `kStop`: with a checkpoint, to go on from there another time. `kCancel`: for good.
  enum class Request { kNone, kStop, kCancel };

  // A cancellation stays.
  void AskToCancel() { request_ = Request::kCancel; }
  void AskToStop() { Change(Request::kNone, Request::kStop); }
  void WithdrawStop() { Change(Request::kStop, Request::kNone); }

  bool is_cancelled() const { return request() == Request::kCancel; }
  Request request() const { return request_.load(std::memory_order_relaxed); }

 private:
  void Change(Request from, Request to) { request_.compare_exchange_strong(from, to); }

  std::atomic<Request> request_{Request::kNone};
};

// How far a runner has come, for others to read while it runs. Members are independent of each
// other; each is written by the runner alone.
struct LiveProgress {
  std::atomic<int64_t> step{0};
  std::atomic<int64_t> instances{0};
  std::atomic<int32_t> epoch{0};                  // Stays 0 for the perceptron.
  std::atomic<double> instances_per_second{0.0};  // Over the last quarter of a second or more.
  std::atomic<int64_t> heartbeat_micros{0};       // Since the Unix epoch; 0 before the first.
  std::atomic<int64_t> run_time_micros{0};        // Of all attempts, at that moment.
};

// How an attempt ended.
struct Outcome {
  // `kStopped`: asked to, its checkpoint handed on.
  enum class Kind { kSucceeded, kFailed, kCancelled, kStopped };
  Kind kind = Kind::kSucceeded;
  storage::JobErrorReason reason = storage::JobErrorReason::kNone;  // Set for kFailed.
  std::string message;                                              // Set for kFailed.

  static Outcome Failed(storage::JobErrorReason reason, std::string message);
};

// What an attempt works with. All pointers outlive it.
struct Attempt {
  const storage::JobRecord* job = nullptr;
  const data::Dataset* dataset = nullptr;  // Its training split is what the job trains on.
  // Of the job's `init_from`; null without one, and not looked at where there is a checkpoint.
  const std::string* initial_parameters = nullptr;
  // Where it goes on, one that `CheckCheckpoint` found good; null for the job's start.
  const storage::CheckpointRecord* checkpoint = nullptr;
  // Time between checkpoints, at least; they are made rarer where they would take more than a
  // twentieth of it.
  absl::Duration checkpoint_interval = absl::InfiniteDuration();
  const ml::Kernels* kernels = nullptr;
  const Clock* clock = nullptr;
  const StopSignal* stop = nullptr;
  SnapshotSink* sink = nullptr;
  LiveProgress* progress = nullptr;
};

// Time that a job has spent on workers before an attempt that goes on from `checkpoint`, which may
// be null. Of an attempt that crashed, what it left in its checkpoint is all that is known.
absl::Duration EarlierRunTime(const storage::JobRecord& job,
                              const storage::CheckpointRecord* checkpoint);

// Trains the job's model from its start, or from a checkpoint, to its end. Snapshots are the same
// bits on each call with the same job, data and kernels, wherever attempts were cut. Blocks; large
// evaluations run on a second thread of its own.
Outcome RunAttempt(const Attempt& attempt);

// Copies of the parameters that evaluations of minibatch training may hold at once; for memory
// estimates.
inline constexpr int kMomentsInFlight = 4;

// Copies of a model's state that its checkpoints may hold at once: one is being made while the one
// before it is being stored. Likewise.
inline constexpr int kCheckpointsInFlight = 2;

}  // namespace percept::training

#endif  // PERCEPT_SERVER_TRAINING_RUNNER_H_
