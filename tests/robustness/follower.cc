#include "tests/robustness/follower.h"

#include <utility>

#include "tests/robustness/rpc_status.h"
#include "tests/support/rpc_client.h"

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

Follower::Follower(ServerAddress* server, std::string job)
    : server_(server), thread_([this, job = std::move(job)] { Follow(job); }) {}

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
    history_.push_back(RpcClient(*address).Watch(request, [this](const auto& message) {
      if (!message.snapshots().empty()) next_index_ = message.snapshots().rbegin()->index() + 1;
      return true;
    }));
    const WatchRecord& watch = history_.back();
    is_done_ = watch.Ended().has_value() ||
               !(IsServerGone(ToStatus(watch.status)) || IsLate(watch.status));
  }
}

}  // namespace percept::testing
