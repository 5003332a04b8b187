#ifndef PERCEPT_TESTS_UNIT_CLIENT_FAKE_SERVER_H_
#define PERCEPT_TESTS_UNIT_CLIENT_FAKE_SERVER_H_

#include <atomic>
#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/strings/str_cat.h"
#include "absl/synchronization/mutex.h"
#include <grpcpp/server.h>
#include <grpcpp/server_builder.h>

#include "percept/v1/inspect_service.grpc.pb.h"
#include "percept/v1/job_service.grpc.pb.h"
#include "percept/v1/snapshot_service.grpc.pb.h"

namespace percept::client {

// A server on a free loopback port that does what its test says.
class FakeServer {
 public:
  using Writer = grpc::ServerWriter<v1::WatchSnapshotsResponse>;
  using WatchScript = std::function<grpc::Status(grpc::ServerContext*, Writer*)>;
  using JobScript = std::function<grpc::Status(grpc::ServerContext*, v1::Job*)>;

  // The n-th watch runs the n-th script, and those after the last one the last. Job calls likewise.
  FakeServer(std::vector<WatchScript> watches, std::vector<JobScript> jobs)
      : snapshots_(std::move(watches)), jobs_(std::move(jobs)) {
    grpc::ServerBuilder builder;
    builder.AddListeningPort("127.0.0.1:0", grpc::InsecureServerCredentials(), &port_);
    builder.RegisterService(&snapshots_);
    builder.RegisterService(&jobs_);
    builder.RegisterService(&inspection_);
    server_ = builder.BuildAndStart();
  }
  ~FakeServer() { server_->Shutdown(std::chrono::system_clock::now()); }

  std::string address() const { return absl::StrCat("127.0.0.1:", port_); }
  // `start_index` of each watch so far.
  std::vector<int64_t> starts() const { return snapshots_.starts(); }
  int job_calls() const { return jobs_.calls(); }
  // Questions to models so far; each is answered with Unavailable.
  int inspection_calls() const { return inspection_.calls(); }

 private:
  class Snapshots : public v1::SnapshotService::Service {
   public:
    explicit Snapshots(std::vector<WatchScript> scripts) : scripts_(std::move(scripts)) {}

    grpc::Status WatchSnapshots(grpc::ServerContext* context,
                                const v1::WatchSnapshotsRequest* request, Writer* writer) override {
      size_t call;
      {
        absl::MutexLock lock(&mutex_);
        call = starts_.size();
        starts_.push_back(request->start_index());
      }
      return scripts_[std::min(call, scripts_.size() - 1)](context, writer);
    }

    std::vector<int64_t> starts() const {
      absl::MutexLock lock(&mutex_);
      return starts_;
    }

   private:
    const std::vector<WatchScript> scripts_;
    mutable absl::Mutex mutex_;
    std::vector<int64_t> starts_ ABSL_GUARDED_BY(mutex_);
  };

  class Jobs : public v1::JobService::Service {
   public:
    explicit Jobs(std::vector<JobScript> scripts) : scripts_(std::move(scripts)) {}

    grpc::Status CreateJob(grpc::ServerContext* context, const v1::CreateJobRequest*,
                           v1::Job* job) override {
      return Next(context, job);
    }
    grpc::Status GetJob(grpc::ServerContext* context, const v1::GetJobRequest*,
                        v1::Job* job) override {
      return Next(context, job);
    }

    int calls() const {
      absl::MutexLock lock(&mutex_);
      return calls_;
    }

   private:
    grpc::Status Next(grpc::ServerContext* context, v1::Job* job) {
      size_t call;
      {
        absl::MutexLock lock(&mutex_);
        call = static_cast<size_t>(calls_++);
      }
      return scripts_[std::min(call, scripts_.size() - 1)](context, job);
    }

    const std::vector<JobScript> scripts_;
    mutable absl::Mutex mutex_;
    int calls_ ABSL_GUARDED_BY(mutex_) = 0;
  };

  class Inspection : public v1::InspectService::Service {
   public:
    grpc::Status EvaluateTest(grpc::ServerContext*, const v1::EvaluateTestRequest*,
                              v1::EvaluateTestResponse*) override {
      return Refuse();
    }
    grpc::Status EvaluateValidation(grpc::ServerContext*, const v1::EvaluateValidationRequest*,
                                    v1::EvaluateValidationResponse*) override {
      return Refuse();
    }

    int calls() const { return calls_; }

   private:
    grpc::Status Refuse() {
      ++calls_;
      return grpc::Status(grpc::StatusCode::UNAVAILABLE, "the server is stopping", "details");
    }

    std::atomic<int> calls_ = 0;
  };

  int port_ = 0;
  Snapshots snapshots_;
  Jobs jobs_;
  Inspection inspection_;
  std::unique_ptr<grpc::Server> server_;
};

}  // namespace percept::client

#endif  // PERCEPT_TESTS_UNIT_CLIENT_FAKE_SERVER_H_
