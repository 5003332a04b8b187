#ifndef PERCEPT_SERVER_RPC_WATCH_H_
#define PERCEPT_SERVER_RPC_WATCH_H_

#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"
#include <grpcpp/grpcpp.h>

#include "percept/v1/snapshot_service.pb.h"
#include "server/base/clock.h"
#include "server/base/thread_pool.h"
#include "server/training/scheduler.h"

namespace percept::rpc {

class Watch;

// The watches under way: gives them the time for heartbeats and ends them when the server stops.
// Must outlive the gRPC server. Thread-safe.
class WatchSet {
 public:
  // How often a watch looks whether a heartbeat is due.
  static constexpr absl::Duration kTick = absl::Milliseconds(100);

  // All must outlive the set.
  WatchSet(training::Scheduler* scheduler, ThreadPool* pool, const Clock* clock);
  ~WatchSet();

  WatchSet(const WatchSet&) = delete;
  WatchSet& operator=(const WatchSet&) = delete;

  // Begins the watch that `bytes`, a serialised WatchSnapshotsRequest, asks for. The caller hands
  // the reactor to gRPC; it frees itself.
  grpc::ServerWriteReactor<grpc::ByteBuffer>* Begin(const grpc::ByteBuffer* bytes);

  // Ends all watches, now and to come, with Unavailable and the index to resume at.
  void EndAll() ABSL_LOCKS_EXCLUDED(mutex_);

 private:
  friend class Watch;

  void Tick() ABSL_LOCKS_EXCLUDED(mutex_);
  std::vector<std::shared_ptr<Watch>> Live() ABSL_LOCKS_EXCLUDED(mutex_);
  bool ending() const ABSL_LOCKS_EXCLUDED(mutex_);

  training::Scheduler* const scheduler_;
  ThreadPool* const pool_;
  const Clock* const clock_;
  mutable absl::Mutex mutex_;
  std::vector<std::weak_ptr<Watch>> watches_ ABSL_GUARDED_BY(mutex_);
  bool ending_ ABSL_GUARDED_BY(mutex_) = false;
  bool stopping_ ABSL_GUARDED_BY(mutex_) = false;
  std::thread ticker_;
};

}  // namespace percept::rpc

#endif  // PERCEPT_SERVER_RPC_WATCH_H_
