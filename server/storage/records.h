#ifndef PERCEPT_SERVER_STORAGE_RECORDS_H_
#define PERCEPT_SERVER_STORAGE_RECORDS_H_

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "absl/types/span.h"

#include "server/base/access.h"
#include "server/base/model_spec.h"
#include "server/data/dataset.h"

// What the server keeps, as plain values. Rules of the fields stand in proto/percept/v1.
namespace percept::storage {

enum class JobState {
  kQueued = 1,
  kRunning = 2,
  kPaused = 3,
  kSucceeded = 4,
  kFailed = 5,
  kCancelled = 6
};

// "QUEUED", "RUNNING", …
const char* JobStateName(JobState state);

// True for SUCCEEDED, FAILED and CANCELLED.
bool IsTerminal(JobState state);

enum class JobErrorReason {
  kNone = 0,
  kDiverged = 1,
  kTimeLimit = 2,
  kMemoryLimit = 3,
  kDatasetUnavailable = 4,
  kStorage = 5,
  kNotResumable = 6,
  kInternal = 7,
};

// A snapshot of some job.
struct SnapshotRef {
  std::string job;  // Id.
  int64_t index = 0;

  bool operator==(const SnapshotRef&) const = default;
};

// What a client asked for, defaults filled in.
struct JobSpec {
  std::string dataset;  // Id of the data set.
  ModelSpec model;
  TrainingSpec training;
  uint64_t seed = 0;
  std::optional<SnapshotRef> init_from;  // Set: the parameters start as these are.
  TrainOn train_on = TrainOn::kTrain;
  std::string label;
  int32_t priority = 0;
  absl::Duration time_limit = absl::InfiniteDuration();

  bool operator==(const JobSpec&) const = default;
};

// Measures at one moment; those not taken are unset.
struct Metrics {
  std::optional<double> validation_accuracy;
  std::optional<double> validation_loss;
  std::optional<double> training_accuracy;
  std::optional<double> training_loss;

  bool operator==(const Metrics&) const = default;
};

// Averages over one epoch: training figures weighted by batch size, each measured before its
// update; validation figures at the epoch's end.
struct EpochRecord {
  int32_t epoch = 0;
  Metrics metrics;

  bool operator==(const EpochRecord&) const = default;
};

// A use of the test split.
struct TestEvaluation {
  absl::Time time;
  int64_t snapshot_index = 0;
  double accuracy = 0.0;
  double loss = 0.0;  // Mean, in nats.

  bool operator==(const TestEvaluation&) const = default;
};

struct JobRecord {
  std::string id;
  std::string owner;
  std::string request_id;  // Empty when the client gave none.
  Visibility visibility = Visibility::kClass;
  JobSpec spec;
  JobState state = JobState::kQueued;
  absl::Time create_time;
  std::optional<absl::Time> start_time;
  std::optional<absl::Time> end_time;
  JobErrorReason error_reason = JobErrorReason::kNone;
  std::string error_message;
  bool cancel_requested = false;
  bool pause_requested = false;  // Set until it has stopped.
  int32_t attempt = 0;           // Times a worker has taken it.
  absl::Duration run_time;       // On workers, of attempts that ended.
  // What its newest attempt ran with; before the start empty and 0.
  std::string instruction_set;
  int32_t engine_revision = 0;
  bool engine_changed = false;  // Attempts ran with different ones.
  // Fixed at creation:
  std::string dataset_digest;
  int32_t inputs = 0;                           // D
  int32_t classes = 0;                          // K
  std::optional<data::ImageShape> image_shape;  // Of the inputs, where they are a picture.
  int64_t train_examples = 0;                   // N: of all that is trained on, as `train_on` says.
  int64_t parameter_count = 0;
  int64_t memory_estimate_bytes = 0;
  // Read only: kept by what is appended. Once the job has ended, what is lost still counts.
  int64_t snapshot_count = 0;
  int64_t thinned_count = 0;                     // Snapshots whose parameters are no longer kept.
  std::vector<TestEvaluation> test_evaluations;  // Oldest first.
  int64_t damaged_test_evaluations = 0;          // More, of which nothing else is known.
  int64_t missing_epochs = 0;                    // Records lost of the last epochs of an ended job.

  // Uses of the test split.
  int64_t test_evaluation_count() const {
    return static_cast<int64_t>(test_evaluations.size()) + damaged_test_evaluations;
  }

  bool operator==(const JobRecord&) const = default;
};

// What is kept of a model at one moment, without what is large.
struct SnapshotHead {
  int64_t index = 0;
  int64_t step = 0;
  int64_t instances = 0;
  int32_t epoch = 0;
  Metrics metrics;
  absl::Time create_time;
  uint32_t parameters_crc32c = 0;
};

// A model at one moment. Parameters are the tensors' bytes one after the other, as
// ml::ModelCopy::ExportParameters writes them.
struct SnapshotRecord : SnapshotHead {
  std::shared_ptr<const std::string> parameters;  // Null where only metrics were asked for.
  std::shared_ptr<const std::vector<uint32_t>> batch_indices;  // Null as `parameters`.
};

// What an attempt leaves for the next one to go on from.
struct CheckpointRecord {
  int32_t attempt = 0;      // That left it.
  absl::Duration run_time;  // Of the job, on workers, up to it.
  std::string instruction_set;
  int32_t engine_revision = 0;
  int64_t step = 0;            // Updates made before it.
  int64_t snapshot_count = 0;  // Snapshots before it, all of them stored.
  std::string state;           // As training/checkpoint.h writes it.

  bool operator==(const CheckpointRecord&) const = default;
};

// The same, borrowed from where it lies.
struct BorrowedSnapshot : SnapshotHead {
  absl::string_view parameters;
  absl::Span<const uint32_t> batch_indices;
};

// Empty parameters and batch indices where `snapshot` has none.
BorrowedSnapshot Borrow(const SnapshotRecord& snapshot);

// A copy that depends on nothing.
SnapshotRecord Own(const BorrowedSnapshot& snapshot);

}  // namespace percept::storage

#endif  // PERCEPT_SERVER_STORAGE_RECORDS_H_
