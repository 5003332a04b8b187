#include "server/training/admission.h"

#include <algorithm>

#include "absl/strings/str_format.h"

#include "server/base/id.h"
#include "server/base/status.h"
#include "server/ml/model.h"
#include "server/training/runner.h"

namespace percept::training {
namespace {

std::string MemoryText(int64_t bytes) {
  return absl::StrFormat("%.1f GiB", static_cast<double>(bytes) / (int64_t{1} << 30));
}

int64_t EstimateMemory(const storage::JobRecord& job) {
  const TrainingSpec& training = job.spec.training;
  const auto batch =
      static_cast<int32_t>(std::min<int64_t>(training.batch_size, job.train_examples));
  return ml::EstimateMemory(job.spec.model, training, {job.inputs, job.classes}, batch,
                            kMomentsInFlight) +
         job.train_examples * static_cast<int64_t>(sizeof(uint32_t));  // Their order.
}

}  // namespace

absl::StatusOr<storage::JobRecord> Admit(const JobRequest& request,
                                         const data::DatasetRecord& dataset,
                                         int64_t max_memory_bytes, absl::Time now) {
  storage::JobRecord job;
  job.id = NewId();
  job.owner = request.owner;
  job.request_id = request.request_id;
  job.spec = request.spec;
  job.create_time = now;
  job.dataset_digest = dataset.digest;
  job.inputs = dataset.inputs;
  job.classes = dataset.classes;
  job.train_examples = dataset.splits[static_cast<size_t>(data::SplitKind::kTrain)].examples;
  job.parameter_count =
      ml::ParameterCount(ml::ParameterLayout(job.spec.model, {job.inputs, job.classes}));
  job.memory_estimate_bytes = EstimateMemory(job);
  if (job.memory_estimate_bytes > max_memory_bytes) {
    return WithReason(
        absl::ResourceExhaustedError(absl::StrFormat(
            "mlp.hidden_units: the job must need at most %s of memory, got %s (%d parameters)",
            MemoryText(max_memory_bytes), MemoryText(job.memory_estimate_bytes),
            job.parameter_count)),
        "JOB_TOO_LARGE");
  }
  return job;
}

absl::Status CheckRepeated(const JobRequest& request, const storage::JobRecord& earlier) {
  if (earlier.spec == request.spec) return absl::OkStatus();
  return WithReason(
      absl::AlreadyExistsError(absl::StrCat("request_id: must be new for another spec, got ",
                                            request.request_id, ", which made jobs/", earlier.id)),
      "REQUEST_ID_REUSED");
}

}  // namespace percept::training
