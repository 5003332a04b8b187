#include "server/training/job_queue.h"

#include <random>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace percept::training {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

constexpr int64_t kNoLimit = 1000;

// Jobs whose ids come in the order in which they were created.
class Jobs {
 public:
  JobQueue::Job Make(std::string id, std::string owner, int32_t priority = 0,
                     bool is_long = false) {
    time_ += absl::Microseconds(1);
    return {std::move(id), std::move(owner), priority, is_long, time_};
  }

 private:
  absl::Time time_ = absl::FromUnixSeconds(1700000000);
};

class JobQueueTest : public ::testing::Test {
 protected:
  std::vector<std::string> PopAll() {
    std::vector<std::string> popped;
    while (std::optional<JobQueue::Job> next = queue_.Pop()) popped.push_back(next->id);
    return popped;
  }

  void Push(const std::string& id, const std::string& owner, int32_t priority = 0,
            bool is_long = false) {
    queue_.Push(jobs_.Make(id, owner, priority, is_long));
  }

  Jobs jobs_;
  JobQueue queue_{kNoLimit};
};

TEST_F(JobQueueTest, FirstComeFirstServedWithinAnOwner) {
  for (const char* id : {"c", "b", "a"}) Push(id, "ada");
  EXPECT_EQ(queue_.size(), 3);
  EXPECT_EQ(queue_.SizeOf("ada"), 3);
  EXPECT_THAT(PopAll(), ElementsAre("c", "b", "a"));
  EXPECT_EQ(queue_.size(), 0);
  EXPECT_EQ(queue_.SizeOf("ada"), 0);
}

TEST_F(JobQueueTest, HigherPriorityGoesFirstWithinAnOwner) {
  Push("normal-1", "ada");
  Push("low", "ada", -3);
  Push("high-1", "ada", 5);
  Push("normal-2", "ada");
  Push("high-2", "ada", 5);
  EXPECT_THAT(PopAll(), ElementsAre("high-1", "high-2", "normal-1", "normal-2", "low"));
}

TEST_F(JobQueueTest, PriorityDoesNotCountBetweenOwners) {
  Push("a", "ada", 100);
  Push("a2", "ada", 100);
  Push("b", "bob", -100);
  EXPECT_THAT(PopAll(), ElementsAre("a", "b", "a2"));
}

TEST_F(JobQueueTest, AJobThatUsedUpItsSliceGoesBehindThoseThatDidNot) {
  Push("long", "ada", 0, /*is_long=*/true);
  Push("short", "ada");
  Push("low", "ada", -1);
  EXPECT_THAT(PopAll(), ElementsAre("short", "long", "low"));
}

TEST_F(JobQueueTest, PopOfAnEmptyQueueIsUnset) {
  EXPECT_FALSE(queue_.has_next());
  EXPECT_FALSE(queue_.Pop().has_value());
}

TEST_F(JobQueueTest, FiftyJobsOfOneOwnerDoNotHoldUpAnothersSingleOne) {
  for (int number = 10; number < 60; ++number) Push(absl::StrCat("a", number), "ada");
  Push("b", "bob");
  const std::vector<std::string> order = PopAll();
  EXPECT_EQ(order[0], "a10");
  EXPECT_EQ(order[1], "b");
}

TEST_F(JobQueueTest, OwnersWithEquallyManyRunningTakeTurns) {
  for (const char* id : {"a1", "a2", "a3"}) Push(id, "ada");
  for (const char* id : {"b1", "b2"}) Push(id, "bob");
  std::vector<std::string> order;
  while (std::optional<JobQueue::Job> next = queue_.Pop()) {
    order.push_back(next->id);
    queue_.Finish(*next);
  }
  EXPECT_THAT(order, ElementsAre("a1", "b1", "a2", "b2", "a3"));
}

TEST_F(JobQueueTest, AnOwnerWhoComesBackAgainAndAgainDoesNotStarveOthers) {
  for (const char* id : {"a1", "a2"}) Push(id, "ada");
  std::vector<std::string> order;
  for (int round = 0; round < 4; ++round) {
    Push(absl::StrCat("b", round), "bob");
    const std::optional<JobQueue::Job> next = queue_.Pop();
    order.push_back(next->id);
    queue_.Finish(*next);
  }
  EXPECT_THAT(order, ElementsAre("a1", "b0", "a2", "b1"));
}

TEST_F(JobQueueTest, AnOwnerRunsNoMoreThanTheLimit) {
  JobQueue queue(2);
  for (const char* id : {"a1", "a2", "a3"}) queue.Push(jobs_.Make(id, "ada"));
  const JobQueue::Job first = *queue.Pop();
  queue.Pop();
  EXPECT_FALSE(queue.has_next());
  EXPECT_FALSE(queue.Pop().has_value());
  EXPECT_TRUE(queue.Find("a3")->is_at_limit);
  queue.Push(jobs_.Make("b1", "bob"));
  EXPECT_FALSE(queue.Find("b1")->is_at_limit);
  EXPECT_EQ(queue.Pop()->id, "b1");
  queue.Finish(first);
  EXPECT_FALSE(queue.Find("a3")->is_at_limit);
  EXPECT_EQ(queue.Pop()->id, "a3");
}

TEST_F(JobQueueTest, RemoveTakesOutThatJobOnly) {
  for (const char* id : {"a", "b", "c"}) Push(id, "ada");
  EXPECT_TRUE(queue_.Remove("b"));
  EXPECT_FALSE(queue_.Remove("b"));
  EXPECT_FALSE(queue_.Remove("never-there"));
  EXPECT_THAT(PopAll(), ElementsAre("a", "c"));
}

TEST_F(JobQueueTest, FindTellsPositionAndOwnerAhead) {
  Push("a", "ada");
  Push("b", "bob");
  const auto first = queue_.Find("a");
  ASSERT_TRUE(first.has_value());
  EXPECT_EQ(first->position, 1);
  EXPECT_THAT(first->owner_ahead, IsEmpty());
  const auto last = queue_.Find("b");
  ASSERT_TRUE(last.has_value());
  EXPECT_EQ(last->position, 2);
  EXPECT_EQ(last->owner_ahead, "ada");
}

TEST_F(JobQueueTest, FindOfAJobThatDoesNotWaitIsUnset) {
  Push("a", "ada");
  EXPECT_FALSE(queue_.Find("b").has_value());
  queue_.Pop();
  EXPECT_FALSE(queue_.Find("a").has_value());
}

// From any state, jobs start in the order that their places tell.
TEST_F(JobQueueTest, PlacesTellTheOrderInWhichJobsStart) {
  std::mt19937 random(1);
  for (int trial = 0; trial < 200; ++trial) {
    JobQueue queue(kNoLimit);
    const int owners = 1 + static_cast<int>(random() % 6);
    int number = 0;
    const auto push_some = [&](int count) {
      for (int job = 0; job < count; ++job) {
        queue.Push(jobs_.Make(absl::StrCat("job", number++),
                              absl::StrCat("owner", random() % owners),
                              static_cast<int>(random() % 3), random() % 2 == 0));
      }
    };
    push_some(20);
    for (int start = 0; start < 8; ++start) {
      const JobQueue::Job job = *queue.Pop();
      if (random() % 2 == 0) queue.Finish(job);
    }
    push_some(12);

    std::vector<JobQueue::Place> places(number);
    std::vector<std::string> ids;
    for (int job = 0; job < number; ++job) {
      if (const auto place = queue.Find(absl::StrCat("job", job))) places[job] = *place;
    }
    std::string owner_before;
    for (int64_t position = 1; queue.has_next(); ++position) {
      const JobQueue::Job job = *queue.Pop();
      const JobQueue::Place& place = places[std::stoi(job.id.substr(3))];
      ASSERT_EQ(place.position, position) << "trial " << trial << ", " << job.id;
      ASSERT_EQ(place.owner_ahead, owner_before) << "trial " << trial << ", " << job.id;
      owner_before = job.owner;
    }
  }
}

// --- Who yields ---

class YieldTest : public JobQueueTest {
 protected:
  JobQueue::Job Run(const std::string& id, const std::string& owner, int32_t priority = 0) {
    Push(id, owner, priority);
    return *queue_.Pop();
  }
};

TEST_F(YieldTest, NobodyYieldsWhileNobodyWaits) {
  EXPECT_FALSE(queue_.HasToYield(Run("a", "ada")));
}

TEST_F(YieldTest, AJobYieldsToAnotherOwners) {
  const JobQueue::Job running = Run("a", "ada");
  Push("b", "bob", -5, /*is_long=*/true);
  EXPECT_TRUE(queue_.HasToYield(running));
}

TEST_F(YieldTest, AJobDoesNotYieldToAnOwnerWhoRunsAsMany) {
  const JobQueue::Job ada = Run("a", "ada");
  const JobQueue::Job bob = Run("b1", "bob");
  Push("b2", "bob");
  EXPECT_FALSE(queue_.HasToYield(ada));
  EXPECT_TRUE(queue_.HasToYield(bob));  // To a job of bob's that has not had its slice.
}

TEST_F(YieldTest, OfTwoJobsOfOneOwnerOneYieldsToAnothers) {
  const JobQueue::Job first = Run("a1", "ada");
  Run("a2", "ada");
  Run("b1", "bob");
  Push("b2", "bob");
  EXPECT_TRUE(queue_.HasToYield(first));
}

TEST_F(YieldTest, WithinAnOwnerPriorityDecidesThenWhoHasHadASlice) {
  const JobQueue::Job running = Run("a", "ada", 1);
  Push("lower", "ada", 0);
  EXPECT_FALSE(queue_.HasToYield(running));
  Push("long", "ada", 1, /*is_long=*/true);
  EXPECT_FALSE(queue_.HasToYield(running));
  Push("fresh", "ada", 1);
  EXPECT_TRUE(queue_.HasToYield(running));
  EXPECT_TRUE(queue_.Remove("fresh"));
  Push("higher", "ada", 2, /*is_long=*/true);
  EXPECT_TRUE(queue_.HasToYield(running));
}

TEST_F(YieldTest, NobodyYieldsToAnOwnerAtTheLimit) {
  JobQueue queue(1);
  queue.Push(jobs_.Make("a1", "ada"));
  queue.Push(jobs_.Make("b1", "bob"));
  queue.Pop();
  const JobQueue::Job bob = *queue.Pop();
  queue.Push(jobs_.Make("a2", "ada"));
  EXPECT_FALSE(queue.HasToYield(bob));
}

}  // namespace
}  // namespace percept::training
