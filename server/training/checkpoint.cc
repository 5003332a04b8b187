#include "server/training/checkpoint.h"

#include <bit>
#include <cstring>
#include <type_traits>

#include "absl/strings/str_cat.h"

#include "server/base/status.h"
#include "server/training/job_parameters.h"

namespace percept::training {
namespace {

static_assert(std::endian::native == std::endian::little, "checkpoints are little-endian");

constexpr uint32_t kVersion = 1;

enum class Kind : uint32_t { kMinibatch = 1, kPerceptron = 2 };

class Writer {
 public:
  template <typename Number>
  void operator()(const Number& number) {
    static_assert(std::is_arithmetic_v<Number>);
    bytes_.append(reinterpret_cast<const char*>(&number), sizeof(number));
  }

  // What was written, with room for a model's state at its end, of which `model` is told.
  template <typename Export>
  std::string Finish(int64_t model_bytes, const Export& export_model) && {
    const size_t head = bytes_.size();
    bytes_.resize(head + static_cast<size_t>(model_bytes));
    export_model(absl::MakeSpan(bytes_).subspan(head));
    return std::move(bytes_);
  }

 private:
  std::string bytes_;
};

// Numbers past the end of the bytes are zeros.
class Reader {
 public:
  explicit Reader(absl::string_view bytes) : rest_(bytes) {}

  template <typename Number>
  void operator()(Number& number) {
    static_assert(std::is_arithmetic_v<Number>);
    number = Number{};
    if (rest_.size() < sizeof(number)) {
      is_whole_ = false;
      return;
    }
    std::memcpy(&number, rest_.data(), sizeof(number));
    rest_.remove_prefix(sizeof(number));
  }

  bool is_whole() const { return is_whole_; }
  absl::string_view rest() const { return rest_; }

 private:
  absl::string_view rest_;
  bool is_whole_ = true;
};

// Each of these names the members once, for both directions.

template <typename Archive, typename Score>
void VisitScore(Archive& archive, Score& score) {
  archive(score.examples);
  archive(score.correct);
  archive(score.loss_sum);
}

template <typename Archive, typename Progress>
void VisitMinibatch(Archive& archive, Progress& progress) {
  archive(progress.step);
  archive(progress.epoch);
  VisitScore(archive, progress.trained);
  VisitScore(archive, progress.epoch_trained);
  archive(progress.policy.asked_instances);
  archive(progress.policy.reported_instances);
  archive(progress.policy.reported_accuracy);
  VisitScore(archive, progress.reported);
  archive(progress.early_stopping.lowest_loss);
  archive(progress.early_stopping.epochs_since_lowest);
}

template <typename Archive, typename Progress>
void VisitPerceptron(Archive& archive, Progress& progress) {
  archive(progress.position.step);
  archive(progress.position.instances);
  VisitScore(archive, progress.reported);
}

Writer Begin(Kind kind) {
  Writer writer;
  writer(kVersion);
  writer(static_cast<uint32_t>(kind));
  return writer;
}

absl::Status Damaged(absl::string_view what) {
  return absl::DataLossError(absl::StrCat("checkpoint: ", what));
}

absl::StatusOr<Reader> Open(absl::string_view bytes, Kind wanted) {
  Reader reader(bytes);
  uint32_t version = 0;
  uint32_t kind = 0;
  reader(version);
  reader(kind);
  if (version != kVersion) {
    return Damaged(absl::StrCat("its version must be ", kVersion, ", got ", version));
  }
  if (kind != static_cast<uint32_t>(wanted)) {
    return Damaged(absl::StrCat("it must be of kind ", wanted, ", got ", kind));
  }
  return reader;
}

absl::Status CheckModel(const storage::JobRecord& job, const Reader& reader) {
  const int64_t wanted = StateBytesOf(job);
  const auto given = static_cast<int64_t>(reader.rest().size());
  if (reader.is_whole() && given == wanted) return absl::OkStatus();
  return Damaged(absl::StrCat("its model must have ", wanted, " bytes, got ", given));
}

// The step that training has come to in the middle of an epoch, before a batch.
int64_t StepAt(const storage::JobRecord& job, int32_t epoch, int64_t place) {
  const int64_t batch_size = job.spec.training.batch_size;
  const int64_t batches = (job.train_examples + batch_size - 1) / batch_size;
  return epoch * batches + place / batch_size;
}

bool IsScore(const ml::Score& score) {
  return 0 <= score.correct && score.correct <= score.examples;
}

// Whether sums and differences of what is counted stay within what integers hold.
bool AreCounts(const MinibatchProgress& progress) {
  const int64_t instances = progress.trained.examples;
  const auto is_past = [instances](int64_t count) { return 0 <= count && count <= instances; };
  return IsScore(progress.trained) && IsScore(progress.epoch_trained) &&
         IsScore(progress.reported) && is_past(progress.reported.examples) &&
         is_past(progress.policy.asked_instances) && is_past(progress.policy.reported_instances) &&
         0 <= progress.early_stopping.epochs_since_lowest &&
         progress.early_stopping.epochs_since_lowest <= progress.epoch;
}

absl::Status CheckPlace(const storage::JobRecord& job, const MinibatchProgress& progress) {
  const TrainingSpec& training = job.spec.training;
  const int64_t place = progress.epoch_trained.examples;
  const bool is_in_epoch = progress.epoch >= 0 && progress.epoch < training.epochs && place >= 0 &&
                           place < job.train_examples && place % training.batch_size == 0;
  if (is_in_epoch && progress.step == StepAt(job, progress.epoch, place) &&
      progress.trained.examples == progress.epoch * job.train_examples + place &&
      AreCounts(progress)) {
    return absl::OkStatus();
  }
  return Damaged(absl::StrCat("step ", progress.step, ", epoch ", progress.epoch, " and example ",
                              place, " of it do not belong together"));
}

absl::Status CheckPlace(const storage::JobRecord& job, const PerceptronProgress& progress) {
  const Position& position = progress.position;
  if (0 <= position.step && position.step <= position.instances &&
      position.instances <= 2 * job.spec.training.iterations &&
      progress.reported.examples == job.train_examples) {
    return absl::OkStatus();
  }
  return Damaged(absl::StrCat("step ", position.step, " and presentation ", position.instances,
                              " do not belong together"));
}

absl::Status CheckStep(const storage::CheckpointRecord& checkpoint, int64_t step) {
  if (checkpoint.step == step) return absl::OkStatus();
  return Damaged(absl::StrCat("it must be of step ", checkpoint.step, ", got ", step));
}

}  // namespace

std::string WriteCheckpoint(const MinibatchProgress& progress, const ml::Model& model,
                            int64_t model_bytes) {
  Writer writer = Begin(Kind::kMinibatch);
  VisitMinibatch(writer, progress);
  const ml::Score closed_epoch = progress.closed_epoch.value_or(ml::Score{});
  VisitScore(writer, closed_epoch);
  return std::move(writer).Finish(model_bytes,
                                  [&](absl::Span<char> bytes) { model.ExportState(bytes); });
}

std::string WriteCheckpoint(const PerceptronProgress& progress, const ml::Perceptron& perceptron) {
  Writer writer = Begin(Kind::kPerceptron);
  VisitPerceptron(writer, progress);
  const auto model_bytes = static_cast<int64_t>(perceptron.weights().size() * sizeof(double));
  return std::move(writer).Finish(model_bytes,
                                  [&](absl::Span<char> bytes) { perceptron.ExportState(bytes); });
}

absl::StatusOr<ReadProgress<MinibatchProgress>> ReadMinibatchCheckpoint(
    const storage::JobRecord& job, const storage::CheckpointRecord& checkpoint) {
  PERCEPT_ASSIGN_OR_RETURN(Reader reader, Open(checkpoint.state, Kind::kMinibatch));
  MinibatchProgress progress;
  ml::Score closed_epoch;
  VisitMinibatch(reader, progress);
  VisitScore(reader, closed_epoch);
  PERCEPT_RETURN_IF_ERROR(CheckModel(job, reader));
  PERCEPT_RETURN_IF_ERROR(CheckPlace(job, progress));
  PERCEPT_RETURN_IF_ERROR(CheckStep(checkpoint, progress.step));
  // The first moment of an epoch reports the one before it.
  if (progress.epoch > 0 && progress.epoch_trained.examples == 0) {
    progress.closed_epoch = closed_epoch;
  }
  return ReadProgress<MinibatchProgress>{progress, reader.rest()};
}

absl::StatusOr<ReadProgress<PerceptronProgress>> ReadPerceptronCheckpoint(
    const storage::JobRecord& job, const storage::CheckpointRecord& checkpoint) {
  PERCEPT_ASSIGN_OR_RETURN(Reader reader, Open(checkpoint.state, Kind::kPerceptron));
  PerceptronProgress progress;
  VisitPerceptron(reader, progress);
  PERCEPT_RETURN_IF_ERROR(CheckModel(job, reader));
  PERCEPT_RETURN_IF_ERROR(CheckPlace(job, progress));
  PERCEPT_RETURN_IF_ERROR(CheckStep(checkpoint, progress.position.step));
  return ReadProgress<PerceptronProgress>{progress, reader.rest()};
}

absl::Status CheckCheckpoint(const storage::JobRecord& job,
                             const storage::CheckpointRecord& checkpoint) {
  if (job.spec.model.kind == ModelKind::kPerceptron) {
    return ReadPerceptronCheckpoint(job, checkpoint).status();
  }
  return ReadMinibatchCheckpoint(job, checkpoint).status();
}

}  // namespace percept::training
