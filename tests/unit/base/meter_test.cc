#include "server/base/meter.h"

#include <thread>
#include <vector>

#include "gtest/gtest.h"

namespace percept {
namespace {

TEST(Count, LosesNothingWhenThreadsAddAtOnce) {
  constexpr int kThreads = 4;
  constexpr int kTimes = 10'000;
  Count count;
  std::vector<std::thread> threads;
  for (int i = 0; i < kThreads; ++i) {
    threads.emplace_back([&count] {
      for (int time = 0; time < kTimes; ++time) count.Add(2);
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(count.value(), int64_t{2} * kThreads * kTimes);
}

TEST(Durations, CountEachUpToItsBound) {
  constexpr size_t kLast = Durations::kBounds.size();
  Durations durations;
  durations.Add(absl::ZeroDuration());
  durations.Add(absl::Microseconds(50));  // The first bound, which it does not exceed.
  durations.Add(absl::Microseconds(51));
  durations.Add(absl::Seconds(60));
  durations.Add(absl::Seconds(61));
  EXPECT_EQ(durations.count(0), 2);
  EXPECT_EQ(durations.count(1), 1);
  EXPECT_EQ(durations.count(kLast - 1), 1);
  EXPECT_EQ(durations.count(kLast), 1);
  EXPECT_EQ(durations.total(), absl::Microseconds(101) + absl::Seconds(121));
}

}  // namespace
}  // namespace percept
