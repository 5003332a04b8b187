#include "server/training/snapshot_history.h"

#include <atomic>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/strings/str_cat.h"
#include "absl/synchronization/mutex.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

#include "tests/support/records.h"
#include "tests/support/status_matchers.h"
#include "tests/unit/training/example_jobs.h"
#include "tests/unit/training/gate.h"
#include "tests/unit/training/job_store.h"

namespace percept::training {
namespace {

using percept::testing::BlockOf;
using percept::testing::IsOk;
using percept::testing::StatusIs;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::SizeIs;

constexpr int64_t kMegabyte = int64_t{1} << 20;
constexpr int64_t kNoBound = int64_t{1} << 40;

// A job's history over a real store, which counts what it encodes.
class HistoryOverStore {
 public:
  // The job has `stored` snapshots before the history is opened.
  explicit HistoryOverStore(int64_t stored = 0, int64_t parameter_bytes = 100)
      : parameter_bytes_(parameter_bytes), jobs({"job"}) {
    for (int64_t index = 0; index < stored; ++index) Store(index);
    history = std::make_shared<SnapshotHistory>(
        JobStore::Job("job"), &jobs.store.snapshots(),
        [this](const storage::JobRecord& job, const storage::BorrowedSnapshot& snapshot,
               SnapshotView view, std::string& bytes) { Encode(job, snapshot, view, bytes); },
        stored, /*ended=*/false);
  }

  void StoreAndPublish(int64_t count) {
    for (int64_t left = count; left > 0; --left) {
      const int64_t index = history->count();
      Store(index);
      history->Publish({BlockOf({SnapshotOf(index, parameter_bytes_)})});
    }
  }

  // In a block of so many.
  void StoreAndPublishTogether(int64_t count) {
    std::vector<storage::SnapshotRecord> snapshots;
    for (int64_t left = count; left > 0; --left) {
      const int64_t index = history->count() + static_cast<int64_t>(snapshots.size());
      Store(index);
      snapshots.push_back(SnapshotOf(index, parameter_bytes_));
    }
    history->Publish({BlockOf(snapshots)});
  }

  static std::string Text(int64_t index, SnapshotView view) {
    return absl::StrCat("job/", index, view == SnapshotView::kFull ? " full" : " metrics");
  }

  // The indices of what a read gives; each with the bytes it must have.
  std::vector<int64_t> Read(int64_t start_index, SnapshotView view, int64_t max_bytes) const {
    const auto snapshots = history->Read(start_index, view, max_bytes);
    EXPECT_THAT(snapshots, IsOk());
    std::vector<int64_t> indices;
    if (!snapshots.ok()) return indices;
    for (const EncodedSnapshots& run : *snapshots) {
      EXPECT_GT(run.count, 0);
      std::string expected;
      for (int64_t index = run.first_index; index < run.end_index(); ++index) {
        indices.push_back(index);
        expected += Text(index, view);
      }
      EXPECT_EQ(run.bytes, expected);
    }
    return indices;
  }

 private:
  const int64_t parameter_bytes_;

 public:
  JobStore jobs;
  std::shared_ptr<SnapshotHistory> history;
  std::atomic<int> metrics_encoded{0};
  std::atomic<int> full_encoded{0};
  size_t encoded_bytes = 0;  // Added to each.

 private:
  void Store(int64_t index) {
    EXPECT_OK(jobs.store.snapshots().Append(
        {storage::PendingSnapshots{"job", BlockOf({SnapshotOf(index, parameter_bytes_)})}}));
  }

  void Encode(const storage::JobRecord& job, const storage::BorrowedSnapshot& snapshot,
              SnapshotView view, std::string& bytes) {
    EXPECT_EQ(job.id, "job");
    // The full view needs what it shows, wherever the snapshot comes from.
    EXPECT_TRUE(view == SnapshotView::kMetrics || !snapshot.parameters.empty());
    ++(view == SnapshotView::kFull ? full_encoded : metrics_encoded);
    bytes += Text(snapshot.index, view);
    bytes.append(encoded_bytes, ' ');
  }
};

std::vector<int64_t> Range(int64_t begin, int64_t end) {
  std::vector<int64_t> numbers;
  for (int64_t number = begin; number < end; ++number) numbers.push_back(number);
  return numbers;
}

TEST(SnapshotHistory, NothingIsReadBeforeTheFirstSnapshotAndPastTheLast) {
  HistoryOverStore job;
  EXPECT_EQ(job.history->count(), 0);
  EXPECT_THAT(job.Read(0, SnapshotView::kMetrics, kNoBound), IsEmpty());
  job.StoreAndPublish(2);
  EXPECT_EQ(job.history->count(), 2);
  EXPECT_THAT(job.Read(2, SnapshotView::kMetrics, kNoBound), IsEmpty());
  EXPECT_THAT(job.Read(1'000'000, SnapshotView::kFull, kNoBound), IsEmpty());
}

TEST(SnapshotHistory, ReadsFromAnyIndex) {
  HistoryOverStore job;
  job.StoreAndPublish(10);
  for (const SnapshotView view : {SnapshotView::kMetrics, SnapshotView::kFull}) {
    EXPECT_EQ(job.Read(0, view, kNoBound), Range(0, 10));
    EXPECT_EQ(job.Read(7, view, kNoBound), Range(7, 10));
    EXPECT_EQ(job.Read(9, view, kNoBound), Range(9, 10));
  }
}

TEST(SnapshotHistory, AReadGivesAtLeastOneAndStopsAtTheBound) {
  HistoryOverStore published;
  published.StoreAndPublish(10);
  HistoryOverStore stored(10);
  for (const HistoryOverStore* job : {&published, &stored}) {
    EXPECT_THAT(job->Read(3, SnapshotView::kMetrics, 1), ElementsAre(3));
    EXPECT_THAT(job->Read(3, SnapshotView::kMetrics, 0), ElementsAre(3));
    EXPECT_THAT(job->Read(3, SnapshotView::kFull, 1), ElementsAre(3));
    // "job/3 metrics" has 13 bytes: the third takes the sum to the bound.
    EXPECT_THAT(job->Read(3, SnapshotView::kMetrics, 39), ElementsAre(3, 4, 5));
  }
}

TEST(SnapshotHistory, ReadsFromTheMiddleOfABlockAcrossToTheNext) {
  HistoryOverStore job;
  job.StoreAndPublishTogether(5);
  job.StoreAndPublishTogether(1);
  job.StoreAndPublishTogether(4);
  for (const SnapshotView view : {SnapshotView::kMetrics, SnapshotView::kFull}) {
    for (int64_t start = 0; start < 10; ++start) {
      EXPECT_EQ(job.Read(start, view, kNoBound), Range(start, 10));
      EXPECT_EQ(job.Read(start, view, 1), Range(start, start + 1));
    }
  }
  EXPECT_THAT(job.Read(3, SnapshotView::kMetrics, 39), ElementsAre(3, 4, 5));
  EXPECT_EQ(job.metrics_encoded, 10);
}

TEST(SnapshotHistory, NothingIsEncodedBeforeItIsAskedFor) {
  HistoryOverStore job;
  job.StoreAndPublish(10);
  EXPECT_EQ(job.metrics_encoded, 0);
  job.Read(9, SnapshotView::kMetrics, kNoBound);
  EXPECT_EQ(job.metrics_encoded, 1);
  EXPECT_EQ(job.full_encoded, 0);
}

TEST(SnapshotHistory, TheWindowIsBoundedByBytes) {
  HistoryOverStore job(0, kMegabyte);
  job.StoreAndPublish(10);
  // Each takes 1 MiB and a little, so seven are in memory; the rest is encoded anew each time.
  for (int time = 1; time <= 3; ++time) {
    EXPECT_EQ(job.Read(3, SnapshotView::kMetrics, kNoBound), Range(3, 10));
    EXPECT_EQ(job.metrics_encoded, 7);
  }
  for (int time = 1; time <= 3; ++time) {
    EXPECT_EQ(job.Read(2, SnapshotView::kMetrics, 1), Range(2, 3));
    EXPECT_EQ(job.metrics_encoded, 7 + time);
  }
}

TEST(SnapshotHistory, EncodingsCountTowardsTheWindow) {
  HistoryOverStore job(0, kMegabyte);
  job.encoded_bytes = kMegabyte;
  job.StoreAndPublish(7);
  ASSERT_OK(job.history->Read(6, SnapshotView::kFull, kNoBound));
  ASSERT_EQ(job.full_encoded, 1);
  // The encoding has pushed out the oldest, which is now encoded anew each time.
  for (int time = 1; time <= 3; ++time) {
    ASSERT_OK(job.history->Read(0, SnapshotView::kFull, 1));
    EXPECT_EQ(job.full_encoded, 1 + time);
  }
}

TEST(SnapshotHistory, ReadingGoesAcrossTheBorderOfStoreAndWindowWithoutGap) {
  for (const SnapshotView view : {SnapshotView::kMetrics, SnapshotView::kFull}) {
    HistoryOverStore job(4, kMegabyte);
    job.StoreAndPublish(6);
    std::vector<int64_t> all;
    while (static_cast<int64_t>(all.size()) < job.history->count()) {
      const auto next = job.Read(static_cast<int64_t>(all.size()), view, 2 * kMegabyte);
      ASSERT_FALSE(next.empty());
      all.insert(all.end(), next.begin(), next.end());
    }
    EXPECT_EQ(all, Range(0, 10));
  }
}

TEST(SnapshotHistory, ASnapshotLargerThanTheWindowIsReadFromTheStore) {
  HistoryOverStore job(0, 5 * kMegabyte);
  job.StoreAndPublish(2);
  EXPECT_EQ(job.history->count(), 2);
  EXPECT_EQ(job.Read(0, SnapshotView::kFull, kNoBound), Range(0, 2));
}

TEST(SnapshotHistory, AHistoryOpenedLaterBeginsWithWhatIsStored) {
  HistoryOverStore job(5);
  EXPECT_EQ(job.history->count(), 5);
  job.StoreAndPublish(2);
  EXPECT_EQ(job.history->count(), 7);
  EXPECT_EQ(job.Read(0, SnapshotView::kMetrics, kNoBound), Range(0, 7));
  EXPECT_EQ(job.Read(5, SnapshotView::kMetrics, kNoBound), Range(5, 7));
}

TEST(SnapshotHistory, EachIsEncodedOncePerViewHoweverManyRead) {
  HistoryOverStore job;
  job.StoreAndPublish(20);
  std::vector<std::thread> readers;
  for (int number = 0; number < 4; ++number) {
    readers.emplace_back([&job] {
      for (int time = 0; time < 5; ++time) {
        EXPECT_EQ(job.Read(0, SnapshotView::kMetrics, kNoBound), Range(0, 20));
        EXPECT_EQ(job.Read(0, SnapshotView::kFull, kNoBound), Range(0, 20));
      }
    });
  }
  for (std::thread& reader : readers) reader.join();
  EXPECT_EQ(job.metrics_encoded, 20);
  EXPECT_EQ(job.full_encoded, 20);
}

TEST(SnapshotHistory, ReadersShareTheBytes) {
  HistoryOverStore job;
  job.StoreAndPublish(1);
  for (const SnapshotView view : {SnapshotView::kMetrics, SnapshotView::kFull}) {
    ASSERT_OK_AND_ASSIGN(const auto first, job.history->Read(0, view, kNoBound));
    ASSERT_OK_AND_ASSIGN(const auto second, job.history->Read(0, view, kNoBound));
    EXPECT_EQ(first[0].bytes.data(), second[0].bytes.data());
  }
}

TEST(SnapshotHistory, ASnapshotMissingFromTheStoreIsDataLoss) {
  JobStore jobs({"job"});
  const SnapshotHistory history(
      JobStore::Job("job"), &jobs.store.snapshots(),
      [](const auto&, const auto&, SnapshotView, std::string&) {}, 3, /*ended=*/true);
  EXPECT_THAT(history.Read(0, SnapshotView::kMetrics, kNoBound),
              StatusIs(absl::StatusCode::kDataLoss, ::testing::HasSubstr("jobs/job/snapshots/0")));
}

TEST(SnapshotHistory, AnErrorOfTheStoreIsPassedOn) {
  HistoryOverStore job(3);
  job.jobs.store.SetHooks(
      {.after_read = [](auto&) { return absl::UnavailableError("the disk is gone"); }});
  EXPECT_THAT(job.history->Read(0, SnapshotView::kFull, kNoBound),
              StatusIs(absl::StatusCode::kUnavailable, "the disk is gone"));
}

TEST(SnapshotHistory, EndedOnceItHasBeenSaid) {
  HistoryOverStore job;
  EXPECT_FALSE(job.history->ended());
  job.history->NotifyStateChanged();
  EXPECT_FALSE(job.history->ended());
  job.history->End();
  EXPECT_TRUE(job.history->ended());
  EXPECT_EQ(job.history->count(), 0);
}

TEST(SnapshotHistory, ListenersAreCalledAfterEachChange) {
  HistoryOverStore job;
  std::vector<int64_t> counts;
  std::vector<bool> ends;
  const auto subscription = job.history->Listen([&] {
    counts.push_back(job.history->count());
    ends.push_back(job.history->ended());
  });
  job.StoreAndPublish(2);
  job.StoreAndPublishTogether(3);
  job.history->NotifyStateChanged();
  job.history->End();
  EXPECT_THAT(counts, ElementsAre(1, 2, 5, 5, 5));
  EXPECT_THAT(ends, ElementsAre(false, false, false, false, true));
}

TEST(SnapshotHistory, AListenerMayUnsubscribeWithinItsCall) {
  HistoryOverStore job;
  int calls = 0;
  std::unique_ptr<SnapshotHistory::Subscription> subscription;
  subscription = job.history->Listen([&] {
    ++calls;
    subscription.reset();
  });
  job.StoreAndPublish(3);
  EXPECT_EQ(calls, 1);
}

TEST(SnapshotHistory, AListenerMayReadAndSubscribeWithinItsCall) {
  HistoryOverStore job;
  std::vector<std::unique_ptr<SnapshotHistory::Subscription>> more;
  int calls_of_more = 0;
  const auto subscription = job.history->Listen([&] {
    EXPECT_THAT(job.Read(0, SnapshotView::kFull, kNoBound),
                SizeIs(static_cast<size_t>(job.history->count())));
    more.push_back(job.history->Listen([&] { ++calls_of_more; }));
  });
  job.StoreAndPublish(3);
  EXPECT_EQ(calls_of_more, 0 + 1 + 2);
}

TEST(SnapshotHistory, WhatAListenerHoldsMayUseTheHistoryAsItGoes) {
  HistoryOverStore job;
  // The second subscription goes with the first listener.
  std::shared_ptr<SnapshotHistory::Subscription> held = job.history->Listen([] {});
  auto subscription = job.history->Listen([held] {});
  const std::weak_ptr<SnapshotHistory::Subscription> watched = held;
  held.reset();
  subscription.reset();
  EXPECT_TRUE(watched.expired());
}

TEST(SnapshotHistory, ManyListenersAreEachCalled) {
  HistoryOverStore job;
  std::vector<int> calls(1000, 0);
  std::vector<std::unique_ptr<SnapshotHistory::Subscription>> subscriptions;
  for (int& count : calls) {
    subscriptions.push_back(job.history->Listen([&count] { ++count; }));
  }
  job.StoreAndPublish(1);
  subscriptions.resize(500);
  job.StoreAndPublish(1);
  for (size_t number = 0; number < calls.size(); ++number) {
    EXPECT_EQ(calls[number], number < 500 ? 2 : 1);
  }
}

// Tells a viewer that there is something to read. Outlives the viewer's subscription.
class News {
 public:
  void Tell() ABSL_LOCKS_EXCLUDED(mutex_) {
    absl::MutexLock lock(&mutex_);
    told_ = true;
  }
  void Await() ABSL_LOCKS_EXCLUDED(mutex_) {
    absl::MutexLock lock(&mutex_);
    EXPECT_TRUE(mutex_.AwaitWithTimeout(absl::Condition(&told_), kPatience));
    told_ = false;
  }

 private:
  absl::Mutex mutex_;
  bool told_ ABSL_GUARDED_BY(mutex_) = false;
};

TEST(SnapshotHistory, ViewersThatComeAndGoWhileItGrowsMissNothing) {
  // Half a MiB each: viewers fall out of the window and into the store, and back.
  static constexpr int64_t kSnapshots = 60;
  HistoryOverStore job(0, kMegabyte / 2);
  std::vector<std::thread> viewers;
  for (int number = 0; number < 3; ++number) {
    viewers.emplace_back([&job, number] {
      const auto news = std::make_shared<News>();
      int64_t cursor = 0;
      while (true) {
        // A new subscription each time, as of a viewer that reconnects.
        const auto subscription = job.history->Listen([news] { news->Tell(); });
        const bool ended = job.history->ended();
        const auto view = number == 0 ? SnapshotView::kFull : SnapshotView::kMetrics;
        const auto next = job.Read(cursor, view, number == 2 ? 1 : kMegabyte);
        for (const int64_t index : next) EXPECT_EQ(index, cursor++);
        if (next.empty() && ended) break;
        if (next.empty()) news->Await();
      }
      EXPECT_EQ(cursor, kSnapshots);
    });
  }
  job.StoreAndPublish(kSnapshots);
  job.history->End();
  for (std::thread& viewer : viewers) viewer.join();
}

}  // namespace
}  // namespace percept::training
