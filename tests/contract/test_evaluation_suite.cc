#include <cmath>
#include <limits>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "tests/contract/store_suite.h"
#include "tests/support/records.h"

namespace percept::storage {
namespace {

using ::percept::testing::FullJob;
using ::percept::testing::FullTestEvaluation;
using ::percept::testing::NewJob;
using ::percept::testing::StatusIs;
using ::testing::ElementsAre;

TEST_P(JobRepositoryContract, KeepsTestEvaluationsInOrderAcrossARestart) {
  ASSERT_OK(jobs().Insert(NewJob("g7b2")));
  ASSERT_OK(jobs().Insert(FullJob("a")));
  ASSERT_OK(jobs().Insert(FullJob("b")));
  // Of whatever time: the order is that of appending.
  for (const int64_t number : {5, 2, 9}) {
    ASSERT_OK(jobs().AppendTestEvaluation("a", FullTestEvaluation(number)));
    ASSERT_OK(jobs().AppendTestEvaluation("b", FullTestEvaluation(number + 1)));
  }
  JobRecord expected = FullJob("a");
  expected.test_evaluations = {FullTestEvaluation(5), FullTestEvaluation(2), FullTestEvaluation(9)};
  for (int restart = 0; restart < 2; ++restart) {
    EXPECT_EQ(*jobs().Get("a"), expected);
    EXPECT_THAT(jobs().Get("b")->test_evaluations,
                ElementsAre(FullTestEvaluation(6), FullTestEvaluation(3), FullTestEvaluation(10)));
    Reopen();
  }
}

TEST_P(JobRepositoryContract, ShowsTestEvaluationsOnEveryWayToAJob) {
  JobRecord job = NewJob("a");
  job.request_id = "r";
  ASSERT_OK(jobs().Insert(NewJob("before")));
  ASSERT_OK(jobs().Insert(job));
  ASSERT_OK(jobs().Insert(NewJob("after")));
  ASSERT_OK(jobs().AppendTestEvaluation("a", FullTestEvaluation(0)));
  ASSERT_OK(jobs().AppendTestEvaluation("a", FullTestEvaluation(1)));
  job.test_evaluations = {FullTestEvaluation(0), FullTestEvaluation(1)};
  EXPECT_EQ(*jobs().Get("a"), job);
  EXPECT_EQ(*jobs().GetByRequestId("ada", "r"), job);
  EXPECT_THAT(jobs().List({}, false, std::nullopt, 10)->jobs,
              ElementsAre(NewJob("before"), job, NewJob("after")));
  EXPECT_THAT(jobs().ListUnfinished()->jobs, ElementsAre(NewJob("before"), job, NewJob("after")));
}

TEST_P(JobRepositoryContract, KeepsTestEvaluationsWhenTheJobIsUpdated) {
  ASSERT_OK(jobs().Insert(NewJob("a")));
  ASSERT_OK(jobs().AppendTestEvaluation("a", FullTestEvaluation(0)));
  JobRecord wanted = NewJob("a");
  wanted.state = JobState::kRunning;
  wanted.test_evaluations = {FullTestEvaluation(7), FullTestEvaluation(8)};
  ASSERT_OK(jobs().Update(wanted, JobState::kQueued));
  wanted.test_evaluations = {FullTestEvaluation(0)};
  EXPECT_EQ(*jobs().Get("a"), wanted);
}

TEST_P(JobRepositoryContract, TakesNoTestEvaluationsFromAnInsertedRecord) {
  JobRecord job = NewJob("a");
  job.test_evaluations = {FullTestEvaluation(0)};
  ASSERT_OK(jobs().Insert(job));
  EXPECT_EQ(*jobs().Get("a"), NewJob("a"));
}

TEST_P(JobRepositoryContract, KeepsTestEvaluationsThatAreNoNumbers) {
  constexpr double kInfinity = std::numeric_limits<double>::infinity();
  constexpr double kNan = std::numeric_limits<double>::quiet_NaN();
  ASSERT_OK(jobs().Insert(NewJob("a")));
  TestEvaluation evaluation = FullTestEvaluation(0);
  evaluation.loss = kInfinity;
  ASSERT_OK(jobs().AppendTestEvaluation("a", evaluation));
  evaluation.loss = kNan;
  ASSERT_OK(jobs().AppendTestEvaluation("a", evaluation));
  const std::vector<TestEvaluation> evaluations = jobs().Get("a")->test_evaluations;
  ASSERT_EQ(evaluations.size(), 2);
  EXPECT_EQ(evaluations[0].loss, kInfinity);
  EXPECT_TRUE(std::isnan(evaluations[1].loss));
}

TEST_P(JobRepositoryContract, AppendsNoTestEvaluationToAnUnknownJob) {
  EXPECT_THAT(jobs().AppendTestEvaluation("nobody", FullTestEvaluation(0)),
              StatusIs(absl::StatusCode::kNotFound, "jobs/nobody: no such job"));
}

TEST_P(JobRepositoryContract, KeepsEveryTestEvaluationOfManyAtOnce) {
  constexpr int kThreads = 4;
  constexpr int kEach = 5;
  ASSERT_OK(jobs().Insert(NewJob("a")));
  std::vector<std::thread> threads;
  for (int thread = 0; thread < kThreads; ++thread) {
    threads.emplace_back([&, thread] {
      for (int i = 0; i < kEach; ++i) {
        EXPECT_OK(jobs().AppendTestEvaluation("a", FullTestEvaluation(thread * kEach + i)));
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  std::vector<TestEvaluation> all;
  for (int number = 0; number < kThreads * kEach; ++number) {
    all.push_back(FullTestEvaluation(number));
  }
  EXPECT_THAT(jobs().Get("a")->test_evaluations, ::testing::UnorderedElementsAreArray(all));
}

}  // namespace
}  // namespace percept::storage
