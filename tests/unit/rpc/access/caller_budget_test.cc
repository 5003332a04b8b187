#include "server/rpc/access/caller_budget.h"

#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"

#include "tests/support/status_matchers.h"

namespace percept::rpc {
namespace {

using percept::testing::StatusIs;
using ::testing::HasSubstr;

const absl::Time kStart = absl::FromUnixSeconds(1'700'000'000);

TEST(CallerBudget, BoundsCallsOnAverage) {
  CallerBudget budget({.calls_per_second = 5});
  for (int call = 0; call < 50; ++call) EXPECT_OK(budget.TakeCall(kStart));
  EXPECT_THAT(budget.TakeCall(kStart), StatusIs(absl::StatusCode::kResourceExhausted,
                                                HasSubstr("--max-calls-per-second-per-caller")));
  for (int call = 0; call < 5; ++call) EXPECT_OK(budget.TakeCall(kStart + absl::Seconds(1)));
  EXPECT_FALSE(budget.TakeCall(kStart + absl::Seconds(1)).ok());
  // A clock that is set back gives nothing and takes nothing.
  EXPECT_FALSE(budget.TakeCall(kStart - absl::Hours(1)).ok());
  EXPECT_OK(budget.TakeCall(kStart + absl::Seconds(2)));
}

TEST(CallerBudget, BoundsStreamsAtATime) {
  CallerBudget budget({.streams = 2});
  EXPECT_OK(budget.TakeStream());
  EXPECT_OK(budget.TakeStream());
  EXPECT_THAT(budget.TakeStream(),
              StatusIs(absl::StatusCode::kResourceExhausted, HasSubstr("at most 2")));
  budget.ReturnStream();
  EXPECT_OK(budget.TakeStream());
}

TEST(CallerBudget, MakesLongQuestionsWaitForTheirTime) {
  CallerBudget budget({.inspect_per_minute = absl::Seconds(30)});
  EXPECT_OK(budget.CheckInspect(kStart));
  budget.SpendInspect(absl::Seconds(31));
  EXPECT_THAT(budget.CheckInspect(kStart),
              StatusIs(absl::StatusCode::kResourceExhausted, HasSubstr("and took 31s")));
  EXPECT_FALSE(budget.CheckInspect(kStart + absl::Seconds(1)).ok());
  EXPECT_OK(budget.CheckInspect(kStart + absl::Seconds(2)));
}

TEST(CallerBudget, WithoutLimitsRefusesNothing) {
  CallerBudget budget({});
  budget.SpendInspect(absl::Hours(1));
  for (int i = 0; i < 10'000; ++i) {
    ASSERT_OK(budget.TakeCall(kStart));
    ASSERT_OK(budget.TakeStream());
    ASSERT_OK(budget.CheckInspect(kStart));
  }
}

TEST(CallerBudgets, AreSharedByNameAndForgottenWhenUnused) {
  CallerBudgets budgets({.calls_per_second = 1});
  const auto ann = budgets.Of("ann", kStart);
  for (int call = 0; call < 10; ++call) ASSERT_OK(budgets.Of("ann", kStart)->TakeCall(kStart));
  EXPECT_FALSE(ann->TakeCall(kStart).ok());
  // Many others come and go, each a moment after the other.
  absl::Time now = kStart;
  for (size_t i = 0; i < 5 * CallerBudgets::kMany; ++i) {
    ASSERT_OK(budgets.Of(absl::StrCat("guest ", i), now)->TakeCall(now));
    now += absl::Milliseconds(1);
  }
  EXPECT_LE(budgets.size(), 2 * CallerBudgets::kMany + 1);
  EXPECT_EQ(budgets.Of("ann", now), ann);
}

}  // namespace
}  // namespace percept::rpc
