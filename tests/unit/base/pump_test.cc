#include "server/base/pump.h"

#include <atomic>
#include <thread>
#include <vector>

#include "gtest/gtest.h"

#include "server/base/thread_pool.h"

namespace percept {
namespace {

using Next = Pump::Next;

void RunAll(Pump& pump, absl::FunctionRef<Next()> step) {
  while (pump.Run(step, /*most_steps=*/3)) {
  }
}

TEST(Pump, RunsAStepForNewsAndThenIsIdle) {
  Pump pump;
  int steps = 0;
  ASSERT_TRUE(pump.Notify());
  RunAll(pump, [&] {
    ++steps;
    return Next::kIdle;
  });
  EXPECT_EQ(steps, 1);
  EXPECT_TRUE(pump.Notify());
}

TEST(Pump, RunsAnotherStepForNewsThatComeDuringOne) {
  Pump pump;
  int steps = 0;
  ASSERT_TRUE(pump.Notify());
  RunAll(pump, [&] {
    if (++steps == 1) {
      EXPECT_FALSE(pump.Notify());
    }
    return Next::kIdle;
  });
  EXPECT_EQ(steps, 2);
}

TEST(Pump, KeepsNewsUntilWhatItWaitsForIsOver) {
  Pump pump;
  ASSERT_TRUE(pump.Notify());
  RunAll(pump, [] { return Next::kAwait; });
  EXPECT_FALSE(pump.Notify());
  EXPECT_TRUE(pump.Settle());
  int steps = 0;
  RunAll(pump, [&] {
    ++steps;
    return Next::kAwait;
  });
  EXPECT_EQ(steps, 1);
  EXPECT_FALSE(pump.Settle());  // There is nothing to do.
  EXPECT_TRUE(pump.Notify());
}

TEST(Pump, GoesOnWithoutNewsAfterAStepThatHasMoreToDo) {
  Pump pump;
  ASSERT_TRUE(pump.Notify());
  RunAll(pump, [] { return Next::kAwaitToGoOn; });
  EXPECT_TRUE(pump.Settle());
}

TEST(Pump, BearsThatWhatAStepBeganIsOverBeforeTheStep) {
  Pump pump;
  int steps = 0;
  ASSERT_TRUE(pump.Notify());
  RunAll(pump, [&] {
    EXPECT_FALSE(pump.Settle());
    return ++steps < 3 ? Next::kAwaitToGoOn : Next::kAwait;
  });
  EXPECT_EQ(steps, 3);
  EXPECT_TRUE(pump.Notify());
}

TEST(Pump, ReturnsAfterTheMostStepsToGoOnLater) {
  Pump pump;
  int steps = 0;
  const auto step = [&] {
    EXPECT_FALSE(pump.Notify());
    return ++steps < 5 ? Next::kIdle : Next::kOver;
  };
  ASSERT_TRUE(pump.Notify());
  EXPECT_TRUE(pump.Run(step, 2));
  EXPECT_EQ(steps, 2);
  EXPECT_FALSE(pump.Notify());  // It is under way all the same.
  EXPECT_TRUE(pump.Run(step, 2));
  EXPECT_FALSE(pump.Run(step, 2));
  EXPECT_EQ(steps, 5);
}

TEST(Pump, TakesNoStepOnceItIsOver) {
  Pump pump;
  ASSERT_TRUE(pump.Notify());
  RunAll(pump, [&] {
    EXPECT_FALSE(pump.Notify());
    return Next::kOver;
  });
  EXPECT_FALSE(pump.Notify());
  EXPECT_FALSE(pump.Settle());
}

// Producers count up, each step takes one of what was counted and has another thread settle it.
TEST(Pump, LosesNoNewsOfManyThreadsAndRunsOneStepAtATime) {
  constexpr int kProducers = 4;
  constexpr int kNewsOfEach = 5000;
  Pump pump;
  std::atomic<int> made{0};
  std::atomic<int> running{0};
  int taken = 0;  // Of the pump's steps.
  {
    ThreadPool settlers("settle", 2, 10);
    std::function<void()> run;
    const auto step = [&] {
      EXPECT_EQ(running.fetch_add(1), 0);
      const bool has_some = taken < made.load();
      if (has_some) ++taken;
      const bool has_more = taken < made.load();
      EXPECT_EQ(running.fetch_sub(1), 1);
      if (!has_some) return Next::kIdle;
      settlers.Submit([&] {
        if (pump.Settle()) run();
      });
      return has_more ? Next::kAwaitToGoOn : Next::kAwait;
    };
    run = [&] { RunAll(pump, step); };
    std::vector<std::thread> producers;
    for (int producer = 0; producer < kProducers; ++producer) {
      producers.emplace_back([&] {
        for (int number = 0; number < kNewsOfEach; ++number) {
          ++made;
          if (pump.Notify()) run();
        }
      });
    }
    for (std::thread& producer : producers) producer.join();
  }
  EXPECT_EQ(taken, kProducers * kNewsOfEach);
}

}  // namespace
}  // namespace percept
