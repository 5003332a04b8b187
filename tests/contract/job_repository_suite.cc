#include <algorithm>
#include <atomic>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "absl/strings/str_cat.h"

#include "tests/contract/store_suite.h"
#include "tests/support/records.h"

namespace percept::storage {
namespace {

using ::percept::testing::FullJob;
using ::percept::testing::NewJob;
using ::percept::testing::Pending;
using ::percept::testing::StatusIs;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

std::vector<std::string> IdsOf(const std::vector<JobRecord>& jobs) {
  std::vector<std::string> ids;
  for (const JobRecord& job : jobs) ids.push_back(job.id);
  return ids;
}

// All pages of a list, one after the other.
std::vector<std::string> AllIds(const JobRepository& jobs, const JobFilter& filter,
                                bool newest_first, int page_size) {
  std::vector<std::string> ids;
  std::optional<JobRepository::Cursor> cursor;
  do {
    const auto page = jobs.List(filter, newest_first, cursor, page_size);
    EXPECT_OK(page);
    EXPECT_LE(static_cast<int>(page->jobs.size()), page_size);
    EXPECT_FALSE(page->jobs.empty() && page->next.has_value());
    for (const JobRecord& job : page->jobs) ids.push_back(job.id);
    cursor = page->next;
  } while (cursor.has_value());
  return ids;
}

TEST_P(JobRepositoryContract, KeepsEveryFieldAcrossARestart) {
  const JobRecord job = FullJob("k3v9");
  ASSERT_OK(jobs().Insert(NewJob("g7b2")));
  ASSERT_OK(jobs().Insert(job));
  EXPECT_EQ(*jobs().Get("k3v9"), job);
  Reopen();
  EXPECT_EQ(*jobs().Get("k3v9"), job);
}

TEST_P(JobRepositoryContract, KeepsWhatIsUnsetOrInfinite) {
  JobRecord job = NewJob("k3v9");
  job.spec.time_limit = absl::InfiniteDuration();
  job.create_time = absl::InfinitePast();
  ASSERT_OK(jobs().Insert(job));
  EXPECT_EQ(*jobs().Get("k3v9"), job);
}

TEST_P(JobRepositoryContract, KeepsAwkwardNumbers) {
  JobRecord job = NewJob("k3v9");
  int next = 0;
  for (const double learning_rate : {0.1, 1.0, -0.0, 5e-324, 1e308, 0x1.fffffffffffffp-3}) {
    job.id = absl::StrCat("job", next++);
    job.spec.training.learning_rate = learning_rate;
    ASSERT_OK(jobs().Insert(job));
    EXPECT_EQ(jobs().Get(job.id)->spec.training.learning_rate, learning_rate);
  }
}

TEST_P(JobRepositoryContract, KeepsTextWithAnyBytes) {
  JobRecord job = NewJob("k3v9");
  job.spec.label = std::string("a\0b", 3);
  job.error_message = std::string(100000, 'x');
  ASSERT_OK(jobs().Insert(job));
  EXPECT_EQ(*jobs().Get("k3v9"), job);
}

TEST_P(JobRepositoryContract, TakesAnIdOnce) {
  const JobRecord job = NewJob("k3v9");
  ASSERT_OK(jobs().Insert(job));
  JobRecord other = FullJob("k3v9");
  EXPECT_THAT(jobs().Insert(other),
              StatusIs(absl::StatusCode::kAlreadyExists, HasSubstr("jobs/k3v9")));
  EXPECT_EQ(*jobs().Get("k3v9"), job);
}

TEST_P(JobRepositoryContract, TakesARequestIdOncePerOwner) {
  JobRecord job = NewJob("first");
  job.request_id = "r";
  ASSERT_OK(jobs().Insert(job));
  job.id = "second";
  EXPECT_THAT(jobs().Insert(job),
              StatusIs(absl::StatusCode::kAlreadyExists, HasSubstr("which made jobs/first")));
  EXPECT_THAT(jobs().Get("second"), StatusIs(absl::StatusCode::kNotFound));
  job.owner = "grace";
  EXPECT_OK(jobs().Insert(job));
  EXPECT_EQ(jobs().GetByRequestId("ada", "r")->id, "first");
  EXPECT_EQ(jobs().GetByRequestId("grace", "r")->id, "second");
  EXPECT_THAT(jobs().GetByRequestId("ada", "s"), StatusIs(absl::StatusCode::kNotFound));
}

TEST_P(JobRepositoryContract, TakesNoJobThatStartsFromOneThatIsNotThere) {
  JobRecord job = NewJob("b");
  job.spec.init_from = SnapshotRef{"a", 3};
  EXPECT_THAT(jobs().Insert(job),
              StatusIs(absl::StatusCode::kNotFound, "init_from: jobs/a: no such job"));
  EXPECT_THAT(jobs().Get("b"), StatusIs(absl::StatusCode::kNotFound));
  ASSERT_OK(jobs().Insert(NewJob("a")));
  EXPECT_OK(jobs().Insert(job));
}

TEST_P(JobRepositoryContract, TakesTheEmptyRequestIdForNone) {
  EXPECT_OK(jobs().Insert(NewJob("first")));
  EXPECT_OK(jobs().Insert(NewJob("second")));
  EXPECT_THAT(jobs().GetByRequestId("ada", ""), StatusIs(absl::StatusCode::kNotFound));
}

TEST_P(JobRepositoryContract, TakesARequestIdOnceFromManyAtOnce) {
  std::atomic<int> inserted = 0;
  std::vector<std::thread> threads;
  for (int i = 0; i < 4; ++i) {
    threads.emplace_back([&, i] {
      JobRecord job = NewJob(absl::StrCat("job", i));
      job.request_id = "r";
      if (jobs().Insert(job).ok()) ++inserted;
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(inserted, 1);
}

TEST_P(JobRepositoryContract, UpdatesWhatMayChangeAndNothingElse) {
  JobRecord before = NewJob("k3v9");
  before.request_id = "r";
  ASSERT_OK(jobs().Insert(before));
  JobRecord wanted = FullJob("k3v9");
  wanted.snapshot_count = 99;
  wanted.thinned_count = 98;
  ASSERT_OK(jobs().Update(wanted, JobState::kQueued));

  JobRecord expected = before;
  expected.state = wanted.state;
  expected.start_time = wanted.start_time;
  expected.end_time = wanted.end_time;
  expected.error_reason = wanted.error_reason;
  expected.error_message = wanted.error_message;
  expected.cancel_requested = wanted.cancel_requested;
  expected.attempt = wanted.attempt;
  expected.run_time = wanted.run_time;
  expected.instruction_set = wanted.instruction_set;
  expected.pause_requested = wanted.pause_requested;
  expected.engine_revision = wanted.engine_revision;
  expected.engine_changed = wanted.engine_changed;
  EXPECT_EQ(*jobs().Get("k3v9"), expected);
  Reopen();
  EXPECT_EQ(*jobs().Get("k3v9"), expected);
}

TEST_P(JobRepositoryContract, UpdatesOnlyFromTheExpectedState) {
  JobRecord job = NewJob("k3v9");
  ASSERT_OK(jobs().Insert(job));
  JobRecord wanted = job;
  wanted.state = JobState::kSucceeded;
  EXPECT_THAT(jobs().Update(wanted, JobState::kRunning),
              StatusIs(absl::StatusCode::kFailedPrecondition,
                       "jobs/k3v9: state must be RUNNING for this, got QUEUED"));
  EXPECT_EQ(*jobs().Get("k3v9"), job);
}

TEST_P(JobRepositoryContract, LetsOneOfManyUpdatesWin) {
  ASSERT_OK(jobs().Insert(NewJob("k3v9")));
  std::atomic<int> won = 0;
  std::vector<std::thread> threads;
  for (int i = 0; i < 4; ++i) {
    threads.emplace_back([&, i] {
      JobRecord wanted = NewJob("k3v9");
      wanted.state = JobState::kRunning;
      wanted.attempt = i;
      if (jobs().Update(wanted, JobState::kQueued).ok()) ++won;
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(won, 1);
}

TEST_P(JobRepositoryContract, KnowsNoJobThatWasNotInserted) {
  EXPECT_THAT(jobs().Get("nobody"),
              StatusIs(absl::StatusCode::kNotFound, "jobs/nobody: no such job"));
  EXPECT_THAT(jobs().Update(NewJob("nobody"), JobState::kQueued),
              StatusIs(absl::StatusCode::kNotFound));
  EXPECT_TRUE(jobs().List({}, true, std::nullopt, 10)->jobs.empty());
  EXPECT_TRUE(jobs().ListUnfinished()->jobs.empty());
}

TEST_P(JobRepositoryContract, ListsPagesInOrderOfCreation) {
  // Of the same instant, and with ids in another order.
  std::vector<std::string> created;
  for (int i = 0; i < 25; ++i) {
    created.push_back(absl::StrCat("job", (i * 7) % 25));
    ASSERT_OK(jobs().Insert(NewJob(created.back())));
  }
  const std::vector<std::string> newest_first(created.rbegin(), created.rend());
  for (const int page_size : {1, 4, 5, 24, 25, 26, 1000}) {
    EXPECT_EQ(AllIds(jobs(), {}, /*newest_first=*/false, page_size), created) << page_size;
    EXPECT_EQ(AllIds(jobs(), {}, /*newest_first=*/true, page_size), newest_first) << page_size;
  }
}

TEST_P(JobRepositoryContract, GivesNoNextPageAfterAnExactlyFullOne) {
  for (const char* id : {"a", "b", "c", "d"}) ASSERT_OK(jobs().Insert(NewJob(id)));
  ASSERT_OK_AND_ASSIGN(const auto first, jobs().List({}, false, std::nullopt, 2));
  EXPECT_THAT(IdsOf(first.jobs), ElementsAre("a", "b"));
  ASSERT_TRUE(first.next.has_value());
  ASSERT_OK_AND_ASSIGN(const auto second, jobs().List({}, false, first.next, 2));
  EXPECT_THAT(IdsOf(second.jobs), ElementsAre("c", "d"));
  EXPECT_FALSE(second.next.has_value());
}

TEST_P(JobRepositoryContract, KeepsItsPlaceWhileJobsAreCreated) {
  for (const char* id : {"a", "b", "c"}) ASSERT_OK(jobs().Insert(NewJob(id)));
  ASSERT_OK_AND_ASSIGN(const auto first, jobs().List({}, true, std::nullopt, 2));
  EXPECT_THAT(IdsOf(first.jobs), ElementsAre("c", "b"));
  ASSERT_OK(jobs().Insert(NewJob("d")));
  ASSERT_OK_AND_ASSIGN(const auto second, jobs().List({}, true, first.next, 2));
  EXPECT_THAT(IdsOf(second.jobs), ElementsAre("a"));
}

TEST_P(JobRepositoryContract, FiltersAndCountsByEveryCombination) {
  std::vector<JobRecord> all;
  for (int i = 0; i < 240; ++i) {
    JobRecord job = NewJob(absl::StrCat("job", i));
    job.state = static_cast<JobState>(1 + i % 6);
    job.owner = i % 5 < 2 ? "ada" : "grace";
    job.spec.dataset = i % 7 < 3 ? "xor" : "mnist";
    job.spec.label = i % 4 == 0 ? "" : "best";
    job.visibility = static_cast<Visibility>(1 + i / 4 % 3);
    ASSERT_OK(jobs().Insert(job));
    all.push_back(job);
  }
  for (int combination = 0; combination < 32; ++combination) {
    JobFilter filter;
    if ((combination & 1) != 0) filter.state = JobState::kPaused;
    if ((combination & 2) != 0) filter.owner = "ada";
    if ((combination & 4) != 0) filter.dataset = "mnist";
    if ((combination & 8) != 0) filter.label = "";
    if ((combination & 16) != 0) filter.readable_by = Reader{"grace", Visibility::kPublic};
    std::vector<std::string> expected;
    for (const JobRecord& job : all) {
      if (filter.state.value_or(job.state) == job.state &&
          filter.owner.value_or(job.owner) == job.owner &&
          filter.dataset.value_or(job.spec.dataset) == job.spec.dataset &&
          filter.label.value_or(job.spec.label) == job.spec.label &&
          (!filter.readable_by.has_value() || job.owner == "grace" ||
           job.visibility == Visibility::kPublic)) {
        expected.push_back(job.id);
      }
    }
    EXPECT_FALSE(expected.empty());
    EXPECT_EQ(*jobs().Count(filter), static_cast<int64_t>(expected.size())) << combination;
    EXPECT_EQ(AllIds(jobs(), filter, /*newest_first=*/false, 7), expected) << combination;
    std::reverse(expected.begin(), expected.end());
    EXPECT_EQ(AllIds(jobs(), filter, /*newest_first=*/true, 50), expected) << combination;
  }
}

TEST_P(JobRepositoryContract, FiltersByConditionsThatEachHoldForManyJobs) {
  constexpr int kMany = 1010;
  std::vector<std::string> matching;
  for (int i = 0; i < kMany; ++i) {
    JobRecord job = NewJob(absl::StrCat("job", i));
    if (i % 101 == 0) job.spec.label = "rare";
    if (i % 101 == 1) job.owner = "grace";
    ASSERT_OK(jobs().Insert(job));
    if (job.owner == "ada") matching.push_back(job.id);
  }
  for (int i = 0; i < 20; ++i) ASSERT_OK(jobs().Insert(NewJob(absl::StrCat("more", i))));
  for (int i = 0; i < 20; ++i) matching.push_back(absl::StrCat("more", i));
  JobFilter filter;
  filter.owner = "ada";
  filter.dataset = "xor";
  EXPECT_EQ(AllIds(jobs(), filter, /*newest_first=*/false, 300), matching);
  std::reverse(matching.begin(), matching.end());
  EXPECT_EQ(AllIds(jobs(), filter, /*newest_first=*/true, 300), matching);
  filter.label = "rare";
  EXPECT_EQ(AllIds(jobs(), filter, /*newest_first=*/true, 300).size(), 10);
  filter.state = JobState::kPaused;
  EXPECT_TRUE(jobs().List(filter, true, std::nullopt, 10)->jobs.empty());
  EXPECT_EQ(*jobs().Count(filter), 0);
}

TEST_P(JobRepositoryContract, KeepsWhoMayReadAJobWhateverElseChanges) {
  JobRecord job = NewJob("a");
  ASSERT_OK(jobs().Insert(job));
  EXPECT_EQ(jobs().Get("a")->visibility, Visibility::kClass);
  ASSERT_OK(jobs().SetVisibility("a", Visibility::kPrivate));
  job.state = JobState::kPaused;
  ASSERT_OK(jobs().Update(job, JobState::kQueued));
  Reopen();
  EXPECT_EQ(jobs().Get("a")->visibility, Visibility::kPrivate);
  EXPECT_EQ(jobs().Get("a")->state, JobState::kPaused);
  EXPECT_THAT(jobs().SetVisibility("b", Visibility::kPublic),
              StatusIs(absl::StatusCode::kNotFound, HasSubstr("jobs/b")));
}

TEST_P(JobRepositoryContract, CountsTheBytesThatAnOwnersJobsKeep) {
  EXPECT_EQ(*jobs().KeptBytes("ada"), 0);
  JobRecord job = NewJob("a");
  job.owner = "ada";
  job.parameter_count = 10;
  ASSERT_OK(jobs().Insert(job));
  job.id = "b";
  job.spec.model.kind = ModelKind::kPerceptron;  // In float64.
  ASSERT_OK(jobs().Insert(job));
  job.id = "c";
  job.owner = "grace";
  ASSERT_OK(jobs().Insert(job));
  EXPECT_EQ(*jobs().KeptBytes("ada"), 0);
  for (const char* id : {"a", "b", "c"}) {
    ASSERT_OK(snapshots().Append({Pending(id, 0), Pending(id, 1)}));
  }
  EXPECT_EQ(*jobs().KeptBytes("ada"), 2 * 10 * 4 + 2 * 10 * 8);
}

TEST_P(JobRepositoryContract, FillsTheStoreAndLeavesItWhenItIsPurged) {
  const int64_t before = *store().UsedBytes();
  ASSERT_OK(jobs().Insert(NewJob("a")));
  ASSERT_OK(snapshots().Append({Pending("a", 0, std::string(1 << 20, 'x'))}));
  const int64_t filled = *store().UsedBytes();
  EXPECT_GE(filled, before + (1 << 20));
  JobRecord job = *jobs().Get("a");
  job.state = JobState::kCancelled;
  ASSERT_OK(jobs().Update(job, JobState::kQueued));
  ASSERT_OK(jobs().Delete("a"));
  while (*jobs().Purge()) {
  }
  EXPECT_LT(*store().UsedBytes(), before + (1 << 20));
}

TEST_P(JobRepositoryContract, RefusesAnEmptyPage) {
  EXPECT_THAT(jobs().List({}, true, std::nullopt, 0), StatusIs(absl::StatusCode::kInvalidArgument));
}

TEST_P(JobRepositoryContract, ListsTheUnfinishedOldestFirst) {
  for (int i = 0; i < 12; ++i) {
    JobRecord job = NewJob(absl::StrCat("job", i));
    job.state = static_cast<JobState>(6 - i % 6);
    ASSERT_OK(jobs().Insert(job));
  }
  ASSERT_OK_AND_ASSIGN(const auto unfinished, jobs().ListUnfinished());
  EXPECT_THAT(IdsOf(unfinished.jobs),
              ElementsAre("job3", "job4", "job5", "job9", "job10", "job11"));
}

}  // namespace
}  // namespace percept::storage
