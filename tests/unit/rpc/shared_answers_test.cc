#include "server/rpc/shared_answers.h"

#include <atomic>
#include <memory>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "absl/synchronization/notification.h"
#include "gmock/gmock.h"

#include "percept/v1/inspect_service.pb.h"
#include "tests/support/status_matchers.h"

namespace percept::rpc {
namespace {

using percept::testing::StatusIs;

using Answer = SharedAnswers::Answer;

Answer AnswerOf(int64_t index, size_t bytes = 0) {
  auto response = std::make_shared<v1::DecisionGridResponse>();
  response->set_snapshot_index(index);
  response->set_labels(std::string(bytes, 'x'));
  return response;
}

int64_t IndexOf(const Answer& answer) {
  return dynamic_cast<const v1::DecisionGridResponse&>(**answer).snapshot_index();
}

// Asks, and returns what was received by the time of the return, if anything was.
std::vector<Answer> Ask(SharedAnswers& answers, const std::string& key,
                        SharedAnswers::Compute compute) {
  std::vector<Answer> received;
  answers.Ask(key,
              {.receive = [&](const Answer& answer) { received.push_back(answer); },
               .is_gone = [] { return false; }},
              compute);
  return received;
}

TEST(SharedAnswers, ComputeOnceForTwoHundredWhoAskAtOnce) {
  SharedAnswers answers(1 << 20);
  absl::Notification begun;
  absl::Notification go_on;
  std::atomic<int> computed{0};
  std::atomic<int> received{0};
  const auto ask = [&] {
    answers.Ask("question",
                {.receive =
                     [&](const Answer& answer) {
                       EXPECT_EQ(IndexOf(answer), 7);
                       ++received;
                     },
                 .is_gone = [] { return false; }},
                [&](GoesOn goes_on) {
                  ++computed;
                  begun.Notify();
                  go_on.WaitForNotification();
                  EXPECT_TRUE(goes_on());
                  return AnswerOf(7);
                });
  };
  std::thread first(ask);
  begun.WaitForNotification();
  // The others wait for it without keeping their threads.
  for (int other = 0; other < 199; ++other) ask();
  EXPECT_EQ(received, 0);
  go_on.Notify();
  first.join();
  EXPECT_EQ(received, 200);
  EXPECT_EQ(computed, 1);
}

TEST(SharedAnswers, AreKeptForThoseWhoAskLater) {
  SharedAnswers answers(1 << 20);
  ASSERT_EQ(Ask(answers, "one", [](GoesOn) { return AnswerOf(1); }).size(), 1u);
  const auto never = [](GoesOn) -> Answer {
    ADD_FAILURE() << "computed again";
    return AnswerOf(0);
  };
  const std::vector<Answer> again = Ask(answers, "one", never);
  ASSERT_EQ(again.size(), 1u);
  EXPECT_EQ(IndexOf(again[0]), 1);
  EXPECT_EQ(IndexOf(Ask(answers, "two", [](GoesOn) { return AnswerOf(2); })[0]), 2);
}

TEST(SharedAnswers, ErrorsAreNotKept) {
  SharedAnswers answers(1 << 20);
  const auto fail = [](GoesOn) -> Answer { return absl::OutOfRangeError("no such snapshot"); };
  EXPECT_THAT(Ask(answers, "one", fail)[0], StatusIs(absl::StatusCode::kOutOfRange));
  EXPECT_EQ(IndexOf(Ask(answers, "one", [](GoesOn) { return AnswerOf(1); })[0]), 1);
}

TEST(SharedAnswers, LetTheLeastRecentlyUsedGo) {
  SharedAnswers answers(3000);
  int computed = 0;
  const auto ask = [&](const std::string& key) {
    const int before = computed;
    Ask(answers, key, [&](GoesOn) {
      ++computed;
      return AnswerOf(0, 1000);
    });
    return computed > before;
  };
  EXPECT_TRUE(ask("a"));
  EXPECT_TRUE(ask("b"));
  EXPECT_FALSE(ask("a"));
  EXPECT_TRUE(ask("c"));
  EXPECT_FALSE(ask("a"));
  EXPECT_TRUE(ask("b"));
}

TEST(SharedAnswers, GoOnWhileAnybodyAsks) {
  SharedAnswers answers(1 << 20);
  bool first_is_gone = false;
  bool second_is_gone = false;
  int received = 0;
  const auto asker = [&](bool& is_gone) {
    return SharedAnswers::Asker{.receive = [&](const Answer&) { ++received; },
                                .is_gone = [&] { return is_gone; }};
  };
  answers.Ask("question", asker(first_is_gone), [&](GoesOn goes_on) -> Answer {
    answers.Ask("question", asker(second_is_gone), [](GoesOn) { return AnswerOf(0); });
    EXPECT_TRUE(goes_on());
    first_is_gone = true;
    EXPECT_TRUE(goes_on());
    second_is_gone = true;
    EXPECT_FALSE(goes_on());
    return absl::CancelledError("nobody waits");
  });
  EXPECT_EQ(received, 2);
}

TEST(SharedAnswers, AreComputedAgainForOneWhoCameAfterTheOthersWereGone) {
  SharedAnswers answers(1 << 20);
  bool is_gone = false;
  int computed = 0;
  std::vector<Answer> received;
  const auto receive = [&](const Answer& answer) { received.push_back(answer); };
  answers.Ask("question", {.receive = receive, .is_gone = [&] { return is_gone; }},
              [&](GoesOn goes_on) -> Answer {
                if (++computed == 2) return AnswerOf(2);
                is_gone = true;
                EXPECT_FALSE(goes_on());
                answers.Ask("question", {.receive = receive, .is_gone = [] { return false; }},
                            [](GoesOn) { return AnswerOf(0); });
                return absl::CancelledError("nobody waits");
              });
  EXPECT_EQ(computed, 2);
  ASSERT_EQ(received.size(), 2u);
  EXPECT_EQ(IndexOf(received[1]), 2);
}

}  // namespace
}  // namespace percept::rpc
