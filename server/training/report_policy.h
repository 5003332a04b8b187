#ifndef PERCEPT_SERVER_TRAINING_REPORT_POLICY_H_
#define PERCEPT_SERVER_TRAINING_REPORT_POLICY_H_

#include <cstdint>
#include <optional>

#include "server/base/model_spec.h"
#include "server/ml/model.h"

namespace percept::training {

// Decides which moments of a training become snapshots. A moment is the time before a batch.
//
// The decision falls in two halves, because an evaluation may still be under way when training has
// gone on: `Ask` says, as training comes to a moment, whether it could become a snapshot;
// `Decide` says, once its evaluation is known, whether it does. Each is called in order of step;
// `Decide` may lag behind, on another thread: the two share no state. With a fixed
// `report_frequency` nothing depends on evaluations and `Ask` alone decides.
class ReportPolicy {
 public:
  enum class Question {
    kNone,       // Not a snapshot, even where it is evaluated for its epoch; go on.
    kCandidate,  // A snapshot if `Decide` says so.
    kReport,     // A snapshot in any case.
  };

  // `train_examples` N >= 1. `can_evaluate` is false without a validation split or when the client
  // wants no evaluation: validation metrics stay unset and reports go by instances alone.
  ReportPolicy(const TrainingSpec& spec, int64_t train_examples, bool can_evaluate);

  // What its answers depend on beside the questions. To be taken when all that `Ask` pointed out is
  // decided.
  struct State {
    int64_t asked_instances = 0;     // Of the last report that `Ask` alone decided.
    int64_t reported_instances = 0;  // Of the last snapshot.
    double reported_accuracy = 0.0;  // Of the last snapshot that was evaluated.
  };
  State state() const { return {asked_instances_, reported_instances_, reported_accuracy_}; }
  void GoOnFrom(const State& state);

  // The moment before the update number `step` (from 0), after `instances` examples.
  Question Ask(int64_t step, int64_t instances);

  // Whether a candidate becomes a snapshot; `validation` is its evaluation. Snapshots in any case
  // are told here too, as they set what the next is compared with; other moments are not.
  bool Decide(Question question, int64_t instances, const std::optional<ml::Score>& validation);

  // Whether moments that `Ask` points out are evaluated.
  bool can_evaluate() const { return can_evaluate_; }

  // Minibatches between evaluations under the adaptive policy.
  int64_t evaluate_every() const { return evaluate_every_; }

 private:
  const int64_t train_examples_;
  const int64_t report_frequency_;
  const bool can_evaluate_;
  const int64_t evaluate_every_;
  // As in `State`; the first belongs to `Ask`, the others to `Decide`.
  int64_t asked_instances_ = 0;
  int64_t reported_instances_ = 0;
  double reported_accuracy_ = 0.0;
};

}  // namespace percept::training

#endif  // PERCEPT_SERVER_TRAINING_REPORT_POLICY_H_
