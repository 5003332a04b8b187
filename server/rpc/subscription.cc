#include "server/rpc/subscription.h"

#include <algorithm>
#include <optional>
#include <utility>
#include <variant>
#include <vector>

#include "server/base/id.h"
#include "server/base/status.h"
#include "server/rpc/access/call_context.h"
#include "server/rpc/convert_time.h"
#include "server/rpc/subscription_topics.h"

namespace percept::rpc {
namespace {

// Silence after which the stream says that it lives.
constexpr absl::Duration kHeartbeatInterval = absl::Seconds(2);

// 100 random bits, not to be guessed.
std::string NewSubscriptionId() { return absl::StrCat(NewId(), NewId()); }

absl::Status NotFound(absl::string_view id) {
  return WithReason(absl::NotFoundError(absl::StrCat("subscription_id: ", Quoted(id),
                                                     " is no open subscription of yours")),
                    "SUBSCRIPTION_NOT_FOUND");
}

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
        call_(CallOf(context)),
        id_(NewSubscriptionId()),
        is_parsed_(request_.ParseFromString(bytes)),
        topics_([this](const TopicRequest& topic) { return Open(topic); }) {}

  ~Subscription() override { subscriptions_->Remove(id_); }

  const std::string& id() const { return id_; }

  // Changes the topics of `owner`'s subscription. NotFound where it is another's.
  absl::StatusOr<std::vector<std::string>> Change(absl::string_view owner,
                                                  const std::vector<std::string>& dropped,
                                                  std::vector<TopicRequest> added) {
    absl::MutexLock lock(&step_mutex());
    if (!is_open_ || owner != owner_) return NotFound(id_);
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
    PERCEPT_RETURN_IF_ERROR(call_.Admit());
    PERCEPT_ASSIGN_OR_RETURN(std::vector<TopicRequest> topics,
                             ParseTopics("topics", request_.topics()));
    PERCEPT_RETURN_IF_ERROR(topics_.Change({}, std::move(topics)));
    PERCEPT_RETURN_IF_ERROR(call_.CountAsStream());
    request_.Clear();
    owner_ = call_.session().name();
    is_open_ = true;
    last_message_ = clock_->Now();
    v1::SubscribeResponse response;
    response.mutable_opened()->set_subscription_id(id_);
    return Serialised(response);
  }

  absl::StatusOr<std::unique_ptr<Topic>> Open(const TopicRequest& topic) {
    const StreamParts& parts = subscriptions_->parts_;
    if (const auto* snapshots = std::get_if<SnapshotsRequest>(&topic.subject)) {
      PERCEPT_RETURN_IF_ERROR(call_.CheckReadsJob(snapshots->job_id));
      return SnapshotsTopic::Open(*snapshots, parts.feeds, *parts.scheduler, parts.clock,
                                  weak_from_this());
    }
    const auto& list = std::get<JobListRequest>(topic.subject);
    storage::JobFilter filter = list.filter;
    filter.readable_by = call_.session().reader();
    PERCEPT_ASSIGN_OR_RETURN(std::shared_ptr<JobListFeed> feed,
                             subscriptions_->lists_->Open(filter, list.max_jobs));
    return std::make_unique<JobListTopic>(std::move(feed), weak_from_this());
  }

  Subscriptions* const subscriptions_;
  const Clock* const clock_;
  CallContext& call_;  // gRPC's until the stream has ended.
  const std::string id_;
  // Of the steps, under their mutex.
  v1::SubscribeRequest request_;
  const bool is_parsed_;
  bool is_open_ = false;
  std::string owner_;  // Once it is open.
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
  if (subscription == nullptr) return NotFound(request.subscription_id());
  PERCEPT_ASSIGN_OR_RETURN(const std::vector<std::string> ids,
                           subscription->Change(owner, dropped, std::move(added)));
  response.mutable_topic_ids()->Assign(ids.begin(), ids.end());
  return absl::OkStatus();
}

void Subscriptions::Remove(const std::string& id) {
  absl::MutexLock lock(&mutex_);
  open_.erase(id);
}

}  // namespace percept::rpc
