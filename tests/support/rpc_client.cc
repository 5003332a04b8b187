#include "tests/support/rpc_client.h"

#include <chrono>
#include <utility>

#include "absl/strings/str_cat.h"

#include "google/rpc/status.pb.h"

namespace percept::testing {
namespace {

std::shared_ptr<grpc::Channel> OwnConnection(const std::string& address) {
  grpc::ChannelArguments arguments;
  arguments.SetInt(GRPC_ARG_USE_LOCAL_SUBCHANNEL_POOL, 1);
  return grpc::CreateCustomChannel(address, grpc::InsecureChannelCredentials(), arguments);
}

void Record(const v1::WatchSnapshotsResponse& message, std::vector<WatchEvent>& events) {
  int64_t skipped = message.skipped();
  for (const v1::Snapshot& snapshot : message.snapshots()) {
    events.push_back({.kind = WatchEvent::Kind::kSnapshot,
                      .snapshot = snapshot,
                      .skipped = std::exchange(skipped, 0)});
  }
  if (message.has_heartbeat()) {
    events.push_back({.kind = WatchEvent::Kind::kHeartbeat, .heartbeat = message.heartbeat()});
  }
  if (message.has_ended()) {
    events.push_back({.kind = WatchEvent::Kind::kEnded, .job = message.ended().job()});
  }
}

}  // namespace

std::vector<v1::Snapshot> WatchRecord::Snapshots() const {
  std::vector<v1::Snapshot> snapshots;
  for (const WatchEvent& event : events) {
    if (event.kind == WatchEvent::Kind::kSnapshot) snapshots.push_back(event.snapshot);
  }
  return snapshots;
}

std::optional<v1::Job> WatchRecord::Ended() const {
  if (events.empty() || events.back().kind != WatchEvent::Kind::kEnded) return std::nullopt;
  return events.back().job;
}

RpcClient::RpcClient(const std::string& address,
                     std::vector<std::pair<std::string, std::string>> metadata)
    : metadata_(std::move(metadata)),
      channel_(OwnConnection(address)),
      datasets_(v1::DatasetService::NewStub(channel_)),
      jobs_(v1::JobService::NewStub(channel_)),
      snapshots_(v1::SnapshotService::NewStub(channel_)),
      servers_(v1::ServerService::NewStub(channel_)) {}

void RpcClient::Prepare(grpc::ClientContext& context, int deadline_seconds) const {
  context.set_deadline(std::chrono::system_clock::now() + std::chrono::seconds(deadline_seconds));
  for (const auto& [key, value] : metadata_) context.AddMetadata(key, value);
}

grpc::Status RpcClient::CreateDataset(const v1::CreateDatasetRequest& request,
                                      v1::Dataset* dataset) {
  grpc::ClientContext context;
  Prepare(context);
  return datasets_->CreateDataset(&context, request, dataset);
}

grpc::Status RpcClient::GetDataset(const std::string& name, v1::Dataset* dataset) {
  grpc::ClientContext context;
  Prepare(context);
  v1::GetDatasetRequest request;
  request.set_name(name);
  return datasets_->GetDataset(&context, request, dataset);
}

grpc::Status RpcClient::ListDatasets(const v1::ListDatasetsRequest& request,
                                     v1::ListDatasetsResponse* response) {
  grpc::ClientContext context;
  Prepare(context);
  return datasets_->ListDatasets(&context, request, response);
}

grpc::Status RpcClient::CreateJob(const v1::CreateJobRequest& request, v1::Job* job) {
  grpc::ClientContext context;
  Prepare(context);
  return jobs_->CreateJob(&context, request, job);
}

grpc::Status RpcClient::CreateJob(const v1::JobSpec& spec, v1::Job* job) {
  v1::CreateJobRequest request;
  *request.mutable_spec() = spec;
  return CreateJob(request, job);
}

grpc::Status RpcClient::GetJob(const std::string& name, v1::Job* job) {
  grpc::ClientContext context;
  Prepare(context);
  v1::GetJobRequest request;
  request.set_name(name);
  return jobs_->GetJob(&context, request, job);
}

grpc::Status RpcClient::ListJobs(const v1::ListJobsRequest& request,
                                 v1::ListJobsResponse* response) {
  grpc::ClientContext context;
  Prepare(context);
  return jobs_->ListJobs(&context, request, response);
}

grpc::Status RpcClient::CancelJob(const std::string& name, v1::Job* job) {
  grpc::ClientContext context;
  Prepare(context);
  v1::CancelJobRequest request;
  request.set_name(name);
  return jobs_->CancelJob(&context, request, job);
}

grpc::Status RpcClient::ListSnapshots(const v1::ListSnapshotsRequest& request,
                                      v1::ListSnapshotsResponse* response) {
  grpc::ClientContext context;
  Prepare(context);
  return snapshots_->ListSnapshots(&context, request, response);
}

grpc::Status RpcClient::GetServerInfo(v1::GetServerInfoResponse* response) {
  grpc::ClientContext context;
  Prepare(context);
  return servers_->GetServerInfo(&context, {}, response);
}

RpcClient::SnapshotRead RpcClient::GetSnapshot(const std::string& name) {
  grpc::ClientContext context;
  Prepare(context);
  v1::GetSnapshotRequest request;
  request.set_name(name);
  SnapshotRead read;
  const auto reader = snapshots_->GetSnapshot(&context, request);
  v1::GetSnapshotResponse message;
  while (reader->Read(&message)) {
    if (message.has_snapshot()) {
      read.snapshot = message.snapshot();
      continue;
    }
    const v1::TensorChunk& chunk = message.chunk();
    read.chunks.push_back(chunk);
    if (chunk.tensor_index() >= read.snapshot.parameters_size()) continue;
    std::string& data = *read.snapshot.mutable_parameters(chunk.tensor_index())->mutable_data();
    const auto end = static_cast<size_t>(chunk.offset()) + chunk.data().size();
    if (data.size() < end) data.resize(end);
    data.replace(static_cast<size_t>(chunk.offset()), chunk.data().size(), chunk.data());
  }
  read.status = reader->Finish();
  return read;
}

WatchRecord RpcClient::Watch(const v1::WatchSnapshotsRequest& request,
                             const OnMessage& on_message) {
  grpc::ClientContext context;
  Prepare(context, /*deadline_seconds=*/60);
  WatchRecord record;
  record.request = request;
  const auto reader = snapshots_->WatchSnapshots(&context, request);
  v1::WatchSnapshotsResponse message;
  while (reader->Read(&message)) {
    Record(message, record.events);
    if (on_message != nullptr && !on_message(message)) {
      context.TryCancel();
      break;
    }
  }
  record.status = reader->Finish();
  return record;
}

WatchRecord RpcClient::Watch(const std::string& job, int64_t start_index) {
  v1::WatchSnapshotsRequest request;
  request.set_name(job);
  request.set_start_index(start_index);
  return Watch(request);
}

ErrorDetails DetailsOf(const grpc::Status& status) {
  ErrorDetails details;
  google::rpc::Status packed;
  details.parsed = !status.error_details().empty() &&
                   packed.ParseFromString(status.error_details()) &&
                   packed.code() == static_cast<int>(status.error_code()) &&
                   packed.message() == status.error_message();
  for (const google::protobuf::Any& detail : packed.details()) {
    if (detail.UnpackTo(&details.bad_request)) continue;
    detail.UnpackTo(&details.info);
  }
  return details;
}

v1::CreateDatasetRequest GeneratedDataset(const std::string& id, v1::Generator generator,
                                          int64_t points) {
  v1::CreateDatasetRequest request;
  request.set_dataset_id(id);
  v1::GeneratorSource* source = request.mutable_dataset()->mutable_generator();
  source->set_generator(generator);
  source->set_train_per_class(points);
  source->set_validation_per_class((points + 3) / 4 * 2);
  return request;
}

v1::JobSpec MlpSpec(const std::string& dataset, const std::vector<int32_t>& hidden_units,
                    int32_t epochs, int32_t batch_size) {
  v1::JobSpec spec;
  spec.set_dataset(absl::StrCat("datasets/", dataset));
  for (const int32_t units : hidden_units) spec.mutable_mlp()->add_hidden_units(units);
  spec.mutable_training()->set_epochs(epochs);
  spec.mutable_training()->set_batch_size(batch_size);
  return spec;
}

}  // namespace percept::testing
