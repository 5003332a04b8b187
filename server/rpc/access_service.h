#ifndef PERCEPT_SERVER_RPC_ACCESS_SERVICE_H_
#define PERCEPT_SERVER_RPC_ACCESS_SERVICE_H_

#include <string>

#include "absl/base/thread_annotations.h"
#include "absl/synchronization/mutex.h"

#include "percept/v1/access_service.grpc.pb.h"
#include "server/base/clock.h"
#include "server/base/thread_pool.h"
#include "server/rpc/access/access_control.h"

namespace percept::rpc {

// See proto/percept/v1/access_service.proto.
class AccessService final : public v1::AccessService::CallbackService {
 public:
  // All must outlive the service.
  AccessService(AccessControl* access, ThreadPool* pool, const Clock* clock)
      : access_(access), pool_(pool), clock_(clock) {}

  // Where the HTTP listener shows its pages, such as `http://127.0.0.1:7880`; unset where there is
  // none.
  void set_http_origin(std::string origin) ABSL_LOCKS_EXCLUDED(mutex_) {
    absl::MutexLock lock(&mutex_);
    http_origin_ = std::move(origin);
  }

  grpc::ServerUnaryReactor* GetCaller(grpc::CallbackServerContext* context,
                                      const v1::GetCallerRequest* request,
                                      v1::Caller* response) override;
  grpc::ServerUnaryReactor* OpenClassLink(grpc::CallbackServerContext* context,
                                          const v1::OpenClassLinkRequest* request,
                                          v1::OpenClassLinkResponse* response) override;
  grpc::ServerUnaryReactor* CloseClassLink(grpc::CallbackServerContext* context,
                                           const v1::CloseClassLinkRequest* request,
                                           google::protobuf::Empty* response) override;

 private:
  AccessControl* const access_;
  ThreadPool* const pool_;
  const Clock* const clock_;
  absl::Mutex mutex_;
  std::string http_origin_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace percept::rpc

#endif  // PERCEPT_SERVER_RPC_ACCESS_SERVICE_H_
