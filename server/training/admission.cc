#include "server/training/admission.h"

#include <algorithm>
#include <vector>

#include "absl/strings/str_format.h"
#include "absl/strings/str_join.h"
#include "absl/strings/string_view.h"

#include "server/base/id.h"
#include "server/base/status.h"
#include "server/ml/model.h"
#include "server/ml/models/perceptron_scorer.h"
#include "server/training/job_parameters.h"
#include "server/training/runner.h"

namespace percept::training {
namespace {

std::string MemoryText(int64_t bytes) {
  return absl::StrFormat("%.1f GiB", static_cast<double>(bytes) / (int64_t{1} << 30));
}

// What a job trains on, of one data set.
class TrainedOn {
 public:
  TrainedOn(const storage::JobSpec& spec, const data::DatasetRecord& dataset)
      : splits_{Summary(dataset, data::SplitKind::kTrain)} {
    if (spec.train_on == TrainOn::kTrainAndValidation) {
      splits_.push_back(Summary(dataset, data::SplitKind::kValidation));
    }
  }

  int64_t examples() const {
    int64_t sum = 0;
    for (const auto* split : splits_) sum += split->examples;
    return sum;
  }
  int64_t ExamplesOf(size_t label) const {
    int64_t sum = 0;
    for (const auto* split : splits_) {
      if (label < split->class_counts.size()) sum += split->class_counts[label];
    }
    return sum;
  }

  static const data::DatasetRecord::SplitSummary* Summary(const data::DatasetRecord& dataset,
                                                          data::SplitKind kind) {
    return &dataset.splits[static_cast<size_t>(kind)];
  }

 private:
  std::vector<const data::DatasetRecord::SplitSummary*> splits_;
};

void CheckPerceptron(const TrainedOn& trained_on, int32_t classes, FieldViolations& violations) {
  if (classes != 2) {
    violations.Add("dataset",
                   absl::StrCat("must have two classes for a perceptron, got ", classes,
                                "; make a binary view with percept dataset create --binary"));
    return;
  }
  for (const size_t label : {0, 1}) {
    if (trained_on.ExamplesOf(label) > 0) continue;
    violations.Add("dataset", "must have examples of both classes to train a perceptron on",
                   absl::StrCat("none of class ", label));
  }
}

void CheckEarlyStopping(const storage::JobSpec& spec, int64_t validation_examples,
                        FieldViolations& violations) {
  constexpr absl::string_view kField = "training.early_stopping";
  if (validation_examples == 0) {
    violations.Add(kField, "must have a data set with validation examples", "none");
  }
  if (!spec.training.evaluate) {
    violations.Add(kField, "must not go with training.no_evaluate", "both");
  }
  if (spec.train_on != TrainOn::kTrain) {
    violations.Add(kField, "must have train_on TRAIN_ON_TRAIN", "TRAIN_ON_TRAIN_AND_VALIDATION");
  }
}

absl::Status CheckDataset(const storage::JobSpec& spec, const data::DatasetRecord& dataset) {
  FieldViolations violations;
  const TrainedOn trained_on(spec, dataset);
  const int64_t validation_examples =
      TrainedOn::Summary(dataset, data::SplitKind::kValidation)->examples;
  if (trained_on.examples() == 0) violations.Add("dataset", "must have training examples", 0);
  if (spec.train_on == TrainOn::kTrainAndValidation && validation_examples == 0) {
    violations.Add("train_on", "must be TRAIN_ON_TRAIN without validation examples in the data set",
                   "TRAIN_ON_TRAIN_AND_VALIDATION");
  }
  if (spec.model.kind == ModelKind::kPerceptron) {
    CheckPerceptron(trained_on, dataset.classes, violations);
  } else if (spec.training.patience > 0) {
    CheckEarlyStopping(spec, validation_examples, violations);
  }
  return violations.ToStatus();
}

// Vectors of parameters that moments hold while they are not decided.
int VectorsInFlight(ModelKind kind) {
  if (kind != ModelKind::kPerceptron) return kMomentsInFlight;
  return 2 * ml::PerceptronScorer::kCapacity;  // Each in its copy and in the scorer.
}

int64_t EstimateMemory(const storage::JobRecord& job) {
  const TrainingSpec& training = job.spec.training;
  const auto batch =
      static_cast<int32_t>(std::min<int64_t>(training.batch_size, job.train_examples));
  const int64_t initial = job.spec.init_from.has_value() ? ParameterBytesOf(job) : 0;
  return ml::EstimateMemory(job.spec.model, training, {job.inputs, job.classes}, batch,
                            VectorsInFlight(job.spec.model.kind)) +
         kCheckpointsInFlight * StateBytesOf(job) + initial +
         job.train_examples * static_cast<int64_t>(sizeof(uint32_t));  // Their order.
}

// What makes a job as large as it is.
absl::string_view SizeField(ModelKind kind) {
  return kind == ModelKind::kMlp ? "mlp.hidden_units" : "dataset";
}

std::string LayoutText(const std::vector<ml::TensorInfo>& layout) {
  return absl::StrJoin(layout, ", ", [](std::string* out, const ml::TensorInfo& tensor) {
    absl::StrAppend(out, tensor.name, " [", absl::StrJoin(tensor.shape, ", "), "]",
                    tensor.is_float32() ? "" : " of float64");
  });
}

}  // namespace

absl::StatusOr<storage::JobRecord> Admit(const JobRequest& request,
                                         const data::DatasetRecord& dataset,
                                         int64_t max_memory_bytes, absl::Time now) {
  PERCEPT_RETURN_IF_ERROR(CheckDataset(request.spec, dataset));
  storage::JobRecord job;
  job.id = NewId();
  job.owner = request.owner;
  job.request_id = request.request_id;
  job.visibility = request.visibility;
  job.spec = request.spec;
  job.create_time = now;
  job.dataset_digest = dataset.digest;
  job.inputs = dataset.inputs;
  job.classes = dataset.classes;
  job.image_shape = dataset.image_shape;
  job.train_examples = TrainedOn(request.spec, dataset).examples();
  job.parameter_count = ml::ParameterCount(ParametersOf(job));
  job.memory_estimate_bytes = EstimateMemory(job);
  if (job.memory_estimate_bytes > max_memory_bytes) {
    return WithReason(absl::ResourceExhaustedError(absl::StrFormat(
                          "%s: the job must need at most %s of memory, got %s (%d parameters)",
                          SizeField(job.spec.model.kind), MemoryText(max_memory_bytes),
                          MemoryText(job.memory_estimate_bytes), job.parameter_count)),
                      "JOB_TOO_LARGE");
  }
  return job;
}

absl::StatusOr<storage::SnapshotRef> ResolveInitFrom(const storage::JobRecord& job,
                                                     const storage::JobRecord& origin,
                                                     int64_t snapshot_count, int64_t index) {
  if (snapshot_count == 0) {
    return absl::OutOfRangeError(
        absl::StrCat("init_from: jobs/", origin.id, " has no snapshots yet"));
  }
  const int64_t resolved = index == kNewestSnapshot ? snapshot_count - 1 : index;
  if (resolved < 0 || resolved >= snapshot_count) {
    return absl::OutOfRangeError(absl::StrCat("init_from: jobs/", origin.id, " has snapshots 0 to ",
                                              snapshot_count - 1, ", got ", index));
  }
  const std::string wanted = LayoutText(ParametersOf(job));
  const std::string given = LayoutText(ParametersOf(origin));
  if (given != wanted) {
    return InvalidField("init_from",
                        absl::StrCat("must have the parameters of the new model, ", wanted), given);
  }
  return storage::SnapshotRef{origin.id, resolved};
}

absl::Status CheckRepeated(const JobRequest& request, const storage::JobRecord& earlier) {
  storage::JobSpec asked = request.spec;
  // The newest snapshot may have been another one then.
  if (asked.init_from.has_value() && asked.init_from->index == kNewestSnapshot &&
      earlier.spec.init_from.has_value()) {
    asked.init_from->index = earlier.spec.init_from->index;
  }
  if (earlier.spec == asked) return absl::OkStatus();
  return WithReason(
      absl::AlreadyExistsError(absl::StrCat("request_id: must be new for another spec, got ",
                                            request.request_id, ", which made jobs/", earlier.id)),
      "REQUEST_ID_REUSED");
}

}  // namespace percept::training
