#ifndef PERCEPT_SERVER_TRAINING_CHECKPOINT_H_
#define PERCEPT_SERVER_TRAINING_CHECKPOINT_H_

#include <cstdint>
#include <optional>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

#include "server/ml/model.h"
#include "server/ml/models/perceptron.h"
#include "server/storage/records.h"
#include "server/training/early_stopping.h"
#include "server/training/position.h"
#include "server/training/report_policy.h"

// What a training goes on from, as values and as the bytes of `storage::CheckpointRecord::state`.
// The order of examples is not among it: that of an epoch depends on the job's seed and the epoch
// alone. The bytes are the same for every instruction set: a version, the kind of training, the
// members in their order, little-endian, and to the end the model's exported state.
namespace percept::training {

// A training by minibatches right before a batch, with all before it decided.
struct MinibatchProgress {
  int64_t step = 0;
  int32_t epoch = 0;                      // Under way.
  ml::Score trained;                      // Of all batches so far,
  ml::Score epoch_trained;                // and of this epoch's.
  std::optional<ml::Score> closed_epoch;  // Of the epoch before, until it is reported.
  ReportPolicy::State policy;
  ml::Score reported;  // Training score up to the last snapshot.
  EarlyStopping::State early_stopping;
};

// A perceptron between two presentations, with all changes reported.
struct PerceptronProgress {
  Position position;
  ml::Score reported;  // Of the weights.
};

std::string WriteCheckpoint(const MinibatchProgress& progress, const ml::Model& model,
                            int64_t model_bytes);
std::string WriteCheckpoint(const PerceptronProgress& progress, const ml::Perceptron& perceptron);

// Progress with the state of the model, which is borrowed from the bytes read.
template <typename Progress>
struct ReadProgress {
  Progress progress;
  absl::string_view model;  // Of the size that `ImportState` of the job's model wants.
};

// Reads what `WriteCheckpoint` wrote for an attempt at `job`. DataLoss for what it cannot have
// written: a training goes safely on from whatever is read.
absl::StatusOr<ReadProgress<MinibatchProgress>> ReadMinibatchCheckpoint(
    const storage::JobRecord& job, const storage::CheckpointRecord& checkpoint);
absl::StatusOr<ReadProgress<PerceptronProgress>> ReadPerceptronCheckpoint(
    const storage::JobRecord& job, const storage::CheckpointRecord& checkpoint);

// Whether an attempt at `job` can go on from `checkpoint`; DataLoss otherwise.
absl::Status CheckCheckpoint(const storage::JobRecord& job,
                             const storage::CheckpointRecord& checkpoint);

}  // namespace percept::training

#endif  // PERCEPT_SERVER_TRAINING_CHECKPOINT_H_
