#ifndef PERCEPT_TESTS_SUPPORT_RPC_CLIENT_H_
#define PERCEPT_TESTS_SUPPORT_RPC_CLIENT_H_

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include <grpcpp/grpcpp.h>

#include "google/rpc/error_details.pb.h"
#include "percept/v1/dataset_service.grpc.pb.h"
#include "percept/v1/inspect_service.grpc.pb.h"
#include "percept/v1/job_service.grpc.pb.h"
#include "percept/v1/server_service.grpc.pb.h"
#include "percept/v1/snapshot_service.grpc.pb.h"

namespace percept::testing {

// What one watch was sent, in the order in which it came.
struct WatchEvent {
  enum class Kind { kSnapshot, kHeartbeat, kEnded };
  Kind kind = Kind::kSnapshot;
  v1::Snapshot snapshot;    // Of kSnapshot.
  int64_t skipped = 0;      // Of kSnapshot: left out before it.
  v1::Heartbeat heartbeat;  // Of kHeartbeat.
  v1::Job job;              // Of kEnded.
};

// One watch from its request to its status.
struct WatchRecord {
  v1::WatchSnapshotsRequest request;
  std::vector<WatchEvent> events;
  grpc::Status status;

  std::vector<v1::Snapshot> Snapshots() const;
  // The job of the last message; unset unless that was the end.
  std::optional<v1::Job> Ended() const;
};

// Appends what a message of a watch tells.
void Record(const v1::WatchSnapshotsResponse& message, std::vector<WatchEvent>& events);

// Stubs on a connection of its own, so that one client's unread messages are no other's trouble.
// Every unary call has a deadline of 30 seconds, every watch one of 60. Thread-safe.
class RpcClient {
 public:
  // Metadata is sent with every call.
  explicit RpcClient(const std::string& address,
                     std::vector<std::pair<std::string, std::string>> metadata = {});

  grpc::Status CreateDataset(const v1::CreateDatasetRequest& request, v1::Dataset* dataset);
  grpc::Status GetDataset(const std::string& name, v1::Dataset* dataset);
  grpc::Status ListDatasets(const v1::ListDatasetsRequest& request,
                            v1::ListDatasetsResponse* response);
  grpc::Status DeleteDataset(const std::string& name);
  grpc::Status ReadExamples(const v1::ReadExamplesRequest& request,
                            v1::ReadExamplesResponse* response);
  grpc::Status CreateUpload(const v1::Upload& asked, v1::Upload* upload);
  grpc::Status GetUpload(const std::string& name, v1::Upload* upload);
  grpc::Status UploadChunk(const v1::UploadChunkRequest& request, v1::Upload* upload);
  grpc::Status FinishUpload(const std::string& name, v1::Dataset* dataset);
  grpc::Status DeleteUpload(const std::string& name);
  grpc::Status CreateJob(const v1::CreateJobRequest& request, v1::Job* job);
  grpc::Status CreateJob(const v1::JobSpec& spec, v1::Job* job);
  grpc::Status GetJob(const std::string& name, v1::Job* job);
  grpc::Status ListJobs(const v1::ListJobsRequest& request, v1::ListJobsResponse* response);
  grpc::Status CancelJob(const std::string& name, v1::Job* job);
  grpc::Status PauseJob(const std::string& name, v1::Job* job);
  grpc::Status ResumeJob(const std::string& name, v1::Job* job);
  grpc::Status DeleteJob(const std::string& name);
  grpc::Status ListSnapshots(const v1::ListSnapshotsRequest& request,
                             v1::ListSnapshotsResponse* response);
  grpc::Status ListEpochs(const v1::ListEpochsRequest& request, v1::ListEpochsResponse* response);
  grpc::Status GetMetricSeries(const v1::GetMetricSeriesRequest& request,
                               v1::GetMetricSeriesResponse* response);
  grpc::Status EvaluateTest(const std::string& snapshot, v1::EvaluateTestResponse* response);
  grpc::Status EvaluateValidation(const std::string& snapshot,
                                  v1::EvaluateValidationResponse* response);
  grpc::Status Predict(const v1::PredictRequest& request, v1::PredictResponse* response);
  grpc::Status DecisionGrid(const v1::DecisionGridRequest& request,
                            v1::DecisionGridResponse* response);
  grpc::Status Latent(const v1::LatentRequest& request, v1::LatentResponse* response);
  grpc::Status WeightImages(const v1::WeightImagesRequest& request,
                            v1::WeightImagesResponse* response);
  grpc::Status Batch(const v1::BatchRequest& request, v1::BatchResponse* response);
  grpc::Status ConfusionMatrix(const v1::ConfusionMatrixRequest& request,
                               v1::ConfusionMatrixResponse* response);
  grpc::Status Capacity(const v1::CapacityRequest& request, v1::CapacityResponse* response);
  // To the end of the path, all messages in one.
  grpc::Status Explore(const v1::ExploreRequest& request, v1::ExploreResponse* response);
  grpc::Status Attack(const v1::AttackRequest& request, v1::AttackResponse* response);
  grpc::Status GetServerInfo(v1::GetServerInfoResponse* response);

  // Reads a snapshot to its end and puts its tensors together from the chunks.
  struct SnapshotRead {
    v1::Snapshot snapshot;
    std::vector<v1::TensorChunk> chunks;  // As they came.
    grpc::Status status;
  };
  SnapshotRead GetSnapshot(const std::string& name);

  // Reads a file to its end, and checks that its chunks follow on each other.
  struct FileRead {
    std::string bytes;
    grpc::Status status;
  };
  FileRead ExportDataset(const std::string& name, bool include_test = false);
  FileRead ExportModel(const std::string& name, v1::ModelFormat format);

  // Follows a watch to its end and records it. `on_message`, when set, sees each message first; the
  // watch is cancelled when it says false.
  using OnMessage = std::function<bool(const v1::WatchSnapshotsResponse&)>;
  WatchRecord Watch(const v1::WatchSnapshotsRequest& request,
                    const OnMessage& on_message = nullptr);
  WatchRecord Watch(const std::string& job, int64_t start_index = 0);

  const std::shared_ptr<grpc::Channel>& channel() const { return channel_; }
  // Gives a context the deadline and the metadata of this client's calls.
  void Prepare(grpc::ClientContext& context, int deadline_seconds = 30) const;

 private:
  const std::vector<std::pair<std::string, std::string>> metadata_;
  const std::shared_ptr<grpc::Channel> channel_;
  const std::unique_ptr<v1::DatasetService::Stub> datasets_;
  const std::unique_ptr<v1::InspectService::Stub> inspect_;
  const std::unique_ptr<v1::JobService::Stub> jobs_;
  const std::unique_ptr<v1::SnapshotService::Stub> snapshots_;
  const std::unique_ptr<v1::ServerService::Stub> servers_;
};

// The google.rpc details of an error; empty members where it has none.
struct ErrorDetails {
  google::rpc::BadRequest bad_request;
  google::rpc::ErrorInfo info;
  bool parsed = false;  // grpc-status-details-bin was there, with the status's code and message.
};
ErrorDetails DetailsOf(const grpc::Status& status);

// A request for a generated data set: `points` per class to train on and half as many, rounded up
// to an even number, to validate on.
v1::CreateDatasetRequest GeneratedDataset(const std::string& id, v1::Generator generator,
                                          int64_t points = 200);

// Sends all of the files that `asked` announces, in chunks of at most `chunk_bytes`, and has the
// data set made. The status is that of the first call that failed.
grpc::Status UploadFiles(RpcClient& client, const v1::Upload& asked,
                         const std::vector<std::string>& contents, v1::Dataset* dataset,
                         size_t chunk_bytes = 1 << 20);

// Announces files with these contents.
v1::Upload UploadOf(const std::string& dataset_id, v1::UploadFormat format,
                    const std::vector<std::string>& contents);

// A spec of an MLP with these hidden layers.
v1::JobSpec MlpSpec(const std::string& dataset, const std::vector<int32_t>& hidden_units,
                    int32_t epochs, int32_t batch_size);

}  // namespace percept::testing

#endif  // PERCEPT_TESTS_SUPPORT_RPC_CLIENT_H_
