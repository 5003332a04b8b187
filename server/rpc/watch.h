#ifndef PERCEPT_SERVER_RPC_WATCH_H_
#define PERCEPT_SERVER_RPC_WATCH_H_

#include <grpcpp/grpcpp.h>

#include "server/base/clock.h"
#include "server/rpc/job_feed.h"
#include "server/rpc/viewer_stream.h"
#include "server/training/scheduler.h"

namespace percept::rpc {

// What streams are made of; all must outlive them.
struct StreamParts {
  ViewerStreams* streams = nullptr;
  JobFeeds* feeds = nullptr;
  const training::Scheduler* scheduler = nullptr;
  const Clock* clock = nullptr;
};

// Begins the watch that `bytes`, a serialised WatchSnapshotsRequest, asks for. The caller hands the
// reactor to gRPC; it frees itself.
grpc::ServerWriteReactor<grpc::ByteBuffer>* BeginWatch(const StreamParts& parts,
                                                       grpc::CallbackServerContext* context,
                                                       const grpc::ByteBuffer& bytes);

}  // namespace percept::rpc

#endif  // PERCEPT_SERVER_RPC_WATCH_H_
