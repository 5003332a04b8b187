#include "server/rpc/subscription_topics.h"

#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "gmock/gmock.h"

#include "tests/support/status_matchers.h"

namespace percept::rpc {
namespace {

using percept::testing::StatusIs;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;

// What the test has a topic do.
struct Script {
  int messages = 0;  // To send.
  absl::Status end;  // After them, with `has_end`.
  bool has_end = false;
  absl::Time due = absl::InfiniteFuture();
  int sent = 0;
  int settled = 0;
};

class ScriptedTopic final : public Topic {
 public:
  explicit ScriptedTopic(Script* script) : script_(script) {}

  absl::StatusOr<std::optional<WireMessage>> Next() override {
    if (script_->sent < script_->messages) {
      ++script_->sent;
      WireMessage message;
      v1::WatchSnapshotsResponse response;
      response.set_skipped(script_->sent);
      message.Append(response.SerializeAsString());
      return message;
    }
    if (script_->has_end && !script_->end.ok()) return script_->end;
    return std::nullopt;
  }
  bool HasMore() const override { return script_->sent < script_->messages; }
  bool IsOver() const override { return script_->has_end && script_->end.ok() && !HasMore(); }
  absl::Time due() const override { return script_->due; }
  void Settle() override { script_->settled = script_->sent; }
  std::string whereabouts() const override {
    return absl::StrCat("start_index ", script_->settled);
  }

 private:
  Script* const script_;
};

class SubscriptionTopicsTest : public ::testing::Test {
 protected:
  static TopicRequest Request(const std::string& id) { return {.id = id}; }

  v1::SubscribeResponse Next() {
    std::optional<WireMessage> message = topics_.Next();
    v1::SubscribeResponse response;
    if (message.has_value()) {
      EXPECT_TRUE(response.ParseFromString(BytesOf(message->Release())));
    }
    return response;
  }

  std::vector<std::string> NextIds(int count) {
    std::vector<std::string> ids;
    for (int number = 0; number < count; ++number) ids.push_back(Next().topic_id());
    return ids;
  }

  std::map<std::string, Script> scripts_;
  std::map<std::string, absl::Status> refusals_;
  SubscriptionTopics topics_{
      [this](const TopicRequest& request) -> absl::StatusOr<std::unique_ptr<Topic>> {
        if (const auto found = refusals_.find(request.id); found != refusals_.end()) {
          return found->second;
        }
        return std::make_unique<ScriptedTopic>(&scripts_[request.id]);
      }};
};

TEST_F(SubscriptionTopicsTest, TakeTurnsAsLongAsTheyHaveSomethingToSend) {
  scripts_["a"].messages = 5;
  scripts_["b"].messages = 2;
  ASSERT_OK(topics_.Change({}, {Request("a"), Request("b"), Request("c")}));
  EXPECT_TRUE(topics_.HasMore());
  EXPECT_THAT(NextIds(5), ElementsAre("a", "b", "a", "b", "a"));
  scripts_["c"].messages = 1;
  EXPECT_THAT(NextIds(4), ElementsAre("c", "a", "a", ""));
  EXPECT_FALSE(topics_.HasMore());
}

TEST_F(SubscriptionTopicsTest, AreClosedWithTheirStatusAndForgotten) {
  scripts_["a"] = {.messages = 1, .end = absl::OkStatus(), .has_end = true};
  scripts_["b"] = {.end = absl::DataLossError("broken"), .has_end = true};
  refusals_["c"] = WithReason(absl::NotFoundError("jobs/c: no such job"), "JOB_NOT_FOUND");
  ASSERT_OK(topics_.Change({}, {Request("a"), Request("b"), Request("c")}));
  std::map<std::string, google::rpc::Status> closed;
  for (int message = 0; message < 4; ++message) {
    const v1::SubscribeResponse response = Next();
    if (response.has_closed()) closed[response.topic_id()] = response.closed().status();
  }
  ASSERT_THAT(closed, SizeIs(3));
  EXPECT_EQ(closed["a"].code(), 0);
  EXPECT_EQ(closed["b"].code(), static_cast<int>(absl::StatusCode::kDataLoss));
  EXPECT_EQ(closed["c"].message(), "jobs/c: no such job");
  EXPECT_EQ(closed["c"].details_size(), 1);
  EXPECT_THAT(topics_.ids(), IsEmpty());
  EXPECT_FALSE(topics_.Next().has_value());
}

TEST_F(SubscriptionTopicsTest, KeepTheirTurnsWhenOneOfThemIsClosed) {
  scripts_["a"].messages = 9;
  scripts_["b"] = {.end = absl::OkStatus(), .has_end = true};
  scripts_["c"].messages = 9;
  ASSERT_OK(topics_.Change({}, {Request("a"), Request("b"), Request("c")}));
  EXPECT_THAT(NextIds(6), ElementsAre("a", "b", "c", "a", "c", "a"));
}

TEST_F(SubscriptionTopicsTest, AreChangedAllOrNone) {
  ASSERT_OK(topics_.Change({}, {Request("b"), Request("a")}));
  EXPECT_THAT(topics_.ids(), ElementsAre("a", "b"));
  EXPECT_THAT(topics_.Change({"b"}, {Request("c"), Request("a")}),
              StatusIs(absl::StatusCode::kAlreadyExists, HasSubstr("\"a\" is followed already")));
  EXPECT_THAT(topics_.ids(), ElementsAre("a", "b"));
  ASSERT_OK(topics_.Change({"a", "unknown"}, {Request("a"), Request("c")}));
  EXPECT_THAT(topics_.ids(), ElementsAre("a", "b", "c"));
}

TEST_F(SubscriptionTopicsTest, AreAtMostSixtyFour) {
  std::vector<TopicRequest> many;
  for (int number = 0; number < 64; ++number) many.push_back(Request(absl::StrCat("t", number)));
  ASSERT_OK(topics_.Change({}, many));
  EXPECT_THAT(topics_.Change({}, {Request("one-more")}),
              StatusIs(absl::StatusCode::kResourceExhausted, HasSubstr("at most 64")));
  EXPECT_OK(topics_.Change({"t0"}, {Request("one-more")}));
}

TEST_F(SubscriptionTopicsTest, NameTheCursorOfWhatHasBeenWritten) {
  scripts_["a"].messages = 3;
  ASSERT_OK(topics_.Change({}, {Request("a"), Request("b")}));
  EXPECT_EQ(topics_.whereabouts(), "topic a at start_index 0, topic b at start_index 0");
  Next();
  topics_.Settle();
  Next();  // It is under way.
  EXPECT_EQ(topics_.whereabouts(), "topic a at start_index 1, topic b at start_index 0");
}

TEST_F(SubscriptionTopicsTest, AreDueWhenTheFirstOfThemIs) {
  scripts_["a"].due = absl::FromUnixSeconds(20);
  scripts_["b"].due = absl::FromUnixSeconds(10);
  ASSERT_OK(topics_.Change({}, {Request("a"), Request("b")}));
  EXPECT_TRUE(topics_.HasMore());  // They have not been opened.
  Next();
  EXPECT_EQ(topics_.due(), absl::FromUnixSeconds(10));
  EXPECT_FALSE(topics_.HasMore());
}

}  // namespace
}  // namespace percept::rpc
