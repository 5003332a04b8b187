#include "server/rpc/audience.h"

#include <atomic>
#include <memory>
#include <vector>

#include "absl/synchronization/blocking_counter.h"
#include "absl/synchronization/mutex.h"
#include "absl/synchronization/notification.h"
#include "absl/time/time.h"
#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace percept::rpc {
namespace {

using ::testing::Contains;

constexpr absl::Duration kLimit = absl::Seconds(30);

class CountingViewer : public Viewer {
 public:
  void Wake() override {
    absl::MutexLock lock(&mutex_);
    ++count_;
  }

  int count() const {
    absl::MutexLock lock(&mutex_);
    return count_;
  }

  bool AwaitCount(int count) {
    absl::MutexLock lock(&mutex_);
    const auto is_there = [this, count] { return count_ >= count; };
    return mutex_.AwaitWithTimeout(absl::Condition(&is_there), kLimit);
  }

 private:
  mutable absl::Mutex mutex_;
  int count_ = 0;
};

// Holds up the first round that comes to it.
class Gate {
 public:
  void Pass() {
    if (is_passed_.exchange(true)) return;
    reached_.Notify();
    opened_.WaitForNotification();
  }

  bool AwaitReached() { return reached_.WaitForNotificationWithTimeout(kLimit); }
  void Open() { opened_.Notify(); }

 private:
  std::atomic<bool> is_passed_{false};
  absl::Notification reached_;
  absl::Notification opened_;
};

class GatedViewer final : public CountingViewer {
 public:
  explicit GatedViewer(Gate* gate) : gate_(gate) {}

  void Wake() override {
    gate_->Pass();
    CountingViewer::Wake();
  }

 private:
  Gate* const gate_;
};

class AudienceTest : public ::testing::Test {
 protected:
  ThreadPool pool_{"audience", 4, 0};
  const std::shared_ptr<Audience> audience_ = std::make_shared<Audience>(&pool_);
};

TEST_F(AudienceTest, WakesAllOfMany) {
  std::vector<std::shared_ptr<CountingViewer>> viewers;
  std::vector<std::unique_ptr<Audience::Seat>> seats;
  for (int number = 0; number < 1000; ++number) {
    viewers.push_back(std::make_shared<CountingViewer>());
    seats.push_back(audience_->Join(viewers.back()));
  }
  audience_->WakeAll();
  for (const auto& viewer : viewers) EXPECT_TRUE(viewer->AwaitCount(1));
  audience_->WakeAll();
  for (const auto& viewer : viewers) EXPECT_TRUE(viewer->AwaitCount(2));
}

TEST_F(AudienceTest, NewsDuringARoundAreToldInOneMore) {
  Gate gate;
  const auto viewer = std::make_shared<GatedViewer>(&gate);
  const std::unique_ptr<Audience::Seat> seat = audience_->Join(viewer);
  audience_->WakeAll();
  ASSERT_TRUE(gate.AwaitReached());
  for (int news = 0; news < 10; ++news) audience_->WakeAll();
  EXPECT_EQ(viewer->count(), 0);
  gate.Open();
  ASSERT_TRUE(viewer->AwaitCount(2));

  // Whoever is told after that is told in a round of its own.
  audience_->WakeAll();
  ASSERT_TRUE(viewer->AwaitCount(3));
  EXPECT_EQ(viewer->count(), 3);
}

TEST_F(AudienceTest, WhoComesDuringARoundIsToldOfTheNextNews) {
  Gate gate;
  const auto first = std::make_shared<GatedViewer>(&gate);
  const std::unique_ptr<Audience::Seat> seat = audience_->Join(first);
  audience_->WakeAll();
  ASSERT_TRUE(gate.AwaitReached());
  const auto second = std::make_shared<CountingViewer>();
  const std::unique_ptr<Audience::Seat> other = audience_->Join(second);
  audience_->WakeAll();
  gate.Open();
  EXPECT_TRUE(second->AwaitCount(1));
}

TEST_F(AudienceTest, WhoHasLeftIsNotWoken) {
  const auto gone = std::make_shared<CountingViewer>();
  const auto stays = std::make_shared<CountingViewer>();
  std::unique_ptr<Audience::Seat> seat = audience_->Join(gone);
  const std::unique_ptr<Audience::Seat> other = audience_->Join(stays);
  seat.reset();
  audience_->WakeAll();
  ASSERT_TRUE(stays->AwaitCount(1));
  EXPECT_EQ(gone->count(), 0);
}

TEST_F(AudienceTest, LetsOthersHaveTheirTurn) {
  // All threads of the pool but one are kept, so that a round of many has to make room for a task.
  const auto end = std::make_shared<absl::Notification>();
  const auto kept = std::make_shared<absl::BlockingCounter>(3);
  for (int number = 0; number < 3; ++number) {
    pool_.Submit([end, kept] {
      kept->DecrementCount();
      end->WaitForNotification();
    });
  }
  kept->Wait();
  Gate gate;
  std::vector<std::shared_ptr<CountingViewer>> viewers;
  std::vector<std::unique_ptr<Audience::Seat>> seats;
  for (int number = 0; number < 1000; ++number) {
    viewers.push_back(std::make_shared<GatedViewer>(&gate));
    seats.push_back(audience_->Join(viewers.back()));
  }
  audience_->WakeAll();
  ASSERT_TRUE(gate.AwaitReached());
  std::vector<int> counts;
  absl::Notification ran;
  pool_.Submit([&] {
    for (const auto& viewer : viewers) counts.push_back(viewer->count());
    ran.Notify();
  });
  gate.Open();
  ASSERT_TRUE(ran.WaitForNotificationWithTimeout(kLimit));
  EXPECT_THAT(counts, Contains(0));
  for (const auto& viewer : viewers) EXPECT_TRUE(viewer->AwaitCount(1));
  end->Notify();
}

}  // namespace
}  // namespace percept::rpc
