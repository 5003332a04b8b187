#include "server/base/clock.h"

#include "gtest/gtest.h"

namespace percept {
namespace {

TEST(SystemClock, RecentTimeIsAtMostAMillisecondOld) {
  for (int time = 0; time < 100000; ++time) {
    const absl::Time before = Clock::System().Now();
    const absl::Time recent = Clock::System().RecentNow();
    EXPECT_GE(recent, before - absl::Milliseconds(1));
    EXPECT_LE(recent, Clock::System().Now());
  }
}

}  // namespace
}  // namespace percept
