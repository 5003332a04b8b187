#include "server/training/runner.h"

#include <algorithm>
#include <exception>
#include <memory>
#include <new>
#include <optional>
#include <utility>

#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"

#include "server/base/status.h"
#include "server/ml/model.h"
#include "server/ml/models/perceptron.h"
#include "server/ml/schedule.h"
#include "server/training/checkpoint.h"
#include "server/training/job_parameters.h"
#include "server/training/minibatch_run.h"
#include "server/training/perceptron_run.h"

namespace percept::training {
namespace {

using storage::JobErrorReason;

absl::Status CheckInitialParameters(const Attempt& attempt) {
  if (attempt.initial_parameters == nullptr) return absl::OkStatus();
  const int64_t wanted = ParameterBytesOf(*attempt.job);
  const auto given = static_cast<int64_t>(attempt.initial_parameters->size());
  if (given == wanted) return absl::OkStatus();
  return absl::InternalError(
      absl::StrCat("init_from: parameters must have ", wanted, " bytes, got ", given));
}

absl::StatusOr<Outcome> RunPerceptron(const Attempt& attempt) {
  ml::Perceptron perceptron(attempt.job->inputs);
  if (attempt.checkpoint != nullptr) {
    PERCEPT_ASSIGN_OR_RETURN(const auto checkpoint,
                             ReadPerceptronCheckpoint(*attempt.job, *attempt.checkpoint));
    PERCEPT_RETURN_IF_ERROR(perceptron.ImportState(checkpoint.model));
    return PerceptronRun(attempt, std::move(perceptron)).RunFrom(checkpoint.progress);
  }
  if (attempt.initial_parameters != nullptr) {
    perceptron.ImportParameters(*attempt.initial_parameters);
  }
  return PerceptronRun(attempt, std::move(perceptron)).Run();
}

absl::StatusOr<Outcome> RunMinibatches(const Attempt& attempt) {
  const storage::JobRecord& job = *attempt.job;
  const auto batch =
      static_cast<int32_t>(std::min<int64_t>(job.spec.training.batch_size, job.train_examples));
  const bool is_given = attempt.checkpoint != nullptr || attempt.initial_parameters != nullptr;
  PERCEPT_ASSIGN_OR_RETURN(
      std::unique_ptr<ml::Model> model,
      ml::CreateModel(job.spec.model, job.spec.training, {job.inputs, job.classes},
                      is_given ? std::nullopt : std::optional(job.spec.seed), batch,
                      *attempt.kernels));
  PERCEPT_ASSIGN_OR_RETURN(std::unique_ptr<ml::Schedule> schedule,
                           ml::CreateSchedule(job.spec.training));
  if (attempt.checkpoint != nullptr) {
    PERCEPT_ASSIGN_OR_RETURN(const auto checkpoint,
                             ReadMinibatchCheckpoint(job, *attempt.checkpoint));
    PERCEPT_RETURN_IF_ERROR(model->ImportState(checkpoint.model));
    return MinibatchRun(attempt, std::move(model), std::move(schedule))
        .RunFrom(checkpoint.progress);
  }
  if (attempt.initial_parameters != nullptr) model->ImportParameters(*attempt.initial_parameters);
  return MinibatchRun(attempt, std::move(model), std::move(schedule)).Run();
}

absl::StatusOr<Outcome> RunChecked(const Attempt& attempt) {
  PERCEPT_RETURN_IF_ERROR(CheckInitialParameters(attempt));
  if (attempt.job->spec.model.kind == ModelKind::kPerceptron) return RunPerceptron(attempt);
  return RunMinibatches(attempt);
}

}  // namespace

Outcome Outcome::Failed(storage::JobErrorReason reason, std::string message) {
  return Outcome{.kind = Kind::kFailed, .reason = reason, .message = std::move(message)};
}

absl::Duration EarlierRunTime(const storage::JobRecord& job,
                              const storage::CheckpointRecord* checkpoint) {
  return checkpoint == nullptr ? job.run_time : std::max(job.run_time, checkpoint->run_time);
}

Outcome RunAttempt(const Attempt& attempt) try {
  absl::StatusOr<Outcome> outcome = RunChecked(attempt);
  if (outcome.ok()) return *std::move(outcome);
  return Outcome::Failed(JobErrorReason::kInternal, std::string(outcome.status().message()));
} catch (const std::bad_alloc&) {
  return Outcome::Failed(JobErrorReason::kMemoryLimit, "the machine has no memory left for it");
} catch (const std::exception& failure) {  // No thread to be had, for example.
  return Outcome::Failed(JobErrorReason::kInternal, failure.what());
}

}  // namespace percept::training
