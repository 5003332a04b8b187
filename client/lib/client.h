#ifndef PERCEPT_CLIENT_LIB_CLIENT_H_
#define PERCEPT_CLIENT_LIB_CLIENT_H_

#include <cstdint>
#include <memory>
#include <string>

#include "absl/functional/function_ref.h"
#include "absl/random/random.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "grpc/health/v1/health.pb.h"
#include <grpcpp/channel.h>
#include <grpcpp/client_context.h>

#include "client/lib/backoff.h"
#include "client/lib/cancellation.h"
#include "client/lib/channel.h"
#include "percept/v1/access_service.grpc.pb.h"
#include "percept/v1/dataset_service.grpc.pb.h"
#include "percept/v1/demo_service.grpc.pb.h"
#include "percept/v1/inspect_service.grpc.pb.h"
#include "percept/v1/job_service.grpc.pb.h"
#include "percept/v1/server_service.grpc.pb.h"
#include "percept/v1/snapshot_service.grpc.pb.h"

namespace percept::client {

struct ClientOptions {
  // Where the server is: HOST:PORT, unix:PATH, or https://HOST:PORT for TLS.
  std::string server = "127.0.0.1:7878";
  // For a server that speaks TLS.
  TlsOptions tls;
  // Sent as a bearer token when not empty. Printable ASCII.
  std::string token;
  // Who asks; the server takes it for the owner of what is made. Printable ASCII.
  std::string owner;
  // Longest time for a call, all its attempts together.
  absl::Duration deadline = absl::Seconds(10);
  // The same for calls that make the server read, compute or write a whole data set.
  absl::Duration long_deadline = absl::Minutes(10);
  // Most attempts of a call that is safe to repeat.
  int attempts = 4;
  BackoffLimits backoff;
  // Ends all calls when cancelled. Optional; must outlive the client.
  Cancellation* cancellation = nullptr;
};

// Takes the next bytes of a file that a server sends, which is `total_bytes` long. An error ends
// the transfer and becomes its outcome.
using FileSink = absl::FunctionRef<absl::Status(absl::string_view data, int64_t total_bytes)>;

// Takes the next message of a stream. An error ends the stream and becomes its outcome.
template <typename Response>
using StreamSink = absl::FunctionRef<absl::Status(const Response&)>;

// Talks to a perceptd. It connects on the first call and again whenever needed.
//
// Every call but a stream, such as the transfer of a file, has a deadline. Those that are safe to
// repeat are repeated while the server is unavailable. Errors carry the server's code and, to the
// letter, its message; a server out of reach is Unavailable or DeadlineExceeded with a message that
// says where it was looked for; a call that the cancellation ended is Cancelled. Not thread-safe.
class Client {
 public:
  explicit Client(ClientOptions options);

  absl::StatusOr<v1::Dataset> CreateDataset(const v1::CreateDatasetRequest& request);
  absl::StatusOr<v1::Dataset> GetDataset(const v1::GetDatasetRequest& request);
  absl::StatusOr<v1::ListDatasetsResponse> ListDatasets(const v1::ListDatasetsRequest& request);
  absl::StatusOr<v1::Dataset> ShareDataset(const v1::ShareDatasetRequest& request);
  absl::Status DeleteDataset(const v1::DeleteDatasetRequest& request);
  // Not repeated with `include_test`, which is recorded each time.
  absl::StatusOr<v1::ReadExamplesResponse> ReadExamples(const v1::ReadExamplesRequest& request);
  // Gives the file's bytes to `sink`, in order. DataLoss when the server leaves some out.
  absl::Status ExportDataset(const v1::ExportDatasetRequest& request, FileSink sink);

  // The calls of an upload; upload.h puts them together. A chunk is sent once: what became of one
  // whose answer was lost is for GetUpload to tell.
  absl::StatusOr<v1::Upload> CreateUpload(const v1::CreateUploadRequest& request);
  absl::StatusOr<v1::Upload> GetUpload(const v1::GetUploadRequest& request);
  absl::StatusOr<v1::Upload> UploadChunk(const v1::UploadChunkRequest& request);
  absl::StatusOr<v1::Dataset> FinishUpload(const v1::FinishUploadRequest& request);
  // Goes out even after the cancellation, since cleaning up is what it is for; it takes 2 s at
  // most.
  absl::Status DeleteUpload(const v1::DeleteUploadRequest& request);

  // Safe to repeat only with a `request_id`, so it is repeated only then.
  absl::StatusOr<v1::Job> CreateJob(const v1::CreateJobRequest& request);
  absl::StatusOr<v1::Job> GetJob(const v1::GetJobRequest& request);
  absl::StatusOr<v1::ListJobsResponse> ListJobs(const v1::ListJobsRequest& request);
  absl::StatusOr<v1::Job> CancelJob(const v1::CancelJobRequest& request);
  absl::StatusOr<v1::Job> PauseJob(const v1::PauseJobRequest& request);
  absl::StatusOr<v1::Job> ResumeJob(const v1::ResumeJobRequest& request);
  absl::StatusOr<v1::Job> ShareJob(const v1::ShareJobRequest& request);
  absl::Status DeleteJob(const v1::DeleteJobRequest& request);

  absl::StatusOr<v1::ListSnapshotsResponse> ListSnapshots(const v1::ListSnapshotsRequest& request);
  absl::StatusOr<v1::GetMetricSeriesResponse> GetMetricSeries(
      const v1::GetMetricSeriesRequest& request);
  absl::StatusOr<v1::ListEpochsResponse> ListEpochs(const v1::ListEpochsRequest& request);
  // As ExportDataset.
  absl::Status ExportModel(const v1::ExportModelRequest& request, FileSink sink);

  absl::StatusOr<v1::EvaluateValidationResponse> EvaluateValidation(
      const v1::EvaluateValidationRequest& request);
  // Never repeated: each is recorded.
  absl::StatusOr<v1::EvaluateTestResponse> EvaluateTest(const v1::EvaluateTestRequest& request);

  absl::StatusOr<v1::PredictResponse> Predict(const v1::PredictRequest& request);
  absl::StatusOr<v1::DecisionGridResponse> DecisionGrid(const v1::DecisionGridRequest& request);
  absl::StatusOr<v1::LatentResponse> Latent(const v1::LatentRequest& request);
  absl::StatusOr<v1::WeightImagesResponse> WeightImages(const v1::WeightImagesRequest& request);
  absl::StatusOr<v1::BatchResponse> Batch(const v1::BatchRequest& request);
  absl::StatusOr<v1::ConfusionMatrixResponse> ConfusionMatrix(
      const v1::ConfusionMatrixRequest& request);
  absl::StatusOr<v1::CapacityResponse> Capacity(const v1::CapacityRequest& request);
  // Gives the steps to `sink` as they are made, in order; the result comes with the last message.
  // DataLoss when the server ends without one. Not repeated.
  absl::Status Explore(const v1::ExploreRequest& request, StreamSink<v1::ExploreResponse> sink);
  // As Explore.
  absl::Status Attack(const v1::AttackRequest& request, StreamSink<v1::AttackResponse> sink);

  absl::StatusOr<v1::OptimizeScalarResponse> OptimizeScalar(
      const v1::OptimizeScalarRequest& request);
  absl::StatusOr<v1::CompareActivationsResponse> CompareActivations(
      const v1::CompareActivationsRequest& request);
  absl::StatusOr<v1::CrossEntropyResponse> CrossEntropy(const v1::CrossEntropyRequest& request);
  absl::StatusOr<v1::BackpropExampleResponse> BackpropExample(
      const v1::BackpropExampleRequest& request);
  absl::StatusOr<v1::ScheduleResponse> Schedule(const v1::ScheduleRequest& request);
  absl::StatusOr<v1::GradientFlowResponse> GradientFlow(const v1::GradientFlowRequest& request);
  absl::StatusOr<v1::ImageStructureResponse> ImageStructure(
      const v1::ImageStructureRequest& request);
  absl::StatusOr<v1::ManualClassifierResponse> ManualClassifier(
      const v1::ManualClassifierRequest& request);

  absl::StatusOr<v1::Caller> GetCaller();
  // Not repeated: each makes another link.
  absl::StatusOr<v1::OpenClassLinkResponse> OpenClassLink(const v1::OpenClassLinkRequest& request);
  absl::Status CloseClassLink();

  absl::StatusOr<v1::GetServerInfoResponse> GetServerInfo();
  absl::StatusOr<v1::SetLogLevelResponse> SetLogLevel(const std::string& level);

  // Asks the standard health service about the server as a whole. One attempt: the answer is about
  // this moment.
  absl::StatusOr<grpc::health::v1::HealthCheckResponse> CheckHealth();

  // Adds what every call carries: who asks, and the token.
  void PrepareContext(grpc::ClientContext* context) const;

  // Waits for `time` before another attempt and lets the connection come about meanwhile, which it
  // does only while somebody waits for it. True, within milliseconds, when cancelled.
  bool WaitToRetry(absl::Duration time);

  const ClientOptions& options() const { return options_; }
  v1::SnapshotService::StubInterface& snapshots() { return *snapshots_; }

 private:
  enum class Repeat { kSafe, kUnsafe };

  // How a call is made.
  struct CallPolicy {
    Repeat repeat;
    absl::Duration deadline;  // All attempts together.
    Cancellation* cancellation;
  };
  CallPolicy Quick(Repeat repeat) const;
  CallPolicy Long(Repeat repeat) const;

  // Runs a unary call until it is done, refused or out of time.
  absl::Status Call(const CallPolicy& policy,
                    absl::FunctionRef<grpc::Status(grpc::ClientContext*)> call);
  // The same for a method of a stub.
  template <typename Stub, typename Request, typename Response>
  absl::StatusOr<Response> Call(const CallPolicy& policy, Stub& stub,
                                grpc::Status (Stub::*method)(grpc::ClientContext*, const Request&,
                                                             Response*),
                                const Request& request);
  // Receives what a stub's method streams.
  template <typename Stub, typename Request, typename Response>
  absl::Status Stream(Stub& stub,
                      std::unique_ptr<grpc::ClientReaderInterface<Response>> (Stub::*method)(
                          grpc::ClientContext*, const Request&),
                      const Request& request, StreamSink<Response> sink);
  // The same for steps, the last of which brings the result.
  template <typename Request, typename Response>
  absl::Status Follow(std::unique_ptr<grpc::ClientReaderInterface<Response>> (
                          v1::InspectService::StubInterface::*method)(grpc::ClientContext*,
                                                                      const Request&),
                      const Request& request, StreamSink<Response> sink);
  // Receives a file that a stub's method sends in pieces.
  template <typename Stub, typename Request, typename Piece>
  absl::Status Receive(Stub& stub,
                       std::unique_ptr<grpc::ClientReaderInterface<Piece>> (Stub::*method)(
                           grpc::ClientContext*, const Request&),
                       const Request& request, FileSink sink);

  const ClientOptions options_;
  absl::BitGen random_;
  const std::shared_ptr<grpc::Channel> channel_;
  const std::unique_ptr<v1::DatasetService::StubInterface> datasets_;
  const std::unique_ptr<v1::JobService::StubInterface> jobs_;
  const std::unique_ptr<v1::SnapshotService::StubInterface> snapshots_;
  const std::unique_ptr<v1::InspectService::StubInterface> inspection_;
  const std::unique_ptr<v1::DemoService::StubInterface> demos_;
  const std::unique_ptr<v1::ServerService::StubInterface> servers_;
  const std::unique_ptr<v1::AccessService::StubInterface> access_;
};

}  // namespace percept::client

#endif  // PERCEPT_CLIENT_LIB_CLIENT_H_
