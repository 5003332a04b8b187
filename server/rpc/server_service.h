#ifndef PERCEPT_SERVER_RPC_SERVER_SERVICE_H_
#define PERCEPT_SERVER_RPC_SERVER_SERVICE_H_

#include <string>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/synchronization/mutex.h"

#include "percept/v1/server_service.grpc.pb.h"
#include "server/base/clock.h"
#include "server/base/thread_pool.h"
#include "server/data/catalogue.h"
#include "server/rpc/access/access_control.h"
#include "server/rpc/viewer_stream.h"
#include "server/storage/repositories.h"
#include "server/training/scheduler.h"

namespace percept::rpc {

// What a server says of itself that does not change while it runs.
struct ServerFacts {
  std::string version;
  int32_t engine_revision = 0;
  std::string instruction_set;
  int64_t max_message_bytes = 0;
  int64_t max_upload_bytes = 0;
  absl::Time start_time;
};

// See proto/percept/v1/server_service.proto.
class ServerService final : public v1::ServerService::CallbackService {
 public:
  // All pointers must outlive the service.
  ServerService(ServerFacts facts, training::Scheduler* scheduler, data::Catalogue* catalogue,
                const storage::Store* store, const ViewerStreams* streams,
                const AccessControl* access, ThreadPool* pool, const Clock* clock)
      : facts_(std::move(facts)),
        scheduler_(scheduler),
        catalogue_(catalogue),
        store_(store),
        streams_(streams),
        access_(access),
        pool_(pool),
        clock_(clock) {}

  // The address it listens on, once known; requests may come in before.
  void set_grpc_address(std::string address) ABSL_LOCKS_EXCLUDED(mutex_) {
    absl::MutexLock lock(&mutex_);
    grpc_address_ = std::move(address);
  }

  // The same of the HTTP listener; stays unset where there is none.
  void set_http_address(std::string address) ABSL_LOCKS_EXCLUDED(mutex_) {
    absl::MutexLock lock(&mutex_);
    http_address_ = std::move(address);
  }

  grpc::ServerUnaryReactor* GetServerInfo(grpc::CallbackServerContext* context,
                                          const v1::GetServerInfoRequest* request,
                                          v1::GetServerInfoResponse* response) override;
  grpc::ServerUnaryReactor* SetLogLevel(grpc::CallbackServerContext* context,
                                        const v1::SetLogLevelRequest* request,
                                        v1::SetLogLevelResponse* response) override;

 private:
  const ServerFacts facts_;
  training::Scheduler* const scheduler_;
  data::Catalogue* const catalogue_;
  const storage::Store* const store_;
  const ViewerStreams* const streams_;
  const AccessControl* const access_;
  ThreadPool* const pool_;
  const Clock* const clock_;
  absl::Mutex mutex_;
  std::string grpc_address_ ABSL_GUARDED_BY(mutex_);
  std::string http_address_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace percept::rpc

#endif  // PERCEPT_SERVER_RPC_SERVER_SERVICE_H_
