#include "tests/robustness/follower.h"

#include <utility>

#include "tests/robustness/rpc_status.h"
#include "tests/support/rpc_client.h"
#include "tests/support/subscription_call.h"

namespace percept::testing {
namespace {

// A watch that its own deadline has ended goes on with the same server, one that a dead server cut
// with the next. All else is refused for good.
bool IsLate(const grpc::Status& status) {
  return status.error_code() == grpc::StatusCode::DEADLINE_EXCEEDED;
}

}  // namespace

void ServerAddress::Set(std::string address) {
  absl::MutexLock lock(&mutex_);
  address_ = std::move(address);
  ++life_;
}

void ServerAddress::Close() {
  absl::MutexLock lock(&mutex_);
  closed_ = true;
}

std::optional<std::string> ServerAddress::AwaitLater(int& life) {
  absl::MutexLock lock(&mutex_);
  const auto is_later = [&]() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) {
    return closed_ || life_ > life;
  };
  mutex_.Await(absl::Condition(&is_later));
  if (closed_) return std::nullopt;
  life = life_;
  return address_;
}

Follower::Follower(ServerAddress* server, std::string job, Way way)
    : server_(server), way_(way), thread_([this, job = std::move(job)] { Follow(job); }) {}

Follower::~Follower() { thread_.join(); }

void Follower::Follow(const std::string& job) {
  int life = 0;
  std::optional<std::string> address;
  while (!is_done_) {
    if (history_.empty() || !IsLate(history_.back().status)) address = server_->AwaitLater(life);
    if (!address.has_value()) return;
    v1::WatchSnapshotsRequest request;
    request.set_name(job);
    request.set_start_index(next_index_);
    request.set_delivery(way_ == Way::kLatest ? v1::DELIVERY_LATEST : v1::DELIVERY_EVERY);
    RpcClient client(*address);
    history_.push_back(way_ == Way::kSubscription ? Subscribe(client, request)
                                                  : Watch(client, request));
    const WatchRecord& watch = history_.back();
    is_done_ = watch.Ended().has_value() ||
               !(IsServerGone(ToStatus(watch.status)) || IsLate(watch.status));
  }
}

WatchRecord Follower::Watch(RpcClient& client, const v1::WatchSnapshotsRequest& request) {
  return client.Watch(request, [this](const auto& message) {
    Note(message);
    return true;
  });
}

WatchRecord Follower::Subscribe(RpcClient& client, const v1::WatchSnapshotsRequest& request) {
  const std::string topic = "job";
  SubscriptionCall call(
      client, {JobListTopic("list"), SnapshotsTopic(topic, request.name(), request.start_index())});
  const v1::SubscribeResponse last = call.ReadUntil([&](const v1::SubscribeResponse& message) {
    if (message.topic_id() == topic) Note(message.snapshots());
    return message.topic_id() == topic && message.has_closed();
  });
  WatchRecord watch = call.Watched(topic);
  watch.request = request;
  if (!last.has_closed()) watch.status = call.Finish();
  return watch;
}

void Follower::Note(const v1::WatchSnapshotsResponse& message) {
  if (!message.snapshots().empty()) next_index_ = message.snapshots().rbegin()->index() + 1;
}

}  // namespace percept::testing
