#include <optional>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"

#include "tests/contract/store_suite.h"
#include "tests/support/records.h"

namespace percept::storage {
namespace {

using ::percept::testing::FullCheckpoint;
using ::percept::testing::FullEpoch;
using ::percept::testing::FullTestEvaluation;
using ::percept::testing::NewJob;
using ::percept::testing::Pending;
using ::percept::testing::StatusIs;
using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;

constexpr int64_t kAnyBytes = int64_t{1} << 40;

}  // namespace

void JobDeletionContract::InsertWithEverything(const std::string& id,
                                               const std::string& parameters) {
  JobRecord job = NewJob(id);
  job.request_id = "r";
  ASSERT_OK(jobs().Insert(job));
  ASSERT_OK(snapshots().Append({Pending(id, 0, parameters), Pending(id, 1, parameters)}));
  ASSERT_OK(snapshots().AppendEpochs({{id, FullEpoch(0)}}));
  ASSERT_OK(jobs().AppendTestEvaluation(id, FullTestEvaluation(0)));
  ASSERT_OK(snapshots().SaveCheckpoint(id, FullCheckpoint()));
  End(id, JobState::kQueued, JobState::kFailed);
}

void JobDeletionContract::End(const std::string& id, JobState from, JobState state) {
  ASSERT_OK_AND_ASSIGN(JobRecord job, jobs().Get(id));
  job.state = state;
  ASSERT_OK(jobs().Update(job, from));
}

int JobDeletionContract::PurgeAll() {
  int times = 0;
  while (true) {
    const absl::StatusOr<bool> freed = jobs().Purge();
    EXPECT_OK(freed);
    if (!freed.ok() || !*freed) return times;
    ++times;
  }
}

void JobDeletionContract::ExpectGone(const std::string& id) {
  EXPECT_THAT(jobs().Get(id), StatusIs(absl::StatusCode::kNotFound));
  EXPECT_THAT(jobs().GetByRequestId("ada", "r"), StatusIs(absl::StatusCode::kNotFound));
  ASSERT_OK_AND_ASSIGN(const auto page, jobs().List({}, true, std::nullopt, 100));
  for (const JobRecord& job : page.jobs) EXPECT_NE(job.id, id);
  EXPECT_EQ(*jobs().Count({.dataset = "xor"}), 0);
  EXPECT_THAT(*snapshots().Read(id, 0, 10, SnapshotRepository::View::kFull, kAnyBytes), IsEmpty());
  EXPECT_THAT(*snapshots().ReadEpochs(id, 0, 10), IsEmpty());
  EXPECT_EQ(*snapshots().ReadCheckpoint(id), std::nullopt);
  EXPECT_THAT(snapshots().BestIndex(id), StatusIs(absl::StatusCode::kNotFound));
  EXPECT_THAT(snapshots().Append({Pending(id, 2)}), StatusIs(absl::StatusCode::kNotFound));
  EXPECT_THAT(jobs().AppendTestEvaluation(id, FullTestEvaluation(1)),
              StatusIs(absl::StatusCode::kNotFound));
  EXPECT_THAT(jobs().Delete(id),
              StatusIs(absl::StatusCode::kNotFound, absl::StrCat("jobs/", id, ": no such job")));
}

namespace {

TEST_P(JobDeletionContract, TakesAJobFromEveryReaderBeforeAndAfterARestartAndAPurge) {
  InsertWithEverything("a");
  ASSERT_OK(jobs().Delete("a"));
  ExpectGone("a");
  Reopen();
  ExpectGone("a");
  EXPECT_GT(PurgeAll(), 0);
  ExpectGone("a");
  EXPECT_EQ(PurgeAll(), 0);
}

TEST_P(JobDeletionContract, KeepsOtherJobsWhole) {
  JobRecord other = NewJob("other");
  ASSERT_OK(jobs().Insert(other));
  ASSERT_OK(snapshots().Append({Pending("other", 0)}));
  InsertWithEverything("a");
  other.snapshot_count = 1;
  ASSERT_OK(jobs().Delete("a"));
  PurgeAll();
  EXPECT_EQ(*jobs().Get("other"), other);
  EXPECT_THAT(*snapshots().Read("other", 0, 10, SnapshotRepository::View::kFull, kAnyBytes),
              SizeIs(1));
}

TEST_P(JobDeletionContract, LeavesNothingForALaterJobToFind) {
  // Of the same id, and the newest, whose place in the order of creation might be given again.
  for (const bool purges : {false, true}) {
    InsertWithEverything("a");
    ASSERT_OK(jobs().Delete("a"));
    if (purges) PurgeAll();
    ASSERT_OK(jobs().Insert(NewJob("a")));
    EXPECT_EQ(*jobs().Get("a"), NewJob("a"));
    EXPECT_THAT(*snapshots().ReadEpochs("a", 0, 10), IsEmpty());
    EXPECT_EQ(*snapshots().ReadCheckpoint("a"), std::nullopt);
    EXPECT_OK(snapshots().Append({Pending("a", 0)}));
    PurgeAll();
    EXPECT_EQ(jobs().Get("a")->snapshot_count, 1);
    End("a", JobState::kQueued, JobState::kCancelled);
    ASSERT_OK(jobs().Delete("a"));
  }
}

TEST_P(JobDeletionContract, RefusesAJobThatIsNotFinished) {
  JobRecord job = NewJob("a");
  ASSERT_OK(jobs().Insert(job));
  for (const JobState state : {JobState::kRunning, JobState::kPaused, JobState::kQueued}) {
    job.state = state;
    ASSERT_OK(jobs().Update(job, jobs().Get("a")->state));
    EXPECT_THAT(jobs().Delete("a"),
                StatusIs(absl::StatusCode::kFailedPrecondition,
                         AllOf(HasSubstr("jobs/a: state must be final"),
                               HasSubstr(absl::StrCat("got ", JobStateName(state))))));
  }
  EXPECT_EQ(*jobs().Get("a"), job);
  EXPECT_THAT(jobs().Delete("nobody"), StatusIs(absl::StatusCode::kNotFound));
}

TEST_P(JobDeletionContract, RefusesAJobFromWhichAnUnfinishedOneStarts) {
  InsertWithEverything("a");
  JobRecord next = NewJob("b");
  next.spec.init_from = SnapshotRef{"a", 1};
  ASSERT_OK(jobs().Insert(next));
  EXPECT_THAT(jobs().Delete("a"), StatusIs(absl::StatusCode::kFailedPrecondition,
                                           AllOf(HasSubstr("jobs/a: "), HasSubstr("jobs/b"))));
  EXPECT_EQ(jobs().Get("a")->snapshot_count, 2);
  End("b", JobState::kQueued, JobState::kCancelled);
  EXPECT_OK(jobs().Delete("a"));
  EXPECT_EQ(jobs().Get("b")->spec.init_from, (SnapshotRef{"a", 1}));
}

TEST_P(JobDeletionContract, FreesALargeJobPieceByPieceAndGoesOnAfterARestart) {
  InsertWithEverything("a", std::string(5 << 20, 'p'));
  ASSERT_OK(jobs().Delete("a"));
  EXPECT_TRUE(*jobs().Purge());
  Reopen();
  EXPECT_GT(PurgeAll(), 1);
  ExpectGone("a");
}

}  // namespace
}  // namespace percept::storage
