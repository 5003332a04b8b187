#include "server/storage/records.h"

#include "gmock/gmock.h"

namespace percept::storage {
namespace {

TEST(JobState, IsTerminalOnceNothingFollows) {
  EXPECT_FALSE(IsTerminal(JobState::kQueued));
  EXPECT_FALSE(IsTerminal(JobState::kRunning));
  EXPECT_FALSE(IsTerminal(JobState::kPaused));
  EXPECT_TRUE(IsTerminal(JobState::kSucceeded));
  EXPECT_TRUE(IsTerminal(JobState::kFailed));
  EXPECT_TRUE(IsTerminal(JobState::kCancelled));
}

TEST(JobState, HasANameForEveryValue) {
  EXPECT_STREQ(JobStateName(JobState::kQueued), "QUEUED");
  EXPECT_STREQ(JobStateName(JobState::kRunning), "RUNNING");
  EXPECT_STREQ(JobStateName(JobState::kPaused), "PAUSED");
  EXPECT_STREQ(JobStateName(JobState::kSucceeded), "SUCCEEDED");
  EXPECT_STREQ(JobStateName(JobState::kFailed), "FAILED");
  EXPECT_STREQ(JobStateName(JobState::kCancelled), "CANCELLED");
}

}  // namespace
}  // namespace percept::storage
