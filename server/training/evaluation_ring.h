#ifndef PERCEPT_SERVER_TRAINING_EVALUATION_RING_H_
#define PERCEPT_SERVER_TRAINING_EVALUATION_RING_H_

#include <atomic>
#include <cstdint>
#include <exception>
#include <functional>
#include <memory>
#include <optional>
#include <thread>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/functional/function_ref.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"

#include "server/ml/model.h"
#include "server/training/position.h"
#include "server/training/report_policy.h"

namespace percept::training {

// A moment of a training that may become a snapshot, with a copy of the parameters at that moment.
struct Moment {
  ReportPolicy::Question question = ReportPolicy::Question::kNone;
  Position position;
  absl::Time time;
  ml::Score training;                     // Of all batches before this moment.
  std::optional<ml::Score> closed_epoch;  // Of the epoch's batches, where one ends here.
  // Of the batch that is trained on next (the perceptron: of the change before).
  std::vector<uint32_t> batch_indices;
  std::unique_ptr<ml::ModelCopy> copy;
  std::optional<ml::Score> evaluation;  // Of the copy; filled in by the ring.
};

// A fixed ring of moments whose evaluation goes on while training does. The trainer fills moments
// in order of step; they are evaluated by a thread of the ring and, when the ring is full, by the
// trainer itself; `decide` is then called for each, one at a time and in order of step, on either
// thread. Since evaluations do not depend on who makes them, neither do the decisions. What an
// evaluation or a decision throws stops the ring and is thrown on to the trainer.
class EvaluationRing {
 public:
  // Called in order of step; false stops the ring: moments after this one are discarded.
  using Decide = std::function<bool(Moment&)>;

  // Asked on either thread while an evaluation is under way; true stops the ring there.
  using IsCancelled = std::function<bool()>;

  // A moment for each of `copies`, which are of one model. Evaluates on `examples` unless it is
  // null; in a thread of its own when `threaded`, else within `Submit`. `is_cancelled` may be null.
  EvaluationRing(std::vector<std::unique_ptr<ml::ModelCopy>> copies, const Examples* examples,
                 bool threaded, Decide decide, IsCancelled is_cancelled = nullptr);

  // Discards what was not decided. Joins the thread.
  ~EvaluationRing();

  EvaluationRing(const EvaluationRing&) = delete;
  EvaluationRing& operator=(const EvaluationRing&) = delete;

  // Whether evaluating a model with so many parameters takes longer than handing it to a thread.
  static bool IsWorthAThread(int64_t examples, int64_t parameters);

  // The next moment for the trainer to fill, once it is free; null after a stop.
  Moment* Acquire() ABSL_LOCKS_EXCLUDED(mutex_);

  // Hands over the moment that `Acquire` gave. Without a thread it is decided on return.
  void Submit() ABSL_LOCKS_EXCLUDED(mutex_);

  // Waits until all moments handed over have been decided, helping; false after a stop.
  bool Drain() ABSL_LOCKS_EXCLUDED(mutex_);

  // True after a stop, by a decision or a cancellation, and what was decided is then seen by the
  // caller. Cheap: takes no lock.
  bool stopped() const { return stop_seen_.load(std::memory_order_acquire); }

 private:
  struct Slot {
    Moment moment;
    bool evaluated = false;
  };

  Slot& slot(int64_t number) { return slots_[static_cast<size_t>(number) % slots_.size()]; }

  // What `Submit` does without a thread, and without locks: toy networks train a thousand times
  // faster than a thread could be told about it.
  void DecideAlone(Moment& moment);

  // False when it was given up, since nobody waits for it any more.
  bool Evaluate(Moment& moment) const;
  bool IsInVain() const { return stopped() || (is_cancelled_ != nullptr && is_cancelled_()); }

  // Evaluates the oldest moment nobody has taken up, then decides what is ready.
  void EvaluateNext() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void DecideReady() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void Stop() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);

  // Calls `work` without the lock; the ring is stopped when it throws.
  void CallUnlocked(absl::FunctionRef<void()> work) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  // Throws what the ring was stopped by, if anything.
  void Rethrow() const ABSL_SHARED_LOCKS_REQUIRED(mutex_);
  bool HasWork() const ABSL_SHARED_LOCKS_REQUIRED(mutex_) {
    return taken_ < submitted_ && !stopped_;
  }
  void Work();

  const Examples* const examples_;
  const Decide decide_;
  const IsCancelled is_cancelled_;
  const bool threaded_;
  std::vector<Slot> slots_;  // A slot belongs to whom the counters below say, not to the mutex.
  absl::Mutex mutex_;
  int64_t submitted_ ABSL_GUARDED_BY(mutex_) = 0;  // Moments handed over by the trainer.
  int64_t taken_ ABSL_GUARDED_BY(mutex_) = 0;      // Moments whose evaluation has begun.
  int64_t decided_ ABSL_GUARDED_BY(mutex_) = 0;    // Moments decided; their slots are free.
  bool deciding_ ABSL_GUARDED_BY(mutex_) = false;  // A thread is calling `decide_`.
  bool stopped_ ABSL_GUARDED_BY(mutex_) = false;
  std::exception_ptr failure_ ABSL_GUARDED_BY(mutex_);
  std::atomic<bool> stop_seen_{false};  // `stopped_`, for those without the lock.
  std::thread thread_;                  // Unset unless `threaded_`.
};

// As many copies of a model, to be filled by its `CopyTo`.
template <typename Model>
std::vector<std::unique_ptr<ml::ModelCopy>> NewCopies(const Model& model, int count) {
  std::vector<std::unique_ptr<ml::ModelCopy>> copies;
  for (int number = 0; number < count; ++number) copies.push_back(model.NewCopy());
  return copies;
}

}  // namespace percept::training

#endif  // PERCEPT_SERVER_TRAINING_EVALUATION_RING_H_
