#ifndef PERCEPT_TESTS_SUPPORT_SUBSCRIPTION_CALL_H_
#define PERCEPT_TESTS_SUPPORT_SUBSCRIPTION_CALL_H_

#include <functional>
#include <map>
#include <memory>
#include <string>

#include <grpcpp/grpcpp.h>

#include "percept/v1/subscription_service.grpc.pb.h"
#include "tests/support/rpc_client.h"

namespace percept::testing {

// Topics for requests.
v1::Topic SnapshotsTopic(const std::string& topic_id, const std::string& job,
                         int64_t start_index = 0, v1::Delivery delivery = v1::DELIVERY_UNSPECIFIED);
v1::Topic JobListTopic(const std::string& topic_id, const std::string& filter = "",
                       int32_t max_jobs = 0);

// One subscription from its request to its status. Its deadline is 60 seconds. Not thread-safe, but
// for `Update`.
class SubscriptionCall {
 public:
  // Begins. `client` must outlive the call.
  SubscriptionCall(const RpcClient& client, const std::vector<v1::Topic>& topics);

  // Cancels it if it is not finished.
  ~SubscriptionCall();

  SubscriptionCall(const SubscriptionCall&) = delete;
  SubscriptionCall& operator=(const SubscriptionCall&) = delete;

  // Reads the next message; false at the end.
  bool Read(v1::SubscribeResponse* response);

  // Reads until a message is as wanted, and returns it; a message with no content where none came.
  v1::SubscribeResponse ReadUntil(
      const std::function<bool(const v1::SubscribeResponse&)>& is_wanted);

  // From the first message.
  const std::string& id() const { return id_; }

  // Changes the topics; `subscription_id` is filled in.
  grpc::Status Update(v1::UpdateSubscriptionRequest request,
                      v1::UpdateSubscriptionResponse* response);

  // What was read so far of a topic, as if it had been watched: once the topic is closed, its
  // status is how; else it is Unknown.
  const WatchRecord& Watched(const std::string& topic_id) { return watched_[topic_id]; }

  // How the stream ended; nothing is read any more.
  grpc::Status Finish();
  void Cancel() { context_.TryCancel(); }

 private:
  const RpcClient& client_;
  const std::unique_ptr<v1::SubscriptionService::Stub> stub_;
  grpc::ClientContext context_;
  std::unique_ptr<grpc::ClientReader<v1::SubscribeResponse>> reader_;
  std::string id_;
  std::map<std::string, WatchRecord> watched_;
  bool is_finished_ = false;
};

}  // namespace percept::testing

#endif  // PERCEPT_TESTS_SUPPORT_SUBSCRIPTION_CALL_H_
