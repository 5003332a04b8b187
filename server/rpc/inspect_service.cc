#include "server/rpc/inspect_service.h"

#include <memory>

#include "server/base/status.h"
#include "server/rpc/convert_job.h"
#include "server/rpc/unary.h"

namespace percept::rpc {

absl::StatusOr<inspect::Evaluation> InspectService::Measure(const FoundSnapshot& found,
                                                            data::SplitKind split) {
  PERCEPT_ASSIGN_OR_RETURN(const std::shared_ptr<const data::Dataset> dataset,
                           catalogue_->Load(found.job.spec.dataset));
  auto evaluation = inspect::Evaluate(found.model(), *dataset, split, found.job.instruction_set);
  if (!evaluation.ok())
    return Annotate(evaluation.status(), absl::StrCat("datasets/", found.job.spec.dataset));
  return evaluation;
}

grpc::ServerUnaryReactor* InspectService::EvaluateTest(grpc::CallbackServerContext* context,
                                                       const v1::EvaluateTestRequest* request,
                                                       v1::EvaluateTestResponse* response) {
  return AnswerOn(pool_, context, [this, request, response]() -> absl::Status {
    PERCEPT_ASSIGN_OR_RETURN(
        const FoundSnapshot found,
        FindSnapshot("snapshot", request->snapshot(), *scheduler_, *snapshots_));
    PERCEPT_ASSIGN_OR_RETURN(const inspect::Evaluation measured,
                             Measure(found, data::SplitKind::kTest));
    const storage::TestEvaluation evaluation{.time = training::ToMicros(clock_->Now()),
                                             .snapshot_index = found.snapshot.index,
                                             .accuracy = measured.accuracy,
                                             .loss = measured.loss};
    // On record before anybody learns of it.
    PERCEPT_ASSIGN_OR_RETURN(const training::JobView job,
                             scheduler_->RecordTestEvaluation(found.job.id, evaluation));
    *response->mutable_evaluation() = ToProto(evaluation);
    response->set_examples(measured.examples);
    response->set_evaluation_count(static_cast<int32_t>(job.record.test_evaluation_count()));
    return absl::OkStatus();
  });
}

grpc::ServerUnaryReactor* InspectService::EvaluateValidation(
    grpc::CallbackServerContext* context, const v1::EvaluateValidationRequest* request,
    v1::EvaluateValidationResponse* response) {
  return AnswerOn(pool_, context, [this, request, response]() -> absl::Status {
    PERCEPT_ASSIGN_OR_RETURN(
        const FoundSnapshot found,
        FindSnapshot("snapshot", request->snapshot(), *scheduler_, *snapshots_));
    PERCEPT_ASSIGN_OR_RETURN(const inspect::Evaluation measured,
                             Measure(found, data::SplitKind::kValidation));
    response->set_snapshot_index(found.snapshot.index);
    response->set_accuracy(measured.accuracy);
    response->set_loss(measured.loss);
    response->set_examples(measured.examples);
    return absl::OkStatus();
  });
}

}  // namespace percept::rpc
