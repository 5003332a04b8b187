#include "server/rpc/subscription_topics.h"

#include <algorithm>
#include <set>
#include <utility>

#include "absl/strings/ascii.h"

#include "google/rpc/status.pb.h"
#include "server/base/status.h"
#include "server/rpc/status_mapping.h"

namespace percept::rpc {
namespace {

constexpr size_t kMaxIdBytes = 63;

// Topics that a status names at most: it travels in headers.
constexpr size_t kNamedTopics = 20;

bool IsTopicId(absl::string_view id) {
  return !id.empty() && id.size() <= kMaxIdBytes &&
         std::all_of(id.begin(), id.end(), [](char character) {
           return absl::ascii_islower(static_cast<unsigned char>(character)) ||
                  absl::ascii_isdigit(static_cast<unsigned char>(character)) || character == '-';
         });
}

absl::StatusOr<TopicRequest> ParseTopic(const v1::Topic& topic) {
  if (!IsTopicId(topic.topic_id())) {
    return InvalidField("topic_id", "must match [a-z0-9-]{1,63}", Quoted(topic.topic_id()));
  }
  TopicRequest request{.id = topic.topic_id()};
  switch (topic.subject_case()) {
    case v1::Topic::kSnapshots: {
      const v1::SnapshotsTopic& snapshots = topic.snapshots();
      auto parsed = ParseSnapshotsRequest("job", snapshots.job(), snapshots.start_index(),
                                          snapshots.delivery(), snapshots.view());
      if (!parsed.ok()) return WithinField(parsed.status(), "snapshots.");
      request.subject = *std::move(parsed);
      return request;
    }
    case v1::Topic::kJobList: {
      auto parsed = ParseJobListRequest(topic.job_list());
      if (!parsed.ok()) return WithinField(parsed.status(), "job_list.");
      request.subject = *std::move(parsed);
      return request;
    }
    case v1::Topic::SUBJECT_NOT_SET:
      break;
  }
  FieldViolations violations;
  violations.Add("subject", "must be set: job_list or snapshots");
  return violations.ToStatus();
}

v1::SubscribeResponse Closed(const std::string& id, const absl::Status& status) {
  v1::SubscribeResponse response;
  response.set_topic_id(id);
  google::rpc::Status* told = response.mutable_closed()->mutable_status();
  if (!status.ok()) told->ParseFromString(ToGrpcStatus(status).error_details());
  return response;
}

}  // namespace

absl::StatusOr<std::vector<TopicRequest>> ParseTopics(
    absl::string_view field, const google::protobuf::RepeatedPtrField<v1::Topic>& topics) {
  std::vector<TopicRequest> requests;
  std::set<std::string> ids;
  for (const v1::Topic& topic : topics) {
    const std::string path = absl::StrCat(field, "[", requests.size(), "].");
    absl::StatusOr<TopicRequest> request = ParseTopic(topic);
    if (!request.ok()) return WithinField(request.status(), path);
    if (!ids.insert(request->id).second) {
      return InvalidField(absl::StrCat(path, "topic_id"), "must be unique", Quoted(request->id));
    }
    requests.push_back(*std::move(request));
  }
  return requests;
}

std::vector<SubscriptionTopics::Entry>::iterator SubscriptionTopics::Find(absl::string_view id) {
  return std::find_if(entries_.begin(), entries_.end(),
                      [id](const Entry& entry) { return entry.request.id == id; });
}

absl::Status SubscriptionTopics::Change(const std::vector<std::string>& dropped,
                                        std::vector<TopicRequest> added) {
  const std::set<std::string> gone(dropped.begin(), dropped.end());
  const auto goes = [&gone](const Entry& entry) { return gone.contains(entry.request.id); };
  for (const TopicRequest& request : added) {
    if (!gone.contains(request.id) && Find(request.id) != entries_.end()) {
      return WithReason(absl::AlreadyExistsError(absl::StrCat(
                            "topic_id: must be new, ", Quoted(request.id), " is followed already")),
                        "TOPIC_EXISTS");
    }
  }
  const auto staying = static_cast<size_t>(std::count_if(
      entries_.begin(), entries_.end(), [&](const Entry& each) { return !goes(each); }));
  if (staying + added.size() > kMaxTopics) {
    return WithReason(
        absl::ResourceExhaustedError(absl::StrCat("topics: at most ", kMaxTopics,
                                                  " may be open in a subscription, these would be ",
                                                  staying + added.size())),
        "TOO_MANY_TOPICS");
  }
  std::erase_if(entries_, goes);
  for (TopicRequest& request : added) entries_.push_back({.request = std::move(request)});
  turn_ = 0;
  return absl::OkStatus();
}

std::optional<WireMessage> SubscriptionTopics::Next() {
  for (size_t asked = 0; asked < entries_.size(); ++asked) {
    const size_t place = (turn_ + asked) % entries_.size();
    bool is_last = false;
    std::optional<WireMessage> message = NextOf(entries_[place], is_last);
    if (!message.has_value()) continue;
    in_flight_ = entries_[place].request.id;
    turn_ = place + (is_last ? 0 : 1);
    if (is_last) entries_.erase(entries_.begin() + static_cast<ptrdiff_t>(place));
    return message;
  }
  return std::nullopt;
}

std::optional<WireMessage> SubscriptionTopics::NextOf(Entry& entry, bool& is_last) {
  absl::Status status;
  if (entry.topic == nullptr) {
    absl::StatusOr<std::unique_ptr<Topic>> opened = open_(entry.request);
    if (opened.ok()) {
      entry.topic = *std::move(opened);
    } else {
      status = opened.status();
    }
  }
  if (entry.topic != nullptr && !entry.topic->IsOver()) {
    absl::StatusOr<std::optional<WireMessage>> message = entry.topic->Next();
    if (message.ok() && !message->has_value()) return std::nullopt;
    if (message.ok()) {
      v1::SubscribeResponse before;
      before.set_topic_id(entry.request.id);
      const int field = std::holds_alternative<SnapshotsRequest>(entry.request.subject)
                            ? v1::SubscribeResponse::kSnapshotsFieldNumber
                            : v1::SubscribeResponse::kJobListFieldNumber;
      return (**std::move(message)).Within(before.SerializeAsString(), field);
    }
    status = message.status();
  }
  is_last = true;
  WireMessage closed;
  closed.Append(Closed(entry.request.id, status).SerializeAsString());
  return closed;
}

bool SubscriptionTopics::HasMore() const {
  return std::any_of(entries_.begin(), entries_.end(), [](const Entry& entry) {
    return entry.topic == nullptr || entry.topic->IsOver() || entry.topic->HasMore();
  });
}

absl::Time SubscriptionTopics::due() const {
  absl::Time due = absl::InfiniteFuture();
  for (const Entry& entry : entries_) {
    if (entry.topic != nullptr) due = std::min(due, entry.topic->due());
  }
  return due;
}

void SubscriptionTopics::Settle() {
  const auto written = Find(in_flight_);
  if (written != entries_.end() && written->topic != nullptr) written->topic->Settle();
}

std::string SubscriptionTopics::whereabouts() const {
  std::string text;
  for (size_t place = 0; place < std::min(entries_.size(), kNamedTopics); ++place) {
    const Entry& entry = entries_[place];
    const auto* snapshots = std::get_if<SnapshotsRequest>(&entry.request.subject);
    if (snapshots == nullptr) continue;
    absl::StrAppend(&text, text.empty() ? "" : ", ", "topic ", entry.request.id, " at ",
                    entry.topic != nullptr ? entry.topic->whereabouts()
                                           : absl::StrCat("start_index ", snapshots->start_index));
  }
  return text;
}

std::vector<std::string> SubscriptionTopics::ids() const {
  std::vector<std::string> ids;
  for (const Entry& entry : entries_) ids.push_back(entry.request.id);
  std::sort(ids.begin(), ids.end());
  return ids;
}

}  // namespace percept::rpc
