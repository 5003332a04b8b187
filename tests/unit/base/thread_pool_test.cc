#include "server/base/thread_pool.h"

#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <memory>
#include <vector>

#include "absl/synchronization/notification.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace percept {
namespace {

TEST(ThreadPool, RunsTasksInOrderOnOneThread) {
  std::vector<int> order;
  {
    ThreadPool pool("test", 1, 10);
    for (int number = 0; number < 5; ++number) {
      ASSERT_TRUE(pool.TrySubmit([&order, number] { order.push_back(number); }));
    }
  }
  EXPECT_THAT(order, testing::ElementsAre(0, 1, 2, 3, 4));
}

TEST(ThreadPool, ThreadsAreNicerThanOthersByWhatIsAsked) {
  int niceness = 0;
  {
    ThreadPool pool("test", 1, 1, /*niceness=*/3);
    ASSERT_TRUE(pool.TrySubmit([&] { niceness = getpriority(PRIO_PROCESS, gettid()); }));
  }
  EXPECT_EQ(niceness, std::min(19, getpriority(PRIO_PROCESS, gettid()) + 3));
}

TEST(ThreadPool, IsBehindWhileTasksWait) {
  absl::Notification begun;
  absl::Notification go_on;
  absl::Notification ended;
  ThreadPool pool("test", 1, 0);
  EXPECT_FALSE(pool.IsBehind());
  pool.Submit([&] {
    begun.Notify();
    go_on.WaitForNotification();
  });
  begun.WaitForNotification();
  EXPECT_FALSE(pool.IsBehind());
  pool.Submit([&] { ended.Notify(); });
  EXPECT_TRUE(pool.IsBehind());
  go_on.Notify();
  ended.WaitForNotification();
  EXPECT_FALSE(pool.IsBehind());
}

TEST(ThreadPool, RefusesWhatIsBeyondItsCapacityAndTakesWhatIsSubmitted) {
  absl::Notification begun;
  absl::Notification go_on;
  std::atomic<int> ran{0};
  {
    ThreadPool pool("test", 1, 2);
    ASSERT_TRUE(pool.TrySubmit([&] {
      begun.Notify();
      go_on.WaitForNotification();
    }));
    begun.WaitForNotification();
    EXPECT_TRUE(pool.TrySubmit([&] { ++ran; }));
    EXPECT_TRUE(pool.TrySubmit([&] { ++ran; }));
    EXPECT_FALSE(pool.TrySubmit([&] { ran += 100; }));
    pool.Submit([&] { ++ran; });
    go_on.Notify();
  }
  EXPECT_EQ(ran, 3);
}

TEST(ThreadPool, RunsTasksSideBySide) {
  absl::Notification first;
  absl::Notification second;
  ThreadPool pool("test", 2, 10);
  // Each waits for the other: one thread alone would never end.
  pool.Submit([&] {
    first.Notify();
    second.WaitForNotification();
  });
  pool.Submit([&] {
    second.Notify();
    first.WaitForNotification();
  });
  first.WaitForNotification();
  EXPECT_TRUE(second.WaitForNotificationWithTimeout(absl::Seconds(30)));
}

}  // namespace
}  // namespace percept
