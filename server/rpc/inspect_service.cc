#include "server/rpc/inspect_service.h"

#include <functional>
#include <memory>
#include <string>
#include <utility>

#include "server/base/status.h"
#include "server/rpc/access/call_context.h"
#include "server/rpc/convert_job.h"
#include "server/rpc/convert_job_spec.h"
#include "server/rpc/inspect_answers.h"
#include "server/rpc/path_requests.h"
#include "server/rpc/resource_names.h"
#include "server/training/admission.h"
#include "server/training/job_parameters.h"

namespace percept::rpc {
namespace {

// What a question is known by among those that are shared: what is asked, and of which snapshot.
template <typename Request>
std::string KeyOf(Request request, const SnapshotPlace& place) {
  request.set_snapshot(absl::StrCat("jobs/", place.job.id, "/snapshots/", place.index));
  return absl::StrCat(Request::descriptor()->name(), "\n", request.SerializeAsString());
}

// Makes the messages of a stream on its caller's account.
template <typename Response>
class MeteredSource final : public StepSource<Response> {
 public:
  MeteredSource(CallContext* call, std::unique_ptr<StepSource<Response>> source)
      : call_(call), source_(std::move(source)) {}

  absl::StatusOr<bool> Fill(Response& response, GoesOn goes_on) override {
    return call_->Metered([&] { return source_->Fill(response, goes_on); });
  }

 private:
  CallContext* const call_;  // gRPC's until the stream has ended.
  const std::unique_ptr<StepSource<Response>> source_;
};

}  // namespace

absl::StatusOr<InspectSubject> InspectService::FindSubject(const std::string& snapshot) {
  PERCEPT_ASSIGN_OR_RETURN(FoundSnapshot found,
                           FindSnapshot("snapshot", snapshot, *scheduler_, *snapshots_));
  return MakeSubject(std::move(found), *catalogue_);
}

absl::StatusOr<inspect::Evaluation> InspectService::Measure(const FoundSnapshot& found,
                                                            data::SplitKind split, GoesOn goes_on) {
  PERCEPT_ASSIGN_OR_RETURN(const std::shared_ptr<const data::Dataset> dataset,
                           catalogue_->Load(found.job.spec.dataset));
  auto evaluation =
      inspect::Evaluate(found.model(), *dataset, split, found.job.instruction_set, goes_on);
  if (!evaluation.ok())
    return Annotate(evaluation.status(), absl::StrCat("datasets/", found.job.spec.dataset));
  return evaluation;
}

template <typename Request, typename Response>
grpc::ServerUnaryReactor* InspectService::AnswerShared(grpc::CallbackServerContext* context,
                                                       const Request* request, Response* response) {
  grpc::ServerUnaryReactor* reactor = context->DefaultReactor();
  CallContext* const call = &CallOf(context);
  if (const absl::Status entered = call->Enter(); !entered.ok()) {
    reactor->Finish(ToGrpcStatus(entered));
    return reactor;
  }
  const auto work = [this, call, context, request, response, reactor] {
    const auto resolve = [&]() -> absl::StatusOr<SnapshotPlace> {
      PERCEPT_RETURN_IF_ERROR(call->CheckTargets());
      return ResolveSnapshot("snapshot", request->snapshot(), *scheduler_, *snapshots_);
    };
    const absl::StatusOr<SnapshotPlace> place = resolve();
    if (!place.ok()) {
      reactor->Finish(ToGrpcStatus(place.status()));
      return;
    }
    const auto compute = [&](GoesOn goes_on) -> SharedAnswers::Answer {
      return call->Metered([&]() -> SharedAnswers::Answer {
        PERCEPT_ASSIGN_OR_RETURN(FoundSnapshot found, ReadSnapshot(*place, *snapshots_));
        PERCEPT_ASSIGN_OR_RETURN(const InspectSubject subject,
                                 MakeSubject(std::move(found), *catalogue_));
        PERCEPT_ASSIGN_OR_RETURN(Response answer, Answer(*request, subject, goes_on));
        return std::make_shared<const Response>(std::move(answer));
      });
    };
    const auto receive = [response, reactor](const SharedAnswers::Answer& answer) {
      if (answer.ok()) response->CopyFrom(**answer);
      reactor->Finish(ToGrpcStatus(answer.status()));
    };
    answers_.Ask(KeyOf(*request, *place),
                 {.receive = receive, .is_gone = [context] { return context->IsCancelled(); }},
                 compute);
  };
  if (!pool_->TrySubmit(work)) reactor->Finish(TooBusy());
  return reactor;
}

grpc::ServerUnaryReactor* InspectService::AnswerMetered(grpc::CallbackServerContext* context,
                                                        std::function<absl::Status(GoesOn)> work) {
  return AnswerWhileAsked(pool_, context, [context, work = std::move(work)](GoesOn goes_on) {
    return CallOf(context).Metered([&] { return work(goes_on); });
  });
}

template <typename Response>
grpc::ServerWriteReactor<Response>* InspectService::SendPath(grpc::CallbackServerContext* context,
                                                             const auto* request) {
  return StepStream<Response>::Start(
      pool_, &path_slots_, context,
      [this, context, request]() -> absl::StatusOr<std::unique_ptr<StepSource<Response>>> {
        CallContext& call = CallOf(context);
        PERCEPT_RETURN_IF_ERROR(call.Admit());
        PERCEPT_RETURN_IF_ERROR(CheckPath(*request));
        PERCEPT_ASSIGN_OR_RETURN(const InspectSubject subject, FindSubject(request->snapshot()));
        PERCEPT_ASSIGN_OR_RETURN(
            FileBudget::Reservation memory,
            path_memory_.Reserve(training::ParameterBytesOf(subject.found.job)));
        PERCEPT_ASSIGN_OR_RETURN(std::unique_ptr<StepSource<Response>> source,
                                 BeginPath(*request, subject, std::move(memory)));
        return std::make_unique<MeteredSource<Response>>(&call, std::move(source));
      });
}

grpc::ServerUnaryReactor* InspectService::Predict(grpc::CallbackServerContext* context,
                                                  const v1::PredictRequest* request,
                                                  v1::PredictResponse* response) {
  return AnswerMetered(context, [=, this](GoesOn goes_on) -> absl::Status {
    PERCEPT_ASSIGN_OR_RETURN(const InspectSubject subject, FindSubject(request->snapshot()));
    PERCEPT_ASSIGN_OR_RETURN(*response, Answer(*request, subject, goes_on));
    return absl::OkStatus();
  });
}

grpc::ServerUnaryReactor* InspectService::EvaluateTest(grpc::CallbackServerContext* context,
                                                       const v1::EvaluateTestRequest* request,
                                                       v1::EvaluateTestResponse* response) {
  return AnswerMetered(context, [=, this](GoesOn goes_on) -> absl::Status {
    PERCEPT_ASSIGN_OR_RETURN(
        const FoundSnapshot found,
        FindSnapshot("snapshot", request->snapshot(), *scheduler_, *snapshots_));
    PERCEPT_ASSIGN_OR_RETURN(const inspect::Evaluation measured,
                             Measure(found, data::SplitKind::kTest, goes_on));
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
  return AnswerMetered(context, [=, this](GoesOn goes_on) -> absl::Status {
    PERCEPT_ASSIGN_OR_RETURN(
        const FoundSnapshot found,
        FindSnapshot("snapshot", request->snapshot(), *scheduler_, *snapshots_));
    PERCEPT_ASSIGN_OR_RETURN(const inspect::Evaluation measured,
                             Measure(found, data::SplitKind::kValidation, goes_on));
    response->set_snapshot_index(found.snapshot.index);
    response->set_accuracy(measured.accuracy);
    response->set_loss(measured.loss);
    response->set_examples(measured.examples);
    return absl::OkStatus();
  });
}

grpc::ServerUnaryReactor* InspectService::DecisionGrid(grpc::CallbackServerContext* context,
                                                       const v1::DecisionGridRequest* request,
                                                       v1::DecisionGridResponse* response) {
  return AnswerShared(context, request, response);
}

grpc::ServerUnaryReactor* InspectService::Latent(grpc::CallbackServerContext* context,
                                                 const v1::LatentRequest* request,
                                                 v1::LatentResponse* response) {
  return AnswerShared(context, request, response);
}

grpc::ServerUnaryReactor* InspectService::WeightImages(grpc::CallbackServerContext* context,
                                                       const v1::WeightImagesRequest* request,
                                                       v1::WeightImagesResponse* response) {
  return AnswerShared(context, request, response);
}

grpc::ServerUnaryReactor* InspectService::Batch(grpc::CallbackServerContext* context,
                                                const v1::BatchRequest* request,
                                                v1::BatchResponse* response) {
  return AnswerShared(context, request, response);
}

grpc::ServerUnaryReactor* InspectService::ConfusionMatrix(grpc::CallbackServerContext* context,
                                                          const v1::ConfusionMatrixRequest* request,
                                                          v1::ConfusionMatrixResponse* response) {
  return AnswerShared(context, request, response);
}

grpc::ServerWriteReactor<v1::ExploreResponse>* InspectService::Explore(
    grpc::CallbackServerContext* context, const v1::ExploreRequest* request) {
  return SendPath<v1::ExploreResponse>(context, request);
}

grpc::ServerWriteReactor<v1::AttackResponse>* InspectService::Attack(
    grpc::CallbackServerContext* context, const v1::AttackRequest* request) {
  return SendPath<v1::AttackResponse>(context, request);
}

grpc::ServerUnaryReactor* InspectService::Capacity(grpc::CallbackServerContext* context,
                                                   const v1::CapacityRequest* request,
                                                   v1::CapacityResponse* response) {
  return AnswerOn(pool_, context, [=, this]() -> absl::Status {
    storage::JobRecord job;
    switch (request->model_case()) {
      case v1::CapacityRequest::kJob: {
        PERCEPT_ASSIGN_OR_RETURN(const std::string id, ParseName("job", "jobs", request->job()));
        PERCEPT_ASSIGN_OR_RETURN(training::JobView view, scheduler_->Get(id));
        job = std::move(view.record);
        break;
      }
      case v1::CapacityRequest::kSpec: {
        PERCEPT_ASSIGN_OR_RETURN(job, JobFor(request->spec()));
        break;
      }
      case v1::CapacityRequest::MODEL_NOT_SET: {
        FieldViolations violations;
        violations.Add("model", "must be set; choose job or spec");
        return violations.ToStatus();
      }
    }
    PERCEPT_ASSIGN_OR_RETURN(const data::DatasetRecord dataset, catalogue_->Get(job.spec.dataset));
    *response = CapacityToProto(job, dataset);
    return absl::OkStatus();
  });
}

absl::StatusOr<storage::JobRecord> InspectService::JobFor(const v1::JobSpec& asked) {
  v1::JobSpec spec;
  spec.set_dataset(asked.dataset());
  switch (asked.model_case()) {
    case v1::JobSpec::kPerceptron:
      *spec.mutable_perceptron() = asked.perceptron();
      break;
    case v1::JobSpec::kMultiperceptron:
      spec.mutable_multiperceptron();
      break;
    case v1::JobSpec::kMlp:
      *spec.mutable_mlp() = asked.mlp();
      break;
    case v1::JobSpec::MODEL_NOT_SET:
      break;
  }
  training::JobRequest request;
  PERCEPT_ASSIGN_OR_RETURN(request.spec, SpecFromProto(spec));
  PERCEPT_ASSIGN_OR_RETURN(const data::DatasetRecord dataset,
                           catalogue_->Get(request.spec.dataset));
  return training::Admit(request, dataset, scheduler_->options().max_job_memory_bytes,
                         clock_->Now());
}

}  // namespace percept::rpc
