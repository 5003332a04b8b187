#include "client/lib/client.h"

#include <algorithm>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "absl/time/clock.h"
#include <grpcpp/generic/generic_stub.h>
#include <grpcpp/support/channel_arguments.h>

#include "client/lib/rpc_status.h"

namespace percept::client {
namespace {

// How often whoever waits for a connection looks whether to go on.
constexpr absl::Duration kCancellationCheck = absl::Milliseconds(20);

using Datasets = v1::DatasetService::StubInterface;
using Demos = v1::DemoService::StubInterface;
using Inspection = v1::InspectService::StubInterface;
using Jobs = v1::JobService::StubInterface;
using Servers = v1::ServerService::StubInterface;
using Access = v1::AccessService::StubInterface;
using Snapshots = v1::SnapshotService::StubInterface;

bool IsLoopback(absl::string_view server) {
  absl::ConsumePrefix(&server, kTlsScheme);
  return absl::StartsWith(server, "127.") || absl::StartsWith(server, "localhost:") ||
         absl::StartsWith(server, "[::1]:") || absl::StartsWith(server, "unix:");
}

grpc::ChannelArguments ChannelArguments(absl::string_view server) {
  grpc::ChannelArguments arguments;
  // A dead connection is noticed after 40 s at most; the server allows a ping every 10 s.
  arguments.SetInt(GRPC_ARG_KEEPALIVE_TIME_MS, 30'000);
  arguments.SetInt(GRPC_ARG_KEEPALIVE_TIMEOUT_MS, 10'000);
  arguments.SetInt(GRPC_ARG_HTTP2_MAX_PINGS_WITHOUT_DATA, 0);
  // Attempts follow our own back-off; gRPC's must not outlast it. What it calls the least back-off
  // is the longest time to make a connection in.
  arguments.SetInt(GRPC_ARG_INITIAL_RECONNECT_BACKOFF_MS, 100);
  arguments.SetInt(GRPC_ARG_MIN_RECONNECT_BACKOFF_MS, 10'000);
  arguments.SetInt(GRPC_ARG_MAX_RECONNECT_BACKOFF_MS, 1'000);
  // A proxy set for the web is not meant for a server on this machine.
  if (IsLoopback(server)) arguments.SetInt(GRPC_ARG_ENABLE_HTTP_PROXY, 0);
  arguments.SetUserAgentPrefix("percept");
  return arguments;
}

// Calls the health service, whose messages are compiled without a stub.
grpc::Status CallHealth(const std::shared_ptr<grpc::Channel>& channel, grpc::ClientContext* context,
                        grpc::health::v1::HealthCheckResponse* response) {
  using Stub = grpc::TemplatedGenericStub<grpc::health::v1::HealthCheckRequest,
                                          grpc::health::v1::HealthCheckResponse>;
  Stub stub(channel);
  grpc::CompletionQueue queue;
  auto call = stub.PrepareUnaryCall(context, "/grpc.health.v1.Health/Check",
                                    grpc::health::v1::HealthCheckRequest(), &queue);
  grpc::Status status;
  call->StartCall();
  call->Finish(response, &status, &queue);
  void* tag;
  bool ok;
  queue.Next(&tag, &ok);
  queue.Shutdown();
  while (queue.Next(&tag, &ok)) {
  }
  return status;
}

}  // namespace

Client::Client(ClientOptions options)
    : options_(std::move(options)),
      channel_(MakeChannel(options_.server, options_.tls, ChannelArguments(options_.server))),
      datasets_(v1::DatasetService::NewStub(channel_)),
      jobs_(v1::JobService::NewStub(channel_)),
      snapshots_(v1::SnapshotService::NewStub(channel_)),
      inspection_(v1::InspectService::NewStub(channel_)),
      demos_(v1::DemoService::NewStub(channel_)),
      servers_(v1::ServerService::NewStub(channel_)),
      access_(v1::AccessService::NewStub(channel_)) {}

void Client::PrepareContext(grpc::ClientContext* context) const {
  if (!options_.token.empty()) {
    context->AddMetadata("authorization", absl::StrCat("Bearer ", options_.token));
  }
  if (!options_.owner.empty()) context->AddMetadata("percept-owner", options_.owner);
}

bool Client::WaitToRetry(absl::Duration time) {
  const absl::Time end = absl::Now() + time;
  while (!IsCancelled(options_.cancellation)) {
    const absl::Time now = absl::Now();
    if (now >= end) return false;
    channel_->WaitForStateChange(channel_->GetState(/*try_to_connect=*/true),
                                 absl::ToChronoTime(std::min(end, now + kCancellationCheck)));
  }
  return true;
}

Client::CallPolicy Client::Quick(Repeat repeat) const {
  return {repeat, options_.deadline, options_.cancellation};
}

Client::CallPolicy Client::Long(Repeat repeat) const {
  return {repeat, options_.long_deadline, options_.cancellation};
}

absl::Status Client::Call(const CallPolicy& policy,
                          absl::FunctionRef<grpc::Status(grpc::ClientContext*)> call) {
  const absl::Time deadline = absl::Now() + policy.deadline;
  Backoff backoff(options_.backoff, random_);
  for (int attempt = 1;; ++attempt) {
    grpc::ClientContext context;
    context.set_deadline(absl::ToChronoTime(deadline));
    PrepareContext(&context);
    const CallScope scope(policy.cancellation, &context);
    absl::Status status = ToStatus(call(&context), options_.server);
    if (policy.repeat == Repeat::kUnsafe || !IsTransient(status) || attempt >= options_.attempts) {
      return status;
    }
    const absl::Duration wait = backoff.Next();
    if (absl::Now() + wait >= deadline) return status;
    if (WaitToRetry(wait)) return absl::CancelledError("interrupted");
  }
}

template <typename Stub, typename Request, typename Response>
absl::StatusOr<Response> Client::Call(const CallPolicy& policy, Stub& stub,
                                      grpc::Status (Stub::*method)(grpc::ClientContext*,
                                                                   const Request&, Response*),
                                      const Request& request) {
  Response response;
  const absl::Status status = Call(policy, [&](grpc::ClientContext* context) {
    return (stub.*method)(context, request, &response);
  });
  if (!status.ok()) return status;
  return response;
}

template <typename Stub, typename Request, typename Response>
absl::Status Client::Stream(Stub& stub,
                            std::unique_ptr<grpc::ClientReaderInterface<Response>> (Stub::*method)(
                                grpc::ClientContext*, const Request&),
                            const Request& request, StreamSink<Response> sink) {
  grpc::ClientContext context;
  PrepareContext(&context);
  const CallScope scope(options_.cancellation, &context);
  const auto reader = (stub.*method)(&context, request);
  absl::Status taken;
  Response response;
  while (taken.ok() && reader->Read(&response)) taken = sink(response);
  if (!taken.ok()) context.TryCancel();
  const absl::Status status = ToStatus(reader->Finish(), options_.server);
  return taken.ok() ? status : taken;
}

template <typename Request, typename Response>
absl::Status Client::Follow(std::unique_ptr<grpc::ClientReaderInterface<Response>> (
                                v1::InspectService::StubInterface::*method)(grpc::ClientContext*,
                                                                            const Request&),
                            const Request& request, StreamSink<Response> sink) {
  bool has_result = false;
  const auto take = [&](const Response& response) {
    has_result = response.has_result();
    return sink(response);
  };
  const absl::Status status =
      Stream<Inspection, Request, Response>(*inspection_, method, request, take);
  if (status.ok() && !has_result) {
    return absl::DataLossError("the server ended before it sent the result");
  }
  return status;
}

template <typename Stub, typename Request, typename Piece>
absl::Status Client::Receive(Stub& stub,
                             std::unique_ptr<grpc::ClientReaderInterface<Piece>> (Stub::*method)(
                                 grpc::ClientContext*, const Request&),
                             const Request& request, FileSink sink) {
  int64_t received = 0;
  int64_t total = 0;
  const auto take = [&](const Piece& piece) {
    if (piece.offset() != received) {
      return absl::DataLossError(
          absl::StrCat("the server left out the bytes from ", received, " to ", piece.offset()));
    }
    total = piece.total_bytes();
    received += static_cast<int64_t>(piece.data().size());
    return sink(piece.data(), total);
  };
  const absl::Status status = Stream<Stub, Request, Piece>(stub, method, request, take);
  if (!status.ok()) return status;
  if (received == 0 || received != total) {
    return absl::DataLossError(
        absl::StrCat("the server sent ", received, " bytes of ", total, " and ended"));
  }
  return absl::OkStatus();
}

absl::StatusOr<v1::Dataset> Client::CreateDataset(const v1::CreateDatasetRequest& request) {
  return Call(Long(Repeat::kUnsafe), *datasets_, &Datasets::CreateDataset, request);
}

absl::StatusOr<v1::Dataset> Client::GetDataset(const v1::GetDatasetRequest& request) {
  return Call(Quick(Repeat::kSafe), *datasets_, &Datasets::GetDataset, request);
}

absl::StatusOr<v1::ListDatasetsResponse> Client::ListDatasets(
    const v1::ListDatasetsRequest& request) {
  return Call(Quick(Repeat::kSafe), *datasets_, &Datasets::ListDatasets, request);
}

absl::StatusOr<v1::Dataset> Client::ShareDataset(const v1::ShareDatasetRequest& request) {
  return Call(Quick(Repeat::kSafe), *datasets_, &Datasets::ShareDataset, request);
}

absl::Status Client::DeleteDataset(const v1::DeleteDatasetRequest& request) {
  return Call(Quick(Repeat::kUnsafe), *datasets_, &Datasets::DeleteDataset, request).status();
}

absl::StatusOr<v1::ReadExamplesResponse> Client::ReadExamples(
    const v1::ReadExamplesRequest& request) {
  const Repeat repeat = request.include_test() ? Repeat::kUnsafe : Repeat::kSafe;
  return Call(Long(repeat), *datasets_, &Datasets::ReadExamples, request);
}

absl::Status Client::ExportDataset(const v1::ExportDatasetRequest& request, FileSink sink) {
  return Receive(*datasets_, &Datasets::ExportDataset, request, sink);
}

absl::StatusOr<v1::Upload> Client::CreateUpload(const v1::CreateUploadRequest& request) {
  return Call(Quick(Repeat::kUnsafe), *datasets_, &Datasets::CreateUpload, request);
}

absl::StatusOr<v1::Upload> Client::GetUpload(const v1::GetUploadRequest& request) {
  return Call(Quick(Repeat::kSafe), *datasets_, &Datasets::GetUpload, request);
}

absl::StatusOr<v1::Upload> Client::UploadChunk(const v1::UploadChunkRequest& request) {
  // A chunk can take its time on a slow line.
  return Call(Long(Repeat::kUnsafe), *datasets_, &Datasets::UploadChunk, request);
}

absl::StatusOr<v1::Dataset> Client::FinishUpload(const v1::FinishUploadRequest& request) {
  return Call(Long(Repeat::kSafe), *datasets_, &Datasets::FinishUpload, request);
}

absl::Status Client::DeleteUpload(const v1::DeleteUploadRequest& request) {
  const CallPolicy policy = {Repeat::kUnsafe, absl::Seconds(2), /*cancellation=*/nullptr};
  return Call(policy, *datasets_, &Datasets::DeleteUpload, request).status();
}

absl::StatusOr<v1::Job> Client::CreateJob(const v1::CreateJobRequest& request) {
  const Repeat repeat = request.request_id().empty() ? Repeat::kUnsafe : Repeat::kSafe;
  return Call(Quick(repeat), *jobs_, &Jobs::CreateJob, request);
}

absl::StatusOr<v1::Job> Client::GetJob(const v1::GetJobRequest& request) {
  return Call(Quick(Repeat::kSafe), *jobs_, &Jobs::GetJob, request);
}

absl::StatusOr<v1::ListJobsResponse> Client::ListJobs(const v1::ListJobsRequest& request) {
  return Call(Quick(Repeat::kSafe), *jobs_, &Jobs::ListJobs, request);
}

absl::StatusOr<v1::Job> Client::CancelJob(const v1::CancelJobRequest& request) {
  return Call(Quick(Repeat::kSafe), *jobs_, &Jobs::CancelJob, request);
}

absl::StatusOr<v1::Job> Client::PauseJob(const v1::PauseJobRequest& request) {
  return Call(Quick(Repeat::kSafe), *jobs_, &Jobs::PauseJob, request);
}

absl::StatusOr<v1::Job> Client::ResumeJob(const v1::ResumeJobRequest& request) {
  return Call(Quick(Repeat::kSafe), *jobs_, &Jobs::ResumeJob, request);
}

absl::StatusOr<v1::Job> Client::ShareJob(const v1::ShareJobRequest& request) {
  return Call(Quick(Repeat::kSafe), *jobs_, &Jobs::ShareJob, request);
}

absl::Status Client::DeleteJob(const v1::DeleteJobRequest& request) {
  return Call(Quick(Repeat::kUnsafe), *jobs_, &Jobs::DeleteJob, request).status();
}

absl::StatusOr<v1::ListSnapshotsResponse> Client::ListSnapshots(
    const v1::ListSnapshotsRequest& request) {
  return Call(Quick(Repeat::kSafe), *snapshots_, &Snapshots::ListSnapshots, request);
}

absl::StatusOr<v1::GetMetricSeriesResponse> Client::GetMetricSeries(
    const v1::GetMetricSeriesRequest& request) {
  return Call(Quick(Repeat::kSafe), *snapshots_, &Snapshots::GetMetricSeries, request);
}

absl::StatusOr<v1::ListEpochsResponse> Client::ListEpochs(const v1::ListEpochsRequest& request) {
  return Call(Quick(Repeat::kSafe), *snapshots_, &Snapshots::ListEpochs, request);
}

absl::Status Client::ExportModel(const v1::ExportModelRequest& request, FileSink sink) {
  return Receive(*snapshots_, &Snapshots::ExportModel, request, sink);
}

absl::StatusOr<v1::EvaluateValidationResponse> Client::EvaluateValidation(
    const v1::EvaluateValidationRequest& request) {
  return Call(Long(Repeat::kSafe), *inspection_, &Inspection::EvaluateValidation, request);
}

absl::StatusOr<v1::EvaluateTestResponse> Client::EvaluateTest(
    const v1::EvaluateTestRequest& request) {
  return Call(Long(Repeat::kUnsafe), *inspection_, &Inspection::EvaluateTest, request);
}

absl::StatusOr<v1::PredictResponse> Client::Predict(const v1::PredictRequest& request) {
  return Call(Long(Repeat::kSafe), *inspection_, &Inspection::Predict, request);
}

absl::StatusOr<v1::DecisionGridResponse> Client::DecisionGrid(
    const v1::DecisionGridRequest& request) {
  return Call(Long(Repeat::kSafe), *inspection_, &Inspection::DecisionGrid, request);
}

absl::StatusOr<v1::LatentResponse> Client::Latent(const v1::LatentRequest& request) {
  return Call(Long(Repeat::kSafe), *inspection_, &Inspection::Latent, request);
}

absl::StatusOr<v1::WeightImagesResponse> Client::WeightImages(
    const v1::WeightImagesRequest& request) {
  return Call(Long(Repeat::kSafe), *inspection_, &Inspection::WeightImages, request);
}

absl::StatusOr<v1::BatchResponse> Client::Batch(const v1::BatchRequest& request) {
  return Call(Long(Repeat::kSafe), *inspection_, &Inspection::Batch, request);
}

absl::StatusOr<v1::ConfusionMatrixResponse> Client::ConfusionMatrix(
    const v1::ConfusionMatrixRequest& request) {
  return Call(Long(Repeat::kSafe), *inspection_, &Inspection::ConfusionMatrix, request);
}

absl::StatusOr<v1::CapacityResponse> Client::Capacity(const v1::CapacityRequest& request) {
  return Call(Quick(Repeat::kSafe), *inspection_, &Inspection::Capacity, request);
}

absl::Status Client::Explore(const v1::ExploreRequest& request,
                             StreamSink<v1::ExploreResponse> sink) {
  return Follow(&Inspection::Explore, request, sink);
}

absl::Status Client::Attack(const v1::AttackRequest& request, StreamSink<v1::AttackResponse> sink) {
  return Follow(&Inspection::Attack, request, sink);
}

absl::StatusOr<v1::OptimizeScalarResponse> Client::OptimizeScalar(
    const v1::OptimizeScalarRequest& request) {
  return Call(Quick(Repeat::kSafe), *demos_, &Demos::OptimizeScalar, request);
}

absl::StatusOr<v1::CompareActivationsResponse> Client::CompareActivations(
    const v1::CompareActivationsRequest& request) {
  return Call(Quick(Repeat::kSafe), *demos_, &Demos::CompareActivations, request);
}

absl::StatusOr<v1::CrossEntropyResponse> Client::CrossEntropy(
    const v1::CrossEntropyRequest& request) {
  return Call(Quick(Repeat::kSafe), *demos_, &Demos::CrossEntropy, request);
}

absl::StatusOr<v1::BackpropExampleResponse> Client::BackpropExample(
    const v1::BackpropExampleRequest& request) {
  return Call(Quick(Repeat::kSafe), *demos_, &Demos::BackpropExample, request);
}

absl::StatusOr<v1::ScheduleResponse> Client::Schedule(const v1::ScheduleRequest& request) {
  return Call(Quick(Repeat::kSafe), *demos_, &Demos::Schedule, request);
}

absl::StatusOr<v1::GradientFlowResponse> Client::GradientFlow(
    const v1::GradientFlowRequest& request) {
  return Call(Long(Repeat::kSafe), *demos_, &Demos::GradientFlow, request);
}

absl::StatusOr<v1::ImageStructureResponse> Client::ImageStructure(
    const v1::ImageStructureRequest& request) {
  return Call(Long(Repeat::kSafe), *demos_, &Demos::ImageStructure, request);
}

absl::StatusOr<v1::ManualClassifierResponse> Client::ManualClassifier(
    const v1::ManualClassifierRequest& request) {
  return Call(Long(Repeat::kSafe), *demos_, &Demos::ManualClassifier, request);
}

absl::StatusOr<v1::Caller> Client::GetCaller() {
  return Call(Quick(Repeat::kSafe), *access_, &Access::GetCaller, v1::GetCallerRequest());
}

absl::StatusOr<v1::OpenClassLinkResponse> Client::OpenClassLink(
    const v1::OpenClassLinkRequest& request) {
  return Call(Quick(Repeat::kUnsafe), *access_, &Access::OpenClassLink, request);
}

absl::Status Client::CloseClassLink() {
  return Call(Quick(Repeat::kSafe), *access_, &Access::CloseClassLink, v1::CloseClassLinkRequest())
      .status();
}

absl::StatusOr<v1::GetServerInfoResponse> Client::GetServerInfo() {
  return Call(Quick(Repeat::kSafe), *servers_, &Servers::GetServerInfo, v1::GetServerInfoRequest());
}

absl::StatusOr<v1::SetLogLevelResponse> Client::SetLogLevel(const std::string& level) {
  v1::SetLogLevelRequest request;
  request.set_level(level);
  return Call(Quick(Repeat::kSafe), *servers_, &Servers::SetLogLevel, request);
}

absl::StatusOr<grpc::health::v1::HealthCheckResponse> Client::CheckHealth() {
  grpc::health::v1::HealthCheckResponse response;
  const absl::Status status = Call(Quick(Repeat::kUnsafe), [&](grpc::ClientContext* context) {
    return CallHealth(channel_, context, &response);
  });
  if (!status.ok()) return status;
  return response;
}

}  // namespace percept::client
