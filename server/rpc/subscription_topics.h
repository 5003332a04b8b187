#ifndef PERCEPT_SERVER_RPC_SUBSCRIPTION_TOPICS_H_
#define PERCEPT_SERVER_RPC_SUBSCRIPTION_TOPICS_H_

#include <cstddef>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include <google/protobuf/repeated_field.h>

#include "percept/v1/subscription_service.pb.h"
#include "server/rpc/job_list_topic.h"
#include "server/rpc/snapshots_topic.h"
#include "server/rpc/topic.h"

namespace percept::rpc {

// A topic as a client asked for it.
struct TopicRequest {
  std::string id;
  std::variant<SnapshotsRequest, JobListRequest> subject;
};

// InvalidArgument, naming the fields behind `field`, such as "add_topics[2].start_index"; also
// where an id stands twice.
absl::StatusOr<std::vector<TopicRequest>> ParseTopics(
    absl::string_view field, const google::protobuf::RepeatedPtrField<v1::Topic>& topics);

// The topics of one subscription, which take turns. Not thread-safe.
class SubscriptionTopics {
 public:
  static constexpr size_t kMaxTopics = 64;

  // Opens a topic. Its errors close it.
  using Open = std::function<absl::StatusOr<std::unique_ptr<Topic>>(const TopicRequest&)>;

  explicit SubscriptionTopics(Open open) : open_(std::move(open)) {}

  // Drops topics, passing over ids that are not there, then adds others: all or nothing.
  // AlreadyExists where an id is taken; ResourceExhausted where there would be too many.
  absl::Status Change(const std::vector<std::string>& dropped, std::vector<TopicRequest> added);

  // The next message of a topic that has one, as a SubscribeResponse; they take turns. A topic that
  // is over, or has failed, sends its `closed` last.
  std::optional<WireMessage> Next();

  bool HasMore() const;

  // When `Next` will have something to send even without news.
  absl::Time due() const;

  // Says that what `Next` returned so far has been written.
  void Settle();

  // Such as "topic a at start_index 12, topic b at its beginning".
  std::string whereabouts() const;

  // In alphabetical order.
  std::vector<std::string> ids() const;

 private:
  struct Entry {
    TopicRequest request;
    std::unique_ptr<Topic> topic;  // Null until its turn comes.
  };

  std::vector<Entry>::iterator Find(absl::string_view id);
  // The message of an entry, if it has one; whether it was the last is told by `is_last`.
  std::optional<WireMessage> NextOf(Entry& entry, bool& is_last);

  const Open open_;
  std::vector<Entry> entries_;
  size_t turn_ = 0;        // Entry that is asked first.
  std::string in_flight_;  // Id of the topic whose message was returned last.
};

}  // namespace percept::rpc

#endif  // PERCEPT_SERVER_RPC_SUBSCRIPTION_TOPICS_H_
