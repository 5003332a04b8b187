#ifndef PERCEPT_SERVER_RPC_JOB_SERVICE_H_
#define PERCEPT_SERVER_RPC_JOB_SERVICE_H_

#include <functional>
#include <string>

#include "percept/v1/job_service.grpc.pb.h"
#include "server/base/thread_pool.h"
#include "server/training/scheduler.h"

namespace percept::rpc {

// See proto/percept/v1/job_service.proto.
class JobService final : public v1::JobService::CallbackService {
 public:
  // Both must outlive the service.
  JobService(training::Scheduler* scheduler, ThreadPool* pool)
      : scheduler_(scheduler), pool_(pool) {}

  grpc::ServerUnaryReactor* CreateJob(grpc::CallbackServerContext* context,
                                      const v1::CreateJobRequest* request,
                                      v1::Job* response) override;
  grpc::ServerUnaryReactor* GetJob(grpc::CallbackServerContext* context,
                                   const v1::GetJobRequest* request, v1::Job* response) override;
  grpc::ServerUnaryReactor* ListJobs(grpc::CallbackServerContext* context,
                                     const v1::ListJobsRequest* request,
                                     v1::ListJobsResponse* response) override;
  grpc::ServerUnaryReactor* CancelJob(grpc::CallbackServerContext* context,
                                      const v1::CancelJobRequest* request,
                                      v1::Job* response) override;
  grpc::ServerUnaryReactor* PauseJob(grpc::CallbackServerContext* context,
                                     const v1::PauseJobRequest* request,
                                     v1::Job* response) override;
  grpc::ServerUnaryReactor* ResumeJob(grpc::CallbackServerContext* context,
                                      const v1::ResumeJobRequest* request,
                                      v1::Job* response) override;
  grpc::ServerUnaryReactor* DeleteJob(grpc::CallbackServerContext* context,
                                      const v1::DeleteJobRequest* request,
                                      google::protobuf::Empty* response) override;
  grpc::ServerUnaryReactor* ShareJob(grpc::CallbackServerContext* context,
                                     const v1::ShareJobRequest* request,
                                     v1::Job* response) override;

 private:
  // Answers with what a method of the scheduler says of the job called `name`, which is the
  // request's.
  using JobMethod =
      std::function<absl::StatusOr<training::JobView>(training::Scheduler&, const std::string& id)>;
  grpc::ServerUnaryReactor* AnswerWithJob(grpc::CallbackServerContext* context,
                                          const std::string& name, v1::Job* response,
                                          JobMethod method);

  training::Scheduler* const scheduler_;
  ThreadPool* const pool_;
};

}  // namespace percept::rpc

#endif  // PERCEPT_SERVER_RPC_JOB_SERVICE_H_
