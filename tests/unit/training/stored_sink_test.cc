#include "server/training/stored_sink.h"

#include <memory>
#include <string>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

#include "tests/support/records.h"
#include "tests/support/status_matchers.h"
#include "tests/unit/training/example_jobs.h"
#include "tests/unit/training/job_store.h"

namespace percept::training {
namespace {

using percept::testing::Pending;
using percept::testing::StatusIs;
using storage::SnapshotRecord;
using ::testing::HasSubstr;
using ::testing::SizeIs;

// A job of which an earlier attempt stored three snapshots.
class ResumedJob {
 public:
  ResumedJob() {
    for (int64_t index = 0; index < 3; ++index) {
      EXPECT_OK(jobs.store.snapshots().Append({Pending("job", {SnapshotOf(index, 100)})}));
    }
  }

  JobStore jobs{{"job"}};
  const std::shared_ptr<SnapshotHistory> history = std::make_shared<SnapshotHistory>(
      JobStore::Job("job"), &jobs.store.snapshots(),
      [](const auto&, const auto&, SnapshotView, std::string&) {}, 3,
      /*ended=*/false);
  SnapshotWriter writer{&jobs.store.snapshots()};
  StoredSink sink{"job", {.stored_count = 3}, history, &jobs.store.snapshots(), &writer};
};

TEST(StoredSink, SnapshotsOfAnEarlierAttemptAreNotStoredAgain) {
  ResumedJob job;
  for (int64_t index = 0; index < 5; ++index)
    EXPECT_OK(job.sink.Append(Borrow(SnapshotOf(index, 100))));
  EXPECT_OK(job.sink.Drain());
  EXPECT_THAT(job.jobs.Snapshots("job"), SizeIs(5));
  EXPECT_EQ(job.history->count(), 5);
}

TEST(StoredSink, ASnapshotThatCameOutDifferentContradicts) {
  void (*const changes[])(SnapshotRecord&) = {
      [](SnapshotRecord& snapshot) { ++snapshot.step; },
      [](SnapshotRecord& snapshot) { ++snapshot.parameters_crc32c; },
      [](SnapshotRecord& snapshot) { *snapshot.metrics.training_loss += 1e-15; },
      [](SnapshotRecord& snapshot) { snapshot.metrics.validation_loss = 0.0; },
  };
  for (const auto change : changes) {
    ResumedJob job;
    SnapshotRecord snapshot = SnapshotOf(0, 100);
    change(snapshot);
    EXPECT_THAT(job.sink.Append(Borrow(snapshot)),
                StatusIs(absl::StatusCode::kFailedPrecondition,
                         HasSubstr("snapshot 0 came out different")));
  }
}

TEST(StoredSink, ReadsWhatItComparesWithInLargePieces) {
  ResumedJob job;
  int reads = 0;
  job.jobs.store.SetHooks({.after_read = [&reads](auto&) {
    ++reads;
    return absl::OkStatus();
  }});
  for (int64_t index = 0; index < 3; ++index) {
    EXPECT_OK(job.sink.Append(Borrow(SnapshotOf(index, 100))));
  }
  EXPECT_EQ(reads, 1);
}

TEST(StoredSink, EpochsOfAnEarlierAttemptStayAsTheyAre) {
  ResumedJob job;
  storage::EpochRecord epoch;
  epoch.metrics.training_loss = 0.5;
  EXPECT_OK(job.sink.AppendEpoch(epoch));
  EXPECT_OK(job.sink.Drain());
  EXPECT_OK(job.sink.AppendEpoch(epoch));
  epoch.epoch = 1;
  EXPECT_OK(job.sink.AppendEpoch(epoch));
  EXPECT_OK(job.sink.Drain());
  const auto stored = job.jobs.store.snapshots().ReadEpochs("job", 0, 100);
  ASSERT_OK(stored);
  ASSERT_THAT(*stored, SizeIs(2));
  EXPECT_EQ((*stored)[1], epoch);
}

TEST(StoredSink, AStoreThatCannotBeReadIsNoContradiction) {
  ResumedJob job;
  job.jobs.store.SetHooks({.after_read = [](auto&) { return absl::DataLossError("corrupt"); }});
  EXPECT_THAT(job.sink.Append(Borrow(SnapshotOf(0, 100))),
              StatusIs(absl::StatusCode::kDataLoss, "corrupt"));
}

}  // namespace
}  // namespace percept::training
