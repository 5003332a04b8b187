#include "server/rpc/subscription.h"

#include <algorithm>
#include <optional>
#include <utility>
#include <variant>
#include <vector>

#include "server/base/id.h"
#include "server/base/status.h"
#include "server/rpc/caller.h"
#include "server/rpc/convert_time.h"
#include "server/rpc/subscription_topics.h"

namespace percept::rpc {
namespace {

// Silence after which the stream says that it lives.
constexpr absl::Duration kHeartbeatInterval = absl::Seconds(2);

// 100 random bits, not to be guessed.
std::string NewSubscriptionId() { return absl::StrCat(NewId(), NewId()); }

WireMessage Serialised(const v1::SubscribeResponse& response) {
  WireMessage message;
  message.Append(response.SerializeAsString());
  return message;
}

}  // namespace

// One client's stream of many topics.
class Subscription final : public ViewerStream {
 public:
  Subscription(Subscriptions* subscriptions, grpc::CallbackServerContext* context,
               const std::string& bytes)
      : ViewerStream(subscriptions->parts_.streams, context),
        subscriptions_(subscriptions),
        clock_(subscriptions->parts_.clock),
        owner_(OwnerOf(*context)),
        id_(NewSubscriptionId()),
        is_parsed_(request_.ParseFromString(bytes)),
        topics_([this](const TopicRequest& topic) { return Open(topic); }) {}

  ~Subscription() override { subscriptions_->Remove(id_); }

  const std::string& id() const { return id_; }
  const std::string& owner() const { return owner_; }

  absl::StatusOr<std::vector<std::string>> Change(const std::vector<std::string>& dropped,
                                                  std::vector<TopicRequest> added) {
    absl::MutexLock lock(&step_mutex());
    if (!is_open_) return absl::NotFoundError("is not open yet");
    PERCEPT_RETURN_IF_ERROR(topics_.Change(dropped, std::move(added)));
    WakeSoon();
    return topics_.ids();
  }

 protected:
  absl::StatusOr<std::optional<WireMessage>> Next() override {
    if (!is_open_) return Opened();
    std::optional<WireMessage> message = topics_.Next();
    const absl::Time now = clock_->Now();
    if (!message.has_value() && now - last_message_ >= kHeartbeatInterval) {
      v1::SubscribeResponse response;
      *response.mutable_heartbeat()->mutable_time() = ToProto(now);
      message = Serialised(response);
    }
    if (message.has_value()) last_message_ = now;
    return message;
  }

  bool HasMore() const override { return topics_.HasMore(); }
  bool IsOver() const override { return false; }
  absl::Time due() const override {
    return std::min(topics_.due(), last_message_ + kHeartbeatInterval);
  }
  void Settle() override { topics_.Settle(); }
  std::string whereabouts() const override {
    const std::string topics = topics_.whereabouts();
    return topics.empty() ? "subscribe again" : absl::StrCat("subscribe again, with ", topics);
  }

 private:
  absl::StatusOr<std::optional<WireMessage>> Opened() {
    if (!is_parsed_) return absl::InvalidArgumentError("the request is not a SubscribeRequest");
    PERCEPT_ASSIGN_OR_RETURN(std::vector<TopicRequest> topics,
                             ParseTopics("topics", request_.topics()));
    PERCEPT_RETURN_IF_ERROR(topics_.Change({}, std::move(topics)));
    request_.Clear();
    is_open_ = true;
    last_message_ = clock_->Now();
    v1::SubscribeResponse response;
    response.mutable_opened()->set_subscription_id(id_);
    return Serialised(response);
  }

  absl::StatusOr<std::unique_ptr<Topic>> Open(const TopicRequest& topic) {
    const StreamParts& parts = subscriptions_->parts_;
    if (const auto* snapshots = std::get_if<SnapshotsRequest>(&topic.subject)) {
      return SnapshotsTopic::Open(*snapshots, parts.feeds, *parts.scheduler, parts.clock,
                                  weak_from_this());
    }
    const auto& list = std::get<JobListRequest>(topic.subject);
    PERCEPT_ASSIGN_OR_RETURN(std::shared_ptr<JobListFeed> feed,
                             subscriptions_->lists_->Open(list.filter, list.max_jobs));
    return std::make_unique<JobListTopic>(std::move(feed), weak_from_this());
  }

  Subscriptions* const subscriptions_;
  const Clock* const clock_;
  const std::string owner_;
  const std::string id_;
  // Of the steps, under their mutex.
  v1::SubscribeRequest request_;
  const bool is_parsed_;
  bool is_open_ = false;
  SubscriptionTopics topics_;
  absl::Time last_message_ = absl::InfinitePast();
};

grpc::ServerWriteReactor<grpc::ByteBuffer>* Subscriptions::Begin(
    grpc::CallbackServerContext* context, const grpc::ByteBuffer& bytes) {
  const auto subscription = std::make_shared<Subscription>(this, context, BytesOf(bytes));
  {
    absl::MutexLock lock(&mutex_);
    open_.emplace(subscription->id(), subscription);
  }
  subscription->Start();
  return subscription.get();
}

absl::Status Subscriptions::Update(absl::string_view owner,
                                   const v1::UpdateSubscriptionRequest& request,
                                   v1::UpdateSubscriptionResponse& response) {
  PERCEPT_ASSIGN_OR_RETURN(std::vector<TopicRequest> added,
                           ParseTopics("add_topics", request.add_topics()));
  const std::vector<std::string> dropped(request.drop_topic_ids().begin(),
                                         request.drop_topic_ids().end());
  if (dropped.size() > SubscriptionTopics::kMaxTopics) {
    return InvalidField("drop_topic_ids",
                        absl::StrCat("must be at most ", SubscriptionTopics::kMaxTopics, " ids"),
                        dropped.size());
  }
  std::shared_ptr<Subscription> subscription;
  {
    absl::MutexLock lock(&mutex_);
    const auto found = open_.find(request.subscription_id());
    if (found != open_.end()) subscription = found->second.lock();
  }
  if (subscription == nullptr || subscription->owner() != owner) {
    return WithReason(
        absl::NotFoundError(absl::StrCat("subscription_id: ", Quoted(request.subscription_id()),
                                         " is no open subscription of yours")),
        "SUBSCRIPTION_NOT_FOUND");
  }
  PERCEPT_ASSIGN_OR_RETURN(const std::vector<std::string> ids,
                           subscription->Change(dropped, std::move(added)));
  response.mutable_topic_ids()->Assign(ids.begin(), ids.end());
  return absl::OkStatus();
}

void Subscriptions::Remove(const std::string& id) {
  absl::MutexLock lock(&mutex_);
  open_.erase(id);
}

}  // namespace percept::rpc
