#include "server/data/content_cache.h"

#include <atomic>
#include <new>
#include <string>
#include <thread>
#include <vector>

#include "absl/synchronization/barrier.h"
#include "absl/synchronization/notification.h"
#include "gmock/gmock.h"

#include "tests/support/status_matchers.h"

namespace percept::data {
namespace {

using ::percept::testing::IsOk;
using ::percept::testing::StatusIs;

constexpr int64_t kSize = 400;

// A data set of `kSize` bytes.
Dataset Content(float value = 0.0f) {
  Dataset dataset;
  dataset.splits[0].dense.assign(kSize / sizeof(float), value);
  return dataset;
}

// Counts how often it is called.
class CountingLoader {
 public:
  absl::StatusOr<Dataset> operator()() const {
    ++calls_;
    return Content();
  }
  int calls() const { return calls_; }

 private:
  mutable std::atomic<int> calls_ = 0;
};

TEST(ContentCache, SharesWhatIsHeldEvenWhenItKeepsNothing) {
  ContentCache cache(0);
  CountingLoader loader;
  ASSERT_OK_AND_ASSIGN(const auto first, cache.Get("a", loader));
  ASSERT_OK_AND_ASSIGN(const auto second, cache.Get("a", loader));
  EXPECT_EQ(first.get(), second.get());
  EXPECT_EQ(loader.calls(), 1);
}

TEST(ContentCache, ForgetsWhatIsDroppedBeyondItsBound) {
  ContentCache cache(kSize - 1);
  CountingLoader loader;
  ASSERT_OK(cache.Get("a", loader));
  ASSERT_OK(cache.Get("a", loader));
  EXPECT_EQ(loader.calls(), 2);
}

TEST(ContentCache, KeepsWhatIsDroppedWithinItsBound) {
  ContentCache cache(kSize);
  CountingLoader loader;
  ASSERT_OK(cache.Get("a", loader));
  ASSERT_OK(cache.Get("a", loader));
  EXPECT_EQ(loader.calls(), 1);
}

TEST(ContentCache, ForgetsTheLeastRecentlyUsedFirst) {
  ContentCache cache(2 * kSize);
  CountingLoader a;
  CountingLoader b;
  CountingLoader c;
  ASSERT_OK(cache.Get("a", a));
  ASSERT_OK(cache.Get("b", b));
  ASSERT_OK(cache.Get("a", a));
  ASSERT_OK(cache.Get("c", c));  // b goes.
  ASSERT_OK(cache.Get("a", a));
  ASSERT_OK(cache.Get("c", c));
  EXPECT_EQ(a.calls() + b.calls() + c.calls(), 3);
  ASSERT_OK(cache.Get("b", b));
  EXPECT_EQ(b.calls(), 2);
}

TEST(ContentCache, CountsNothingThatIsHeldAgainstItsBound) {
  ContentCache cache(kSize);
  CountingLoader held;
  CountingLoader other;
  ASSERT_OK_AND_ASSIGN(auto handle, cache.Get("held", held));
  ASSERT_OK(cache.Get("other", other));
  ASSERT_OK(cache.Get("other", other));
  EXPECT_EQ(other.calls(), 1);
  handle.reset();  // The later one dropped stays.
  ASSERT_OK(cache.Get("held", held));
  EXPECT_EQ(held.calls(), 1);
}

TEST(ContentCache, ReportsAnErrorAndTriesAgain) {
  ContentCache cache(kSize);
  EXPECT_THAT(cache.Get("a", [] { return absl::StatusOr<Dataset>(absl::DataLossError("broken")); }),
              StatusIs(absl::StatusCode::kDataLoss, "broken"));
  CountingLoader loader;
  EXPECT_OK(cache.Get("a", loader));
}

TEST(ContentCache, TurnsLackOfMemoryIntoAnError) {
  ContentCache cache(kSize);
  EXPECT_THAT(cache.Get("a", []() -> absl::StatusOr<Dataset> { throw std::bad_alloc(); }),
              StatusIs(absl::StatusCode::kResourceExhausted, "not enough memory to hold it"));
}

TEST(ContentCache, LoadsOnceForAllWhoAskMeanwhile) {
  constexpr int kThreads = 8;
  ContentCache cache(0);
  CountingLoader loader;
  // Handles are kept to the end, so that whoever comes last still finds the content.
  std::vector<std::shared_ptr<const Dataset>> handles(kThreads);
  std::vector<std::thread> threads;
  for (int i = 0; i < kThreads; ++i) {
    threads.emplace_back([&, i] { handles[static_cast<size_t>(i)] = *cache.Get("a", loader); });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(loader.calls(), 1);
  for (const auto& handle : handles) EXPECT_EQ(handle.get(), handles[0].get());
}

TEST(ContentCache, SharesTheErrorWithWhoWaits) {
  ContentCache cache(0);
  absl::Notification loading;
  absl::Notification go_on;
  std::atomic<int> calls = 0;
  const auto fail = [&]() -> absl::StatusOr<Dataset> {
    ++calls;
    loading.Notify();
    go_on.WaitForNotification();
    return absl::DataLossError("broken");
  };
  std::thread first(
      [&] { EXPECT_THAT(cache.Get("a", fail), StatusIs(absl::StatusCode::kDataLoss)); });
  loading.WaitForNotification();
  std::thread second([&] {
    const auto result = cache.Get("a", [] { return absl::StatusOr<Dataset>(Content()); });
    // Either it waited for the first or it came after it.
    EXPECT_THAT(result, ::testing::AnyOf(IsOk(), StatusIs(absl::StatusCode::kDataLoss)));
  });
  go_on.Notify();
  first.join();
  second.join();
  EXPECT_EQ(calls, 1);
}

TEST(ContentCache, LoadsOneWhileAnotherIsLoading) {
  ContentCache cache(0);
  absl::Notification loading;
  absl::Notification go_on;
  std::thread slow([&] {
    EXPECT_OK(cache.Get("slow", [&]() -> absl::StatusOr<Dataset> {
      loading.Notify();
      go_on.WaitForNotification();
      return Content();
    }));
  });
  loading.WaitForNotification();
  EXPECT_OK(cache.Get("quick", [] { return absl::StatusOr<Dataset>(Content()); }));
  go_on.Notify();
  slow.join();
}

TEST(ContentCache, MayGoBeforeWhatItGaveOut) {
  std::shared_ptr<const Dataset> handle;
  {
    ContentCache cache(kSize);
    ASSERT_OK_AND_ASSIGN(handle,
                         cache.Get("a", [] { return absl::StatusOr<Dataset>(Content(3.0f)); }));
  }
  EXPECT_EQ(handle->splits[0].dense[99], 3.0f);
}

TEST(ContentCache, StaysConsistentUnderConcurrentUse) {
  constexpr int kThreads = 6;
  ContentCache cache(2 * kSize);
  std::vector<std::thread> threads;
  for (int thread = 0; thread < kThreads; ++thread) {
    threads.emplace_back([&, thread] {
      for (int round = 0; round < 300; ++round) {
        const int key = (thread * 7 + round) % 5;
        const auto content = cache.Get(std::to_string(key), [key] {
          return absl::StatusOr<Dataset>(Content(static_cast<float>(key)));
        });
        ASSERT_OK(content);
        ASSERT_EQ((*content)->splits[0].dense[0], static_cast<float>(key));
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
}

}  // namespace
}  // namespace percept::data
