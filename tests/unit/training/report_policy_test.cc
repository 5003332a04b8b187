#include "server/training/report_policy.h"

#include <cstdint>
#include <optional>

#include "gtest/gtest.h"

namespace percept::training {
namespace {

using enum ReportPolicy::Question;

ml::Score Correct(int64_t correct, int64_t examples) {
  return {.examples = examples, .correct = correct, .loss_sum = 1.0};
}

TrainingSpec Spec(int32_t batch_size, int64_t report_frequency) {
  TrainingSpec spec;
  spec.batch_size = batch_size;
  spec.report_frequency = report_frequency;
  return spec;
}

// An adaptive policy over 1000 examples whose index 0 was reported with `correct` of `examples`.
ReportPolicy AdaptiveAfterStart(int64_t correct, int64_t examples) {
  ReportPolicy policy(Spec(10, 0), 1000, /*can_evaluate=*/true);
  EXPECT_TRUE(policy.Decide(policy.Ask(0, 0), 0, Correct(correct, examples)));
  return policy;
}

TEST(ReportPolicy, TheStartIsAlwaysReported) {
  for (const int64_t frequency : {int64_t{0}, int64_t{1}, int64_t{1'000'000}}) {
    for (const bool can_evaluate : {false, true}) {
      ReportPolicy policy(Spec(10, frequency), 100, can_evaluate);
      EXPECT_EQ(policy.Ask(0, 0), kReport);
      EXPECT_TRUE(policy.Decide(kReport, 0, std::nullopt));
    }
  }
}

TEST(ReportPolicy, FixedFrequencyReportsOnceThatManyInstancesPassed) {
  ReportPolicy policy(Spec(10, 25), 1000, /*can_evaluate=*/true);
  EXPECT_EQ(policy.Ask(0, 0), kReport);
  EXPECT_EQ(policy.Ask(1, 10), kNone);
  EXPECT_EQ(policy.Ask(2, 20), kNone);
  EXPECT_EQ(policy.Ask(3, 30), kReport);
  // From the report at 30, not from the multiple of 25 before it.
  EXPECT_EQ(policy.Ask(4, 40), kNone);
  EXPECT_EQ(policy.Ask(5, 50), kNone);
  EXPECT_EQ(policy.Ask(6, 60), kReport);
}

TEST(ReportPolicy, FixedFrequencyCountsTheExactNumberAsPassed) {
  ReportPolicy policy(Spec(10, 20), 1000, /*can_evaluate=*/false);
  EXPECT_EQ(policy.Ask(0, 0), kReport);
  EXPECT_EQ(policy.Ask(1, 19), kNone);
  EXPECT_EQ(policy.Ask(2, 20), kReport);
}

TEST(ReportPolicy, FixedFrequencyIsDecidedWhateverTheEvaluation) {
  ReportPolicy policy(Spec(10, 10), 1000, /*can_evaluate=*/true);
  EXPECT_TRUE(policy.Decide(kReport, 0, Correct(90, 100)));
  EXPECT_TRUE(policy.Decide(kReport, 10, Correct(10, 100)));
}

TEST(ReportPolicy, AdaptiveReportsARiseOfOneHundredth) {
  ReportPolicy policy = AdaptiveAfterStart(500, 1000);
  EXPECT_FALSE(policy.Decide(kCandidate, 10, Correct(509, 1000)));
  EXPECT_TRUE(policy.Decide(kCandidate, 20, Correct(510, 1000)));
}

TEST(ReportPolicy, AdaptiveComparesAccuraciesInDouble) {
  // 0.29 - 0.28 is below 0.01 in double; 0.58 - 0.57 is above.
  ReportPolicy below = AdaptiveAfterStart(28, 100);
  EXPECT_FALSE(below.Decide(kCandidate, 10, Correct(29, 100)));
  ReportPolicy above = AdaptiveAfterStart(57, 100);
  EXPECT_TRUE(above.Decide(kCandidate, 10, Correct(58, 100)));
}

TEST(ReportPolicy, AdaptiveRisesAreCountedFromTheLastReport) {
  ReportPolicy policy = AdaptiveAfterStart(500, 1000);
  EXPECT_FALSE(policy.Decide(kCandidate, 10, Correct(505, 1000)));
  EXPECT_TRUE(policy.Decide(kCandidate, 20, Correct(512, 1000)));
  EXPECT_FALSE(policy.Decide(kCandidate, 30, Correct(515, 1000)));
  EXPECT_FALSE(policy.Decide(kCandidate, 40, Correct(400, 1000)));
  EXPECT_FALSE(policy.Decide(kCandidate, 50, Correct(520, 1000)));
  EXPECT_TRUE(policy.Decide(kCandidate, 60, Correct(523, 1000)));
}

TEST(ReportPolicy, AdaptiveReportsAfterAFifthOfTheTrainingSet) {
  ReportPolicy policy = AdaptiveAfterStart(500, 1000);
  EXPECT_FALSE(policy.Decide(kCandidate, 199, Correct(300, 1000)));
  EXPECT_TRUE(policy.Decide(kCandidate, 200, Correct(300, 1000)));
  // And sets what the next rise is compared with.
  EXPECT_TRUE(policy.Decide(kCandidate, 210, Correct(310, 1000)));
  EXPECT_FALSE(policy.Decide(kCandidate, 409, Correct(310, 1000)));
  EXPECT_TRUE(policy.Decide(kCandidate, 410, Correct(310, 1000)));
}

TEST(ReportPolicy, AFifthIsNotRounded) {
  ReportPolicy policy(Spec(1, 0), 7, /*can_evaluate=*/true);
  ASSERT_TRUE(policy.Decide(kReport, 0, Correct(1, 2)));
  EXPECT_FALSE(policy.Decide(kCandidate, 1, Correct(1, 2)));  // 1 of 1.4
  EXPECT_TRUE(policy.Decide(kCandidate, 2, Correct(1, 2)));
}

TEST(ReportPolicy, WithoutEvaluationAdaptiveGoesByInstancesAlone) {
  ReportPolicy policy(Spec(10, 0), 1000, /*can_evaluate=*/false);
  EXPECT_FALSE(policy.can_evaluate());
  EXPECT_EQ(policy.Ask(0, 0), kReport);
  EXPECT_EQ(policy.Ask(19, 199), kNone);
  EXPECT_EQ(policy.Ask(20, 200), kReport);
  EXPECT_EQ(policy.Ask(39, 399), kNone);
  EXPECT_EQ(policy.Ask(40, 400), kReport);
  EXPECT_TRUE(policy.Decide(kReport, 400, std::nullopt));
}

TEST(ReportPolicy, AdaptiveCandidatesFallOnMultiplesOfEvaluateEvery) {
  TrainingSpec spec = Spec(10, 0);
  spec.evaluate_every = 3;
  ReportPolicy policy(spec, 100, /*can_evaluate=*/true);
  EXPECT_EQ(policy.evaluate_every(), 3);
  EXPECT_EQ(policy.Ask(0, 0), kReport);
  for (int64_t step = 1; step <= 30; ++step) {
    EXPECT_EQ(policy.Ask(step, 10 * step), step % 3 == 0 ? kCandidate : kNone) << step;
  }
}

TEST(ReportPolicy, EvaluateEveryIsAFiftiethOfAnEpochByDefault) {
  const struct {
    int64_t examples;
    int32_t batch_size;
    int64_t expected;
  } cases[] = {
      {60'000, 100, 12},  // 600 batches.
      {400, 10, 1},       // 40 batches.
      {999, 10, 2},       // 100 batches, the last of them short.
      {990, 10, 1},       // 99 batches.
      {5, 100, 1},        // Less than a batch.
  };
  for (const auto& each : cases) {
    const ReportPolicy policy(Spec(each.batch_size, 0), each.examples, /*can_evaluate=*/true);
    EXPECT_EQ(policy.evaluate_every(), each.expected) << each.examples << " by " << each.batch_size;
  }
}

TEST(ReportPolicy, TheEndIsReportedWhateverPassed) {
  ReportPolicy policy = AdaptiveAfterStart(500, 1000);
  EXPECT_TRUE(policy.Decide(kReport, 1, Correct(1, 1000)));
}

}  // namespace
}  // namespace percept::training
