#ifndef PERCEPT_SERVER_RPC_SUBSCRIPTION_H_
#define PERCEPT_SERVER_RPC_SUBSCRIPTION_H_

#include <map>
#include <memory>
#include <string>

#include "absl/base/thread_annotations.h"
#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "absl/synchronization/mutex.h"
#include <grpcpp/grpcpp.h>

#include "percept/v1/subscription_service.pb.h"
#include "server/rpc/job_list_feed.h"
#include "server/rpc/watch.h"

namespace percept::rpc {

class Subscription;

// The subscriptions that are open. Must outlive the gRPC server. Thread-safe.
class Subscriptions {
 public:
  // All must outlive the subscriptions.
  Subscriptions(const StreamParts& parts, JobListFeeds* lists) : parts_(parts), lists_(lists) {}

  Subscriptions(const Subscriptions&) = delete;
  Subscriptions& operator=(const Subscriptions&) = delete;

  // Begins the subscription that `bytes`, a serialised SubscribeRequest, asks for. The caller hands
  // the reactor to gRPC; it frees itself.
  grpc::ServerWriteReactor<grpc::ByteBuffer>* Begin(grpc::CallbackServerContext* context,
                                                    const grpc::ByteBuffer& bytes)
      ABSL_LOCKS_EXCLUDED(mutex_);

  // Changes the topics of one of `owner`'s subscriptions, as UpdateSubscription. May block.
  absl::Status Update(absl::string_view owner, const v1::UpdateSubscriptionRequest& request,
                      v1::UpdateSubscriptionResponse& response) ABSL_LOCKS_EXCLUDED(mutex_);

 private:
  friend class Subscription;

  void Remove(const std::string& id) ABSL_LOCKS_EXCLUDED(mutex_);

  const StreamParts parts_;
  JobListFeeds* const lists_;
  absl::Mutex mutex_;
  std::map<std::string, std::weak_ptr<Subscription>, std::less<>> open_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace percept::rpc

#endif  // PERCEPT_SERVER_RPC_SUBSCRIPTION_H_
