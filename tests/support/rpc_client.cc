#include "tests/support/rpc_client.h"

#include <chrono>
#include <utility>

#include "absl/strings/str_cat.h"

#include "google/rpc/status.pb.h"
#include "server/base/crc32c.h"

namespace percept::testing {
namespace {

std::shared_ptr<grpc::Channel> OwnConnection(const std::string& address) {
  grpc::ChannelArguments arguments;
  arguments.SetInt(GRPC_ARG_USE_LOCAL_SUBCHANNEL_POOL, 1);
  return grpc::CreateCustomChannel(address, grpc::InsecureChannelCredentials(), arguments);
}

// A call's context, with the deadline and the metadata of `client`.
class Context final : public grpc::ClientContext {
 public:
  explicit Context(const RpcClient& client) { client.Prepare(*this); }
};

template <typename Request>
Request Named(const std::string& name) {
  Request request;
  request.set_name(name);
  return request;
}

// Merges all messages of a stream into one.
template <typename Response>
grpc::Status MergeAll(grpc::ClientReader<Response>& reader, Response* response) {
  Response message;
  while (reader.Read(&message)) response->MergeFrom(message);
  return reader.Finish();
}

template <typename FileRead, typename Chunk>
FileRead ReadFile(grpc::ClientReader<Chunk>& reader) {
  FileRead read;
  Chunk chunk;
  int64_t total_bytes = 0;
  bool in_order = true;
  while (reader.Read(&chunk)) {
    in_order &= chunk.offset() == static_cast<int64_t>(read.bytes.size());
    total_bytes = chunk.total_bytes();
    read.bytes += chunk.data();
  }
  read.status = reader.Finish();
  if (read.status.ok() && (!in_order || total_bytes != static_cast<int64_t>(read.bytes.size()))) {
    read.status = {grpc::StatusCode::DATA_LOSS, "the chunks do not make up the file"};
  }
  return read;
}

}  // namespace

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
      inspect_(v1::InspectService::NewStub(channel_)),
      jobs_(v1::JobService::NewStub(channel_)),
      snapshots_(v1::SnapshotService::NewStub(channel_)),
      servers_(v1::ServerService::NewStub(channel_)) {}

void RpcClient::Prepare(grpc::ClientContext& context, int deadline_seconds) const {
  context.set_deadline(std::chrono::system_clock::now() + std::chrono::seconds(deadline_seconds));
  for (const auto& [key, value] : metadata_) context.AddMetadata(key, value);
}

grpc::Status RpcClient::CreateDataset(const v1::CreateDatasetRequest& request,
                                      v1::Dataset* dataset) {
  Context context(*this);
  return datasets_->CreateDataset(&context, request, dataset);
}

grpc::Status RpcClient::GetDataset(const std::string& name, v1::Dataset* dataset) {
  Context context(*this);
  return datasets_->GetDataset(&context, Named<v1::GetDatasetRequest>(name), dataset);
}

grpc::Status RpcClient::ListDatasets(const v1::ListDatasetsRequest& request,
                                     v1::ListDatasetsResponse* response) {
  Context context(*this);
  return datasets_->ListDatasets(&context, request, response);
}

grpc::Status RpcClient::DeleteDataset(const std::string& name) {
  Context context(*this);
  google::protobuf::Empty nothing;
  return datasets_->DeleteDataset(&context, Named<v1::DeleteDatasetRequest>(name), &nothing);
}

grpc::Status RpcClient::ReadExamples(const v1::ReadExamplesRequest& request,
                                     v1::ReadExamplesResponse* response) {
  Context context(*this);
  return datasets_->ReadExamples(&context, request, response);
}

grpc::Status RpcClient::CreateUpload(const v1::Upload& asked, v1::Upload* upload) {
  Context context(*this);
  v1::CreateUploadRequest request;
  *request.mutable_upload() = asked;
  return datasets_->CreateUpload(&context, request, upload);
}

grpc::Status RpcClient::GetUpload(const std::string& name, v1::Upload* upload) {
  Context context(*this);
  return datasets_->GetUpload(&context, Named<v1::GetUploadRequest>(name), upload);
}

grpc::Status RpcClient::UploadChunk(const v1::UploadChunkRequest& request, v1::Upload* upload) {
  Context context(*this);
  return datasets_->UploadChunk(&context, request, upload);
}

grpc::Status RpcClient::FinishUpload(const std::string& name, v1::Dataset* dataset) {
  Context context(*this);
  return datasets_->FinishUpload(&context, Named<v1::FinishUploadRequest>(name), dataset);
}

grpc::Status RpcClient::DeleteUpload(const std::string& name) {
  Context context(*this);
  google::protobuf::Empty nothing;
  return datasets_->DeleteUpload(&context, Named<v1::DeleteUploadRequest>(name), &nothing);
}

grpc::Status RpcClient::CreateJob(const v1::CreateJobRequest& request, v1::Job* job) {
  Context context(*this);
  return jobs_->CreateJob(&context, request, job);
}

grpc::Status RpcClient::CreateJob(const v1::JobSpec& spec, v1::Job* job) {
  v1::CreateJobRequest request;
  *request.mutable_spec() = spec;
  return CreateJob(request, job);
}

grpc::Status RpcClient::GetJob(const std::string& name, v1::Job* job) {
  Context context(*this);
  return jobs_->GetJob(&context, Named<v1::GetJobRequest>(name), job);
}

grpc::Status RpcClient::ListJobs(const v1::ListJobsRequest& request,
                                 v1::ListJobsResponse* response) {
  Context context(*this);
  return jobs_->ListJobs(&context, request, response);
}

grpc::Status RpcClient::CancelJob(const std::string& name, v1::Job* job) {
  Context context(*this);
  return jobs_->CancelJob(&context, Named<v1::CancelJobRequest>(name), job);
}

grpc::Status RpcClient::PauseJob(const std::string& name, v1::Job* job) {
  Context context(*this);
  return jobs_->PauseJob(&context, Named<v1::PauseJobRequest>(name), job);
}

grpc::Status RpcClient::ResumeJob(const std::string& name, v1::Job* job) {
  Context context(*this);
  return jobs_->ResumeJob(&context, Named<v1::ResumeJobRequest>(name), job);
}

grpc::Status RpcClient::DeleteJob(const std::string& name) {
  Context context(*this);
  google::protobuf::Empty nothing;
  return jobs_->DeleteJob(&context, Named<v1::DeleteJobRequest>(name), &nothing);
}

grpc::Status RpcClient::ListSnapshots(const v1::ListSnapshotsRequest& request,
                                      v1::ListSnapshotsResponse* response) {
  Context context(*this);
  return snapshots_->ListSnapshots(&context, request, response);
}

grpc::Status RpcClient::ListEpochs(const v1::ListEpochsRequest& request,
                                   v1::ListEpochsResponse* response) {
  Context context(*this);
  return snapshots_->ListEpochs(&context, request, response);
}

grpc::Status RpcClient::GetMetricSeries(const v1::GetMetricSeriesRequest& request,
                                        v1::GetMetricSeriesResponse* response) {
  Context context(*this);
  return snapshots_->GetMetricSeries(&context, request, response);
}

grpc::Status RpcClient::EvaluateTest(const std::string& snapshot,
                                     v1::EvaluateTestResponse* response) {
  Context context(*this);
  v1::EvaluateTestRequest request;
  request.set_snapshot(snapshot);
  return inspect_->EvaluateTest(&context, request, response);
}

grpc::Status RpcClient::EvaluateValidation(const std::string& snapshot,
                                           v1::EvaluateValidationResponse* response) {
  Context context(*this);
  v1::EvaluateValidationRequest request;
  request.set_snapshot(snapshot);
  return inspect_->EvaluateValidation(&context, request, response);
}

grpc::Status RpcClient::Predict(const v1::PredictRequest& request, v1::PredictResponse* response) {
  Context context(*this);
  return inspect_->Predict(&context, request, response);
}

grpc::Status RpcClient::DecisionGrid(const v1::DecisionGridRequest& request,
                                     v1::DecisionGridResponse* response) {
  Context context(*this);
  return inspect_->DecisionGrid(&context, request, response);
}

grpc::Status RpcClient::Latent(const v1::LatentRequest& request, v1::LatentResponse* response) {
  Context context(*this);
  return inspect_->Latent(&context, request, response);
}

grpc::Status RpcClient::WeightImages(const v1::WeightImagesRequest& request,
                                     v1::WeightImagesResponse* response) {
  Context context(*this);
  return inspect_->WeightImages(&context, request, response);
}

grpc::Status RpcClient::Batch(const v1::BatchRequest& request, v1::BatchResponse* response) {
  Context context(*this);
  return inspect_->Batch(&context, request, response);
}

grpc::Status RpcClient::ConfusionMatrix(const v1::ConfusionMatrixRequest& request,
                                        v1::ConfusionMatrixResponse* response) {
  Context context(*this);
  return inspect_->ConfusionMatrix(&context, request, response);
}

grpc::Status RpcClient::Capacity(const v1::CapacityRequest& request,
                                 v1::CapacityResponse* response) {
  Context context(*this);
  return inspect_->Capacity(&context, request, response);
}

grpc::Status RpcClient::Explore(const v1::ExploreRequest& request, v1::ExploreResponse* response) {
  Context context(*this);
  return MergeAll(*inspect_->Explore(&context, request), response);
}

grpc::Status RpcClient::Attack(const v1::AttackRequest& request, v1::AttackResponse* response) {
  Context context(*this);
  return MergeAll(*inspect_->Attack(&context, request), response);
}

grpc::Status RpcClient::GetServerInfo(v1::GetServerInfoResponse* response) {
  Context context(*this);
  return servers_->GetServerInfo(&context, {}, response);
}

RpcClient::FileRead RpcClient::ExportDataset(const std::string& name, bool include_test) {
  Context context(*this);
  auto request = Named<v1::ExportDatasetRequest>(name);
  request.set_include_test(include_test);
  return ReadFile<FileRead, v1::ExportDatasetResponse>(
      *datasets_->ExportDataset(&context, request));
}

RpcClient::FileRead RpcClient::ExportModel(const std::string& name, v1::ModelFormat format) {
  Context context(*this);
  auto request = Named<v1::ExportModelRequest>(name);
  request.set_format(format);
  return ReadFile<FileRead, v1::ExportModelResponse>(*snapshots_->ExportModel(&context, request));
}

RpcClient::SnapshotRead RpcClient::GetSnapshot(const std::string& name) {
  Context context(*this);
  SnapshotRead read;
  const auto reader = snapshots_->GetSnapshot(&context, Named<v1::GetSnapshotRequest>(name));
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

v1::Upload UploadOf(const std::string& dataset_id, v1::UploadFormat format,
                    const std::vector<std::string>& contents) {
  v1::Upload upload;
  upload.set_dataset_id(dataset_id);
  upload.set_format(format);
  for (const std::string& bytes : contents) {
    v1::UploadFile* file = upload.add_files();
    file->set_file_name(absl::StrCat("file-", upload.files_size()));
    file->set_size_bytes(static_cast<int64_t>(bytes.size()));
  }
  return upload;
}

grpc::Status UploadFiles(RpcClient& client, const v1::Upload& asked,
                         const std::vector<std::string>& contents, v1::Dataset* dataset,
                         size_t chunk_bytes) {
  v1::Upload upload;
  grpc::Status status = client.CreateUpload(asked, &upload);
  v1::UploadChunkRequest request;
  request.set_name(upload.name());
  for (size_t number = 0; status.ok() && number < contents.size(); ++number) {
    request.set_file_index(static_cast<int32_t>(number));
    for (size_t at = 0; status.ok() && at < contents[number].size(); at += chunk_bytes) {
      request.set_offset(static_cast<int64_t>(at));
      request.set_data(contents[number].substr(at, chunk_bytes));
      request.set_crc32c(Crc32c(request.data()));
      status = client.UploadChunk(request, &upload);
    }
  }
  return status.ok() ? client.FinishUpload(upload.name(), dataset) : status;
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
