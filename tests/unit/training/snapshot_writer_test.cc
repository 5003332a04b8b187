#include "server/training/snapshot_writer.h"

#include <algorithm>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "absl/synchronization/mutex.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

#include "tests/support/status_matchers.h"
#include "tests/unit/training/example_jobs.h"
#include "tests/unit/training/job_store.h"
#include "tests/unit/training/lanes.h"

namespace percept::training {
namespace {

using percept::testing::IsOk;
using percept::testing::StatusIs;
using storage::PendingSnapshots;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::SizeIs;

TEST(SnapshotWriter, PublishesOnlyWhatIsCommitted) {
  JobStore jobs({"job"});
  Job job("job", jobs.store);
  SnapshotWriter writer(&jobs.store.snapshots());
  std::vector<int64_t> counts;
  const auto subscription = job.history->Listen([&] {
    counts.push_back(job.history->count());
    const auto stored =
        jobs.sqlite->snapshots().Read("job", counts.back() - 1, 1, SnapshotView::kFull, 1);
    ASSERT_OK(stored);
    ASSERT_THAT(*stored, SizeIs(1));
    EXPECT_EQ(stored->front().parameters_crc32c,
              SnapshotOf(counts.back() - 1, 100).parameters_crc32c);
  });
  for (int64_t index = 0; index < 3; ++index) {
    EXPECT_OK(writer.Append(job.lane, Borrow(SnapshotOf(index, 100))));
  }
  EXPECT_OK(writer.Drain(job.lane));
  ASSERT_FALSE(counts.empty());
  EXPECT_TRUE(std::is_sorted(counts.begin(), counts.end()));
  EXPECT_EQ(counts.back(), 3);
}

TEST(SnapshotWriter, NothingIsPublishedWhileItsCommitIsUnderWay) {
  JobStore jobs({"job"});
  Groups groups;
  jobs.store.SetHooks({.before_append = [&](auto group) { return groups.Note(group); }});
  Job job("job", jobs.store);
  SnapshotWriter writer(&jobs.store.snapshots());
  EXPECT_OK(writer.Append(job.lane, Borrow(SnapshotOf(0, 100))));
  groups.first_arrived.Wait();
  EXPECT_EQ(job.history->count(), 0);
  groups.first_may_go.Open();
  EXPECT_OK(writer.Drain(job.lane));
  EXPECT_EQ(job.history->count(), 1);
}

TEST(SnapshotWriter, WhatComesDuringACommitIsStoredTogether) {
  JobStore jobs({"a", "b"});
  Groups groups;
  jobs.store.SetHooks({.before_append = [&](auto group) { return groups.Note(group); }});
  Job a("a", jobs.store);
  Job b("b", jobs.store);
  SnapshotWriter writer(&jobs.store.snapshots());
  EXPECT_OK(writer.Append(a.lane, Borrow(SnapshotOf(0, 100))));
  groups.first_arrived.Wait();
  for (int64_t index = 1; index < 5; ++index) {
    EXPECT_OK(writer.Append(a.lane, Borrow(SnapshotOf(index, 100))));
    EXPECT_OK(writer.Append(b.lane, Borrow(SnapshotOf(index - 1, 100))));
  }
  groups.first_may_go.Open();
  EXPECT_OK(writer.Drain(a.lane));
  EXPECT_OK(writer.Drain(b.lane));
  EXPECT_THAT(groups.sizes(), ElementsAre(1, 8));
  EXPECT_THAT(jobs.Snapshots("a"), SizeIs(5));
  EXPECT_THAT(jobs.Snapshots("b"), SizeIs(4));
}

TEST(SnapshotWriter, AGroupOfAJobIsOneBlockAndOneCallOfTheListeners) {
  JobStore jobs({"job"});
  Groups groups;
  std::vector<size_t> blocks;  // Written by the writer's thread, read once all is drained.
  jobs.store.SetHooks({.before_append = [&](absl::Span<const PendingSnapshots> group) {
    blocks.push_back(group.size());
    return groups.Note(group);
  }});
  Job job("job", jobs.store);
  SnapshotWriter writer(&jobs.store.snapshots());
  std::vector<int64_t> counts;
  const auto subscription = job.history->Listen([&] { counts.push_back(job.history->count()); });
  EXPECT_OK(writer.Append(job.lane, Borrow(SnapshotOf(0, 100))));
  groups.first_arrived.Wait();
  for (int64_t index = 1; index < 500; ++index) {
    EXPECT_OK(writer.Append(job.lane, Borrow(SnapshotOf(index, 100))));
  }
  groups.first_may_go.Open();
  EXPECT_OK(writer.Drain(job.lane));
  EXPECT_THAT(blocks, ElementsAre(1, 1));
  EXPECT_THAT(counts, ElementsAre(1, 500));
}

TEST(SnapshotWriter, ALargeGroupIsSeveralBlocks) {
  constexpr int64_t kBytes = storage::SnapshotBlock::kMaxBytes / 4;
  JobStore jobs({"job"});
  Groups groups;
  std::vector<std::vector<int64_t>> blocks;  // As above.
  jobs.store.SetHooks({.before_append = [&](absl::Span<const PendingSnapshots> group) {
    auto& counts = blocks.emplace_back();
    for (const PendingSnapshots& each : group) counts.push_back(each.block->view().count);
    return groups.Note(group);
  }});
  Job job("job", jobs.store);
  SnapshotWriter writer(&jobs.store.snapshots());
  EXPECT_OK(writer.Append(job.lane, Borrow(SnapshotOf(0, kBytes))));
  groups.first_arrived.Wait();
  for (int64_t index = 1; index < 8; ++index) {
    EXPECT_OK(writer.Append(job.lane, Borrow(SnapshotOf(index, kBytes))));
  }
  EXPECT_OK(writer.Append(job.lane, Borrow(SnapshotOf(8, 10 * kBytes))));
  groups.first_may_go.Open();
  EXPECT_OK(writer.Drain(job.lane));
  EXPECT_THAT(blocks, ElementsAre(ElementsAre(1), ElementsAre(3, 3, 1, 1)));
  EXPECT_THAT(jobs.Snapshots("job"), SizeIs(9));
}

TEST(SnapshotWriter, WhatIsTooLargeForOneGroupIsStoredInSeveral) {
  JobStore jobs({"job"});
  Groups groups;
  jobs.store.SetHooks({.before_append = [&](auto group) { return groups.Note(group); }});
  Job job("job", jobs.store);
  SnapshotWriter writer(&jobs.store.snapshots());
  EXPECT_OK(writer.Append(job.lane, Borrow(SnapshotOf(0, 100))));
  groups.first_arrived.Wait();
  for (int64_t index = 1; index < 6; ++index) {
    EXPECT_OK(writer.Append(job.lane, Borrow(SnapshotOf(index, 600 << 10))));
  }
  EXPECT_OK(writer.AppendEpoch(job.lane, storage::EpochRecord()));
  groups.first_may_go.Open();
  EXPECT_OK(writer.Drain(job.lane));
  EXPECT_THAT(groups.sizes(), ElementsAre(1, 2, 2, 1));
  EXPECT_EQ(job.history->count(), 6);
  EXPECT_THAT(*jobs.store.snapshots().ReadEpochs("job", 0, 10), SizeIs(1));
}

TEST(SnapshotWriter, ATrainerAheadOfTheDiskWaits) {
  // Three of these snapshots fit into the bound.
  constexpr int64_t kBytes = SnapshotWriter::kQueueBytes / 4;
  constexpr int64_t kSnapshots = 9;
  JobStore jobs({"job"});
  Groups groups;
  jobs.store.SetHooks({.before_append = [&](auto group) {
    groups.Note(group).IgnoreError();
    return absl::ResourceExhaustedError("kept off the disk for this test");
  }});
  // Each a job of its own, as a lane takes no more after an error.
  std::vector<Job> lanes;
  for (int64_t number = 0; number < kSnapshots; ++number) lanes.emplace_back("job", jobs.store);
  SnapshotWriter writer(&jobs.store.snapshots());
  absl::Mutex mutex;
  int64_t handed_over = 0;
  const storage::SnapshotRecord large = SnapshotOf(0, kBytes);
  std::thread trainer([&] {
    for (const Job& job : lanes) {
      EXPECT_OK(writer.Append(job.lane, Borrow(large)));
      absl::MutexLock lock(&mutex);
      ++handed_over;
    }
  });
  {
    absl::MutexLock lock(&mutex);
    const auto full = [&handed_over] { return handed_over == 3; };
    EXPECT_TRUE(mutex.AwaitWithTimeout(absl::Condition(&full), kPatience));
  }
  groups.first_may_go.Open();
  trainer.join();
  for (const Job& job : lanes) {
    EXPECT_THAT(writer.Drain(job.lane), StatusIs(absl::StatusCode::kResourceExhausted));
  }
  for (const int64_t size : groups.sizes()) EXPECT_LE(size, 3);
}

TEST(SnapshotWriter, ASnapshotLargerThanTheBoundIsStoredAllTheSame) {
  JobStore jobs({"job"});
  Job job("job", jobs.store);
  SnapshotWriter writer(&jobs.store.snapshots());
  EXPECT_OK(writer.Append(job.lane, Borrow(SnapshotOf(0, SnapshotWriter::kQueueBytes + 1))));
  EXPECT_OK(writer.Drain(job.lane));
  EXPECT_EQ(job.history->count(), 1);
}

// Fails whatever holds a snapshot of job "bad".
StoreHooks FailingJobBad() {
  return {.before_append = [](absl::Span<const PendingSnapshots> group) {
    for (const PendingSnapshots& each : group) {
      if (each.job_id == "bad") return absl::UnavailableError("cannot be stored");
    }
    return absl::OkStatus();
  }};
}

TEST(SnapshotWriter, AnErrorOfOneJobIsNotAnothers) {
  JobStore jobs({"good", "bad"});
  StoreHooks failing = FailingJobBad();
  Groups groups;
  jobs.store.SetHooks({.before_append = [&](auto group) {
    groups.Note(group).IgnoreError();
    return failing.before_append(group);
  }});
  Job good("good", jobs.store);
  Job bad("bad", jobs.store);
  SnapshotWriter writer(&jobs.store.snapshots());
  EXPECT_OK(writer.Append(good.lane, Borrow(SnapshotOf(0, 100))));
  groups.first_arrived.Wait();
  for (int64_t index = 0; index < 3; ++index) {
    EXPECT_OK(writer.Append(bad.lane, Borrow(SnapshotOf(index, 100))));
    EXPECT_OK(writer.Append(good.lane, Borrow(SnapshotOf(index + 1, 100))));
  }
  groups.first_may_go.Open();
  EXPECT_OK(writer.Drain(good.lane));
  EXPECT_THAT(writer.Drain(bad.lane), StatusIs(absl::StatusCode::kUnavailable, "cannot be stored"));
  EXPECT_EQ(good.history->count(), 4);
  EXPECT_EQ(bad.history->count(), 0);
  EXPECT_THAT(jobs.Snapshots("good"), SizeIs(4));
  EXPECT_THAT(jobs.Snapshots("bad"), IsEmpty());
}

TEST(SnapshotWriter, NothingOfAJobIsStoredAfterItsFirstError) {
  JobStore jobs({"bad"});
  jobs.store.SetHooks(FailingJobBad());
  Job bad("bad", jobs.store);
  SnapshotWriter writer(&jobs.store.snapshots());
  EXPECT_OK(writer.Append(bad.lane, Borrow(SnapshotOf(0, 100))));
  EXPECT_THAT(writer.Drain(bad.lane), StatusIs(absl::StatusCode::kUnavailable));
  jobs.store.SetHooks({});
  EXPECT_THAT(writer.Append(bad.lane, Borrow(SnapshotOf(0, 100))),
              StatusIs(absl::StatusCode::kUnavailable));
  EXPECT_THAT(writer.Drain(bad.lane), StatusIs(absl::StatusCode::kUnavailable));
  EXPECT_THAT(jobs.Snapshots("bad"), IsEmpty());
  EXPECT_EQ(bad.history->count(), 0);
}

TEST(SnapshotWriter, WhatWaitsBehindAFailedGroupIsNotTried) {
  JobStore jobs({"bad"});
  Groups groups;
  std::vector<int64_t> tried;  // Written by the writer's thread, read once all is drained.
  jobs.store.SetHooks({.before_append = [&](absl::Span<const PendingSnapshots> group) {
    tried.push_back(group.front().block->first_index());
    groups.Note(group).IgnoreError();
    return absl::UnavailableError("cannot be stored");
  }});
  Job bad("bad", jobs.store);
  SnapshotWriter writer(&jobs.store.snapshots());
  EXPECT_OK(writer.Append(bad.lane, Borrow(SnapshotOf(0, 100))));
  groups.first_arrived.Wait();
  for (int64_t index = 1; index < 3; ++index) {
    EXPECT_OK(writer.Append(bad.lane, Borrow(SnapshotOf(index, 100))));
  }
  groups.first_may_go.Open();
  EXPECT_THAT(writer.Drain(bad.lane), StatusIs(absl::StatusCode::kUnavailable));
  EXPECT_THAT(tried, ElementsAre(0));
}

storage::EpochRecord EpochOf(int32_t epoch) {
  storage::EpochRecord record;
  record.epoch = epoch;
  record.metrics.training_loss = 1.0 / (epoch + 1);
  return record;
}

TEST(SnapshotWriter, EpochsAreStoredBeforeTheSnapshotsThatFollowThem) {
  JobStore jobs({"job"});
  Job job("job", jobs.store);
  SnapshotWriter writer(&jobs.store.snapshots());
  const auto subscription = job.history->Listen([&] {
    const auto epochs = jobs.sqlite->snapshots().ReadEpochs("job", 0, 100);
    ASSERT_OK(epochs);
    EXPECT_GE(static_cast<int64_t>(epochs->size()), job.history->count());
  });
  for (int32_t number = 0; number < 20; ++number) {
    EXPECT_OK(writer.AppendEpoch(job.lane, EpochOf(number)));
    EXPECT_OK(writer.Append(job.lane, Borrow(SnapshotOf(number, 100))));
  }
  EXPECT_OK(writer.Drain(job.lane));
  EXPECT_EQ(job.history->count(), 20);
  const auto epochs = jobs.sqlite->snapshots().ReadEpochs("job", 0, 100);
  ASSERT_OK(epochs);
  ASSERT_THAT(*epochs, SizeIs(20));
  for (int32_t number = 0; number < 20; ++number) {
    EXPECT_EQ((*epochs)[static_cast<size_t>(number)], EpochOf(number));
  }
}

TEST(SnapshotWriter, AnEpochIsStoredWithoutASnapshotToo) {
  JobStore jobs({"job"});
  Job job("job", jobs.store);
  SnapshotWriter writer(&jobs.store.snapshots());
  EXPECT_OK(writer.AppendEpoch(job.lane, EpochOf(0)));
  EXPECT_OK(writer.Drain(job.lane));
  EXPECT_THAT(*jobs.sqlite->snapshots().ReadEpochs("job", 0, 100), SizeIs(1));
  EXPECT_EQ(job.history->count(), 0);
}

TEST(SnapshotWriter, AnEpochThatFailsEndsItsLaneAndNoOther) {
  JobStore jobs({"good", "bad"});
  jobs.store.SetHooks({.before_append_epochs = [](absl::Span<const storage::PendingEpoch> epochs) {
    for (const storage::PendingEpoch& each : epochs) {
      if (each.job_id == "bad") return absl::UnavailableError("cannot be stored");
    }
    return absl::OkStatus();
  }});
  Job good("good", jobs.store);
  Job bad("bad", jobs.store);
  SnapshotWriter writer(&jobs.store.snapshots());
  EXPECT_OK(writer.AppendEpoch(bad.lane, EpochOf(0)));
  EXPECT_THAT(writer.Drain(bad.lane), StatusIs(absl::StatusCode::kUnavailable));
  EXPECT_THAT(writer.AppendEpoch(bad.lane, EpochOf(1)), StatusIs(absl::StatusCode::kUnavailable));
  EXPECT_THAT(writer.Append(bad.lane, Borrow(SnapshotOf(0, 100))),
              StatusIs(absl::StatusCode::kUnavailable));
  EXPECT_OK(writer.AppendEpoch(good.lane, EpochOf(0)));
  EXPECT_OK(writer.Append(good.lane, Borrow(SnapshotOf(0, 100))));
  EXPECT_OK(writer.Drain(good.lane));
  EXPECT_THAT(jobs.Snapshots("bad"), IsEmpty());
  EXPECT_THAT(jobs.Snapshots("good"), SizeIs(1));
}

TEST(SnapshotWriter, DrainOfAnUnusedLaneIsOk) {
  JobStore jobs({"job"});
  Job job("job", jobs.store);
  SnapshotWriter writer(&jobs.store.snapshots());
  EXPECT_THAT(writer.Drain(job.lane), IsOk());
}

TEST(SnapshotWriter, DestructionStoresWhatWaits) {
  JobStore jobs({"job"});
  Job job("job", jobs.store);
  {
    SnapshotWriter writer(&jobs.store.snapshots());
    for (int64_t index = 0; index < 50; ++index) {
      EXPECT_OK(writer.Append(job.lane, Borrow(SnapshotOf(index, 100))));
    }
  }
  EXPECT_THAT(jobs.Snapshots("job"), SizeIs(50));
  EXPECT_EQ(job.history->count(), 50);
}

}  // namespace
}  // namespace percept::training
