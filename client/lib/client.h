#ifndef PERCEPT_CLIENT_LIB_CLIENT_H_
#define PERCEPT_CLIENT_LIB_CLIENT_H_

#include <memory>
#include <string>

#include "absl/functional/function_ref.h"
#include "absl/random/random.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "grpc/health/v1/health.pb.h"
#include <grpcpp/channel.h>
#include <grpcpp/client_context.h>

#include "client/lib/backoff.h"
#include "client/lib/cancellation.h"
#include "percept/v1/dataset_service.grpc.pb.h"
#include "percept/v1/job_service.grpc.pb.h"
#include "percept/v1/server_service.grpc.pb.h"
#include "percept/v1/snapshot_service.grpc.pb.h"

namespace percept::client {

struct ClientOptions {
  // Where the server is: HOST:PORT, or unix:PATH.
  std::string server = "127.0.0.1:7878";
  // Sent as a bearer token when not empty. Printable ASCII.
  std::string token;
  // Who asks; the server takes it for the owner of what is made. Printable ASCII.
  std::string owner;
  // Longest time for a call, all its attempts together.
  absl::Duration deadline = absl::Seconds(10);
  // Most attempts of a call that is safe to repeat.
  int attempts = 4;
  BackoffLimits backoff;
  // Ends all calls when cancelled. Optional; must outlive the client.
  Cancellation* cancellation = nullptr;
};

// Talks to a perceptd. It connects on the first call and again whenever needed.
//
// Every call has a deadline. Those that are safe to repeat are repeated while the server is
// unavailable. Errors carry the server's code and, to the letter, its message; a server out of
// reach is Unavailable or DeadlineExceeded with a message that says where it was looked for; a call
// that the cancellation ended is Cancelled. Not thread-safe.
class Client {
 public:
  explicit Client(ClientOptions options);

  absl::StatusOr<v1::Dataset> CreateDataset(const v1::CreateDatasetRequest& request);
  absl::StatusOr<v1::Dataset> GetDataset(const v1::GetDatasetRequest& request);
  absl::StatusOr<v1::ListDatasetsResponse> ListDatasets(const v1::ListDatasetsRequest& request);

  // Safe to repeat only with a `request_id`, so it is repeated only then.
  absl::StatusOr<v1::Job> CreateJob(const v1::CreateJobRequest& request);
  absl::StatusOr<v1::Job> GetJob(const v1::GetJobRequest& request);
  absl::StatusOr<v1::ListJobsResponse> ListJobs(const v1::ListJobsRequest& request);
  absl::StatusOr<v1::Job> CancelJob(const v1::CancelJobRequest& request);

  absl::StatusOr<v1::ListSnapshotsResponse> ListSnapshots(const v1::ListSnapshotsRequest& request);

  absl::StatusOr<v1::GetServerInfoResponse> GetServerInfo();

  // Asks the standard health service about the server as a whole. One attempt: the answer is about
  // this moment.
  absl::StatusOr<grpc::health::v1::HealthCheckResponse> CheckHealth();

  // Adds what every call carries: who asks, and the token.
  void PrepareContext(grpc::ClientContext* context) const;

  const ClientOptions& options() const { return options_; }
  v1::SnapshotService::StubInterface& snapshots() { return *snapshots_; }

 private:
  enum class Repeat { kSafe, kUnsafe };

  // Runs a unary call until it is done, refused or out of time.
  absl::Status Call(Repeat repeat, absl::FunctionRef<grpc::Status(grpc::ClientContext*)> call);

  const ClientOptions options_;
  absl::BitGen random_;
  const std::shared_ptr<grpc::Channel> channel_;
  const std::unique_ptr<v1::DatasetService::StubInterface> datasets_;
  const std::unique_ptr<v1::JobService::StubInterface> jobs_;
  const std::unique_ptr<v1::SnapshotService::StubInterface> snapshots_;
  const std::unique_ptr<v1::ServerService::StubInterface> servers_;
};

}  // namespace percept::client

#endif  // PERCEPT_CLIENT_LIB_CLIENT_H_
