#include "client/lib/client.h"

#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include <grpcpp/create_channel.h>
#include <grpcpp/generic/generic_stub.h>
#include <grpcpp/security/credentials.h>
#include <grpcpp/support/channel_arguments.h>

#include "client/lib/rpc_status.h"

namespace percept::client {
namespace {

bool IsLoopback(absl::string_view server) {
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
      channel_(grpc::CreateCustomChannel(options_.server, grpc::InsecureChannelCredentials(),
                                         ChannelArguments(options_.server))),
      datasets_(v1::DatasetService::NewStub(channel_)),
      jobs_(v1::JobService::NewStub(channel_)),
      snapshots_(v1::SnapshotService::NewStub(channel_)),
      servers_(v1::ServerService::NewStub(channel_)) {}

void Client::PrepareContext(grpc::ClientContext* context) const {
  if (!options_.token.empty()) {
    context->AddMetadata("authorization", absl::StrCat("Bearer ", options_.token));
  }
  if (!options_.owner.empty()) context->AddMetadata("percept-owner", options_.owner);
}

absl::Status Client::Call(Repeat repeat,
                          absl::FunctionRef<grpc::Status(grpc::ClientContext*)> call) {
  const absl::Time deadline = absl::Now() + options_.deadline;
  Backoff backoff(options_.backoff, random_);
  for (int attempt = 1;; ++attempt) {
    grpc::ClientContext context;
    context.set_deadline(absl::ToChronoTime(deadline));
    PrepareContext(&context);
    const CallScope scope(options_.cancellation, &context);
    absl::Status status = ToStatus(call(&context), options_.server);
    if (repeat == Repeat::kUnsafe || !IsTransient(status) || attempt >= options_.attempts) {
      return status;
    }
    const absl::Duration wait = backoff.Next();
    if (absl::Now() + wait >= deadline) return status;
    if (options_.cancellation == nullptr) {
      absl::SleepFor(wait);
    } else if (options_.cancellation->WaitFor(wait)) {
      return absl::CancelledError("interrupted");
    }
  }
}

absl::StatusOr<v1::Dataset> Client::CreateDataset(const v1::CreateDatasetRequest& request) {
  v1::Dataset dataset;
  const absl::Status status = Call(Repeat::kUnsafe, [&](grpc::ClientContext* context) {
    return datasets_->CreateDataset(context, request, &dataset);
  });
  if (!status.ok()) return status;
  return dataset;
}

absl::StatusOr<v1::Dataset> Client::GetDataset(const v1::GetDatasetRequest& request) {
  v1::Dataset dataset;
  const absl::Status status = Call(Repeat::kSafe, [&](grpc::ClientContext* context) {
    return datasets_->GetDataset(context, request, &dataset);
  });
  if (!status.ok()) return status;
  return dataset;
}

absl::StatusOr<v1::ListDatasetsResponse> Client::ListDatasets(
    const v1::ListDatasetsRequest& request) {
  v1::ListDatasetsResponse response;
  const absl::Status status = Call(Repeat::kSafe, [&](grpc::ClientContext* context) {
    return datasets_->ListDatasets(context, request, &response);
  });
  if (!status.ok()) return status;
  return response;
}

absl::StatusOr<v1::Job> Client::CreateJob(const v1::CreateJobRequest& request) {
  v1::Job job;
  const Repeat repeat = request.request_id().empty() ? Repeat::kUnsafe : Repeat::kSafe;
  const absl::Status status = Call(repeat, [&](grpc::ClientContext* context) {
    return jobs_->CreateJob(context, request, &job);
  });
  if (!status.ok()) return status;
  return job;
}

absl::StatusOr<v1::Job> Client::GetJob(const v1::GetJobRequest& request) {
  v1::Job job;
  const absl::Status status = Call(Repeat::kSafe, [&](grpc::ClientContext* context) {
    return jobs_->GetJob(context, request, &job);
  });
  if (!status.ok()) return status;
  return job;
}

absl::StatusOr<v1::ListJobsResponse> Client::ListJobs(const v1::ListJobsRequest& request) {
  v1::ListJobsResponse response;
  const absl::Status status = Call(Repeat::kSafe, [&](grpc::ClientContext* context) {
    return jobs_->ListJobs(context, request, &response);
  });
  if (!status.ok()) return status;
  return response;
}

absl::StatusOr<v1::Job> Client::CancelJob(const v1::CancelJobRequest& request) {
  v1::Job job;
  const absl::Status status = Call(Repeat::kSafe, [&](grpc::ClientContext* context) {
    return jobs_->CancelJob(context, request, &job);
  });
  if (!status.ok()) return status;
  return job;
}

absl::StatusOr<v1::ListSnapshotsResponse> Client::ListSnapshots(
    const v1::ListSnapshotsRequest& request) {
  v1::ListSnapshotsResponse response;
  const absl::Status status = Call(Repeat::kSafe, [&](grpc::ClientContext* context) {
    return snapshots_->ListSnapshots(context, request, &response);
  });
  if (!status.ok()) return status;
  return response;
}

absl::StatusOr<v1::GetServerInfoResponse> Client::GetServerInfo() {
  v1::GetServerInfoResponse response;
  const absl::Status status = Call(Repeat::kSafe, [&](grpc::ClientContext* context) {
    return servers_->GetServerInfo(context, v1::GetServerInfoRequest(), &response);
  });
  if (!status.ok()) return status;
  return response;
}

absl::StatusOr<grpc::health::v1::HealthCheckResponse> Client::CheckHealth() {
  grpc::health::v1::HealthCheckResponse response;
  const absl::Status status = Call(Repeat::kUnsafe, [&](grpc::ClientContext* context) {
    return CallHealth(channel_, context, &response);
  });
  if (!status.ok()) return status;
  return response;
}

}  // namespace percept::client
