#include <optional>
#include <string>

#include "tests/contract/store_suite.h"
#include "tests/support/records.h"

namespace percept::storage {
namespace {

using ::percept::testing::FullCheckpoint;
using ::percept::testing::NewJob;
using ::percept::testing::Pending;
using ::percept::testing::StatusIs;
using ::testing::HasSubstr;
using ::testing::Optional;

// Bytes of which each stretch is another.
std::string Pattern(size_t size) {
  std::string bytes(size, '\0');
  for (size_t i = 0; i < size; ++i) bytes[i] = static_cast<char>(i * 2654435761U >> 24);
  return bytes;
}

TEST_P(SnapshotRepositoryContract, KeepsEveryFieldOfACheckpointAcrossARestart) {
  ASSERT_OK(jobs().Insert(NewJob("a")));
  ASSERT_OK(jobs().Insert(NewJob("b")));
  ASSERT_OK(snapshots().Append({Pending("a", 0), Pending("a", 1)}));
  ASSERT_OK(snapshots().SaveCheckpoint("a", FullCheckpoint()));
  for (int restart = 0; restart < 2; ++restart) {
    EXPECT_THAT(*snapshots().ReadCheckpoint("a"), Optional(FullCheckpoint()));
    EXPECT_EQ(*snapshots().ReadCheckpoint("b"), std::nullopt);
    EXPECT_EQ(*snapshots().ReadCheckpoint("nobody"), std::nullopt);
    Reopen();
  }
}

TEST_P(SnapshotRepositoryContract, KeepsTheNewestCheckpointOfWhateverSize) {
  ASSERT_OK(jobs().Insert(NewJob("a")));
  CheckpointRecord checkpoint;
  for (const size_t size : {size_t{10} << 20, size_t{8} << 20, size_t{5}, size_t{0}}) {
    checkpoint.step += 10;
    checkpoint.state = Pattern(size);
    ASSERT_OK(snapshots().SaveCheckpoint("a", checkpoint));
    EXPECT_TRUE(*snapshots().ReadCheckpoint("a") == checkpoint) << size;
  }
}

TEST_P(SnapshotRepositoryContract, StoresACheckpointOnlyBehindItsSnapshots) {
  ASSERT_OK(jobs().Insert(NewJob("a")));
  ASSERT_OK(snapshots().Append({Pending("a", 0)}));
  EXPECT_THAT(snapshots().SaveCheckpoint("a", FullCheckpoint()),
              StatusIs(absl::StatusCode::kFailedPrecondition,
                       HasSubstr("must be at most the 1 that are stored, got 2")));
  EXPECT_EQ(*snapshots().ReadCheckpoint("a"), std::nullopt);
  ASSERT_OK(snapshots().Append({Pending("a", 1)}));
  EXPECT_OK(snapshots().SaveCheckpoint("a", FullCheckpoint()));
}

TEST_P(SnapshotRepositoryContract, RemovesACheckpointWithTheEndOfItsJob) {
  for (const JobState end : {JobState::kSucceeded, JobState::kFailed, JobState::kCancelled}) {
    JobRecord job = NewJob(JobStateName(end));
    ASSERT_OK(jobs().Insert(job));
    ASSERT_OK(snapshots().SaveCheckpoint(job.id, CheckpointRecord{}));
    job.state = JobState::kRunning;
    ASSERT_OK(jobs().Update(job, JobState::kQueued));
    EXPECT_NE(*snapshots().ReadCheckpoint(job.id), std::nullopt);
    job.state = end;
    ASSERT_OK(jobs().Update(job, JobState::kRunning));
    EXPECT_EQ(*snapshots().ReadCheckpoint(job.id), std::nullopt);
    EXPECT_THAT(snapshots().SaveCheckpoint(job.id, CheckpointRecord{}),
                StatusIs(absl::StatusCode::kFailedPrecondition, HasSubstr("must not be final")));
  }
}

TEST_P(SnapshotRepositoryContract, SavesNoCheckpointOfAnUnknownJob) {
  EXPECT_THAT(snapshots().SaveCheckpoint("nobody", CheckpointRecord{}),
              StatusIs(absl::StatusCode::kNotFound, "jobs/nobody: no such job"));
}

}  // namespace
}  // namespace percept::storage
