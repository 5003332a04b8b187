#include "server/training/job_queue.h"

#include <string>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace percept::training {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

std::vector<std::string> PopAll(JobQueue& queue) {
  std::vector<std::string> popped;
  while (std::optional<std::string> next = queue.Pop()) popped.push_back(*next);
  return popped;
}

TEST(JobQueue, FirstComeFirstServedWithinAPriority) {
  JobQueue queue;
  for (const char* id : {"a", "b", "c"}) queue.Push(id, "ada", 0);
  EXPECT_EQ(queue.size(), 3);
  EXPECT_THAT(PopAll(queue), ElementsAre("a", "b", "c"));
  EXPECT_EQ(queue.size(), 0);
}

TEST(JobQueue, HigherPriorityGoesFirst) {
  JobQueue queue;
  queue.Push("normal-1", "ada", 0);
  queue.Push("low", "ada", -3);
  queue.Push("high-1", "ada", 5);
  queue.Push("normal-2", "ada", 0);
  queue.Push("high-2", "ada", 5);
  EXPECT_THAT(PopAll(queue), ElementsAre("high-1", "high-2", "normal-1", "normal-2", "low"));
}

TEST(JobQueue, PopOfAnEmptyQueueIsUnset) {
  JobQueue queue;
  EXPECT_FALSE(queue.Pop().has_value());
}

TEST(JobQueue, RemoveTakesOutThatJobOnly) {
  JobQueue queue;
  for (const char* id : {"a", "b", "c"}) queue.Push(id, "ada", 0);
  EXPECT_TRUE(queue.Remove("b"));
  EXPECT_FALSE(queue.Remove("b"));
  EXPECT_FALSE(queue.Remove("never-there"));
  EXPECT_THAT(PopAll(queue), ElementsAre("a", "c"));
}

TEST(JobQueue, FindTellsPositionAndOwnerAhead) {
  JobQueue queue;
  queue.Push("a", "ada", 0);
  queue.Push("b", "bob", 0);
  queue.Push("c", "cleo", 1);

  const auto first = queue.Find("c");
  ASSERT_TRUE(first.has_value());
  EXPECT_EQ(first->position, 1);
  EXPECT_THAT(first->owner_ahead, IsEmpty());

  const auto last = queue.Find("b");
  ASSERT_TRUE(last.has_value());
  EXPECT_EQ(last->position, 3);
  EXPECT_EQ(last->owner_ahead, "ada");
}

TEST(JobQueue, FindOfAJobThatDoesNotWaitIsUnset) {
  JobQueue queue;
  queue.Push("a", "ada", 0);
  EXPECT_FALSE(queue.Find("b").has_value());
  queue.Pop();
  EXPECT_FALSE(queue.Find("a").has_value());
}

}  // namespace
}  // namespace percept::training
