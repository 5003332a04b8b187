#ifndef PERCEPT_SERVER_RPC_JOB_SERVICE_H_
#define PERCEPT_SERVER_RPC_JOB_SERVICE_H_

#include "percept/v1/job_service.grpc.pb.h"
#include "server/base/thread_pool.h"
#include "server/training/scheduler.h"

namespace percept::rpc {

// See proto/percept/v1/job_service.proto. Methods not overridden here answer Unimplemented.
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

 private:
  training::Scheduler* const scheduler_;
  ThreadPool* const pool_;
};

}  // namespace percept::rpc

#endif  // PERCEPT_SERVER_RPC_JOB_SERVICE_H_
