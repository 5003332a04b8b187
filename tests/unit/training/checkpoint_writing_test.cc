#include <cstdint>
#include <string>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

#include "server/training/snapshot_writer.h"
#include "tests/support/status_matchers.h"
#include "tests/unit/training/example_jobs.h"
#include "tests/unit/training/job_store.h"
#include "tests/unit/training/lanes.h"

// The snapshot writer's checkpoints.
namespace percept::training {
namespace {

using percept::testing::StatusIs;
using ::testing::ElementsAre;

storage::CheckpointRecord CheckpointAfter(int64_t snapshot_count, size_t state_bytes = 10) {
  storage::CheckpointRecord checkpoint;
  checkpoint.snapshot_count = snapshot_count;
  checkpoint.state.assign(state_bytes, 'c');
  return checkpoint;
}

// Notes how many snapshots were before each checkpoint that comes to a store, and how many of them
// the store held then. Used by the writer's thread, read once all is drained.
struct Checkpoints {
  absl::Status Note(const storage::CheckpointRecord& checkpoint, JobStore& jobs) {
    snapshot_counts.push_back(checkpoint.snapshot_count);
    stored_counts.push_back(static_cast<int64_t>(jobs.Snapshots("job").size()));
    return absl::OkStatus();
  }

  std::vector<int64_t> snapshot_counts;
  std::vector<int64_t> stored_counts;
};

TEST(SnapshotWriter, ACheckpointIsStoredAfterAllThatWasHandedOverBeforeIt) {
  JobStore jobs({"job"});
  Groups groups;
  Checkpoints checkpoints;
  jobs.store.SetHooks(
      {.before_append = [&](auto group) { return groups.Note(group); },
       .before_save_checkpoint =
           [&](const auto& checkpoint) { return checkpoints.Note(checkpoint, jobs); }});
  Job job("job", jobs.store);
  SnapshotWriter writer(&jobs.store.snapshots());
  EXPECT_OK(writer.Append(job.lane, Borrow(SnapshotOf(0, 100))));
  groups.first_arrived.Wait();
  for (int64_t index = 1; index < 6; ++index) {  // Of which a group takes two.
    EXPECT_OK(writer.Append(job.lane, Borrow(SnapshotOf(index, 600 << 10))));
  }
  EXPECT_OK(writer.SaveCheckpoint(job.lane, CheckpointAfter(6)));
  groups.first_may_go.Open();
  EXPECT_OK(writer.Drain(job.lane));
  EXPECT_THAT(checkpoints.snapshot_counts, ElementsAre(6));
  EXPECT_THAT(checkpoints.stored_counts, ElementsAre(6));
}

TEST(SnapshotWriter, ACheckpointDoesNotWaitForWhatWasHandedOverAfterIt) {
  JobStore jobs({"job"});
  Groups groups;
  Checkpoints checkpoints;
  jobs.store.SetHooks(
      {.before_append = [&](auto group) { return groups.Note(group); },
       .before_save_checkpoint =
           [&](const auto& checkpoint) { return checkpoints.Note(checkpoint, jobs); }});
  Job job("job", jobs.store);
  SnapshotWriter writer(&jobs.store.snapshots());
  EXPECT_OK(writer.Append(job.lane, Borrow(SnapshotOf(0, 100))));
  groups.first_arrived.Wait();
  EXPECT_OK(writer.Append(job.lane, Borrow(SnapshotOf(1, 600 << 10))));
  EXPECT_OK(writer.SaveCheckpoint(job.lane, CheckpointAfter(2)));
  for (int64_t index = 2; index < 6; ++index) {  // Of which a group takes two.
    EXPECT_OK(writer.Append(job.lane, Borrow(SnapshotOf(index, 600 << 10))));
  }
  groups.first_may_go.Open();
  EXPECT_OK(writer.Drain(job.lane));
  EXPECT_THAT(checkpoints.snapshot_counts, ElementsAre(2));
  EXPECT_THAT(checkpoints.stored_counts, ElementsAre(3));
}

TEST(SnapshotWriter, ACheckpointTakesThePlaceAndTheRoomOfTheOneThatWaits) {
  // Three of these fit into the bound.
  constexpr size_t kBytes = SnapshotWriter::kQueueBytes / 4;
  JobStore jobs({"job"});
  Groups groups;
  Checkpoints checkpoints;
  jobs.store.SetHooks(
      {.before_append = [&](auto group) { return groups.Note(group); },
       .before_save_checkpoint =
           [&](const auto& checkpoint) { return checkpoints.Note(checkpoint, jobs); }});
  Job job("job", jobs.store);
  SnapshotWriter writer(&jobs.store.snapshots());
  EXPECT_OK(writer.Append(job.lane, Borrow(SnapshotOf(0, 100))));
  groups.first_arrived.Wait();
  for (int64_t index = 1; index < 9; ++index) {
    EXPECT_OK(writer.Append(job.lane, Borrow(SnapshotOf(index, 100))));
    EXPECT_OK(writer.SaveCheckpoint(job.lane, CheckpointAfter(index + 1, kBytes)));
  }
  groups.first_may_go.Open();
  EXPECT_OK(writer.Drain(job.lane));
  EXPECT_THAT(checkpoints.snapshot_counts, ElementsAre(9));
}

TEST(SnapshotWriter, ACheckpointIsStoredWithoutASnapshotToo) {
  JobStore jobs({"job"});
  Checkpoints checkpoints;
  jobs.store.SetHooks({.before_save_checkpoint = [&](const auto& checkpoint) {
    return checkpoints.Note(checkpoint, jobs);
  }});
  Job job("job", jobs.store);
  SnapshotWriter writer(&jobs.store.snapshots());
  EXPECT_OK(writer.SaveCheckpoint(job.lane, CheckpointAfter(0)));
  EXPECT_OK(writer.Drain(job.lane));
  EXPECT_THAT(checkpoints.snapshot_counts, ElementsAre(0));
}

TEST(SnapshotWriter, ACheckpointThatFailsEndsItsLaneAndNoOther) {
  JobStore jobs({"good", "bad"});
  jobs.store.SetHooks({.before_save_checkpoint = [](const storage::CheckpointRecord& checkpoint) {
    return checkpoint.attempt == 13 ? absl::UnavailableError("cannot be stored") : absl::OkStatus();
  }});
  Job good("good", jobs.store);
  Job bad("bad", jobs.store);
  SnapshotWriter writer(&jobs.store.snapshots());
  storage::CheckpointRecord failing = CheckpointAfter(1);
  failing.attempt = 13;
  EXPECT_OK(writer.Append(bad.lane, Borrow(SnapshotOf(0, 100))));
  EXPECT_OK(writer.SaveCheckpoint(bad.lane, failing));
  EXPECT_OK(writer.Append(good.lane, Borrow(SnapshotOf(0, 100))));
  EXPECT_OK(writer.SaveCheckpoint(good.lane, CheckpointAfter(1)));
  EXPECT_THAT(writer.Drain(bad.lane), StatusIs(absl::StatusCode::kUnavailable));
  EXPECT_THAT(writer.SaveCheckpoint(bad.lane, CheckpointAfter(1)),
              StatusIs(absl::StatusCode::kUnavailable));
  EXPECT_OK(writer.Drain(good.lane));
  EXPECT_EQ(bad.history->count(), 1);
  EXPECT_EQ(good.history->count(), 1);
}

}  // namespace
}  // namespace percept::training
