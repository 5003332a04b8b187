#include "client/cli/progress_line.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "client/cli/format.h"

namespace percept::cli {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

ProgressView Halfway() {
  ProgressView view;
  view.state = v1::JOB_STATE_RUNNING;
  view.progress.set_instances(150'000);
  view.progress.set_total_instances(300'000);
  view.progress.set_total_epochs(5);
  view.progress.set_instances_per_second(50'000);
  view.progress.mutable_latest()->set_validation_accuracy(0.9134);
  view.progress.mutable_latest()->set_validation_loss(0.31149);
  return view;
}

TEST(ProgressLine, ShowsEpochBarSpeedAccuracyLossAndTimeLeft) {
  EXPECT_EQ(ProgressLine(Halfway(), 100, /*utf8=*/true),
            "epoch 2.5/5  ━━━━━━━━━━━━────────────  50.0k/s  accuracy 0.913  loss 0.311  3 s left");
}

TEST(ProgressLine, DrawsTheBarInAsciiWhereThereIsNoUtf8) {
  EXPECT_THAT(ProgressLine(Halfway(), 100, /*utf8=*/false),
              HasSubstr("  ############------------  "));
}

TEST(ProgressLine, FitsAnyWidthAndKeepsTheAccuracyLongest) {
  for (int width = 1; width < 200; ++width) {
    for (const bool utf8 : {false, true}) {
      EXPECT_LT(DisplayWidth(ProgressLine(Halfway(), width, utf8)), std::max(width, 2)) << width;
    }
  }
  EXPECT_THAT(ProgressLine(Halfway(), 64, false), Not(HasSubstr("#")));
  EXPECT_THAT(ProgressLine(Halfway(), 50, false), HasSubstr("accuracy 0.913"));
}

TEST(ProgressLine, DoesNotRoundUpToWhatIsNotDone) {
  ProgressView view = Halfway();
  view.progress.set_instances(299'999);
  EXPECT_THAT(ProgressLine(view, 100, false), HasSubstr("epoch 4.9/5"));
}

TEST(ProgressLine, DoesNotPromiseASecondWhenLessIsLeft) {
  ProgressView view = Halfway();
  view.progress.set_instances(275'000);
  EXPECT_THAT(ProgressLine(view, 100, false), HasSubstr("<1 s left"));
  view.progress.set_instances_per_second(250);
  EXPECT_THAT(ProgressLine(view, 100, false), HasSubstr("  1 min 40 s left"));
}

TEST(ProgressLine, SaysWhyAJobWaits) {
  ProgressView view;
  view.state = v1::JOB_STATE_QUEUED;
  EXPECT_EQ(ProgressLine(view, 80, true), "queued");
  view.wait = "queued, 2nd of 5: both workers are busy";
  EXPECT_EQ(ProgressLine(view, 80, true), "queued, 2nd of 5: both workers are busy");
  EXPECT_EQ(ProgressLine(view, 12, true), "queued, 2nd");
  view.state = v1::JOB_STATE_PAUSED;
  view.wait = "";
  EXPECT_EQ(ProgressLine(view, 80, true), "paused");
}

TEST(ProgressLine, SaysHowFarAJobIsThatWaitsInTheMidst) {
  ProgressView view = Halfway();
  view.state = v1::JOB_STATE_PAUSED;
  view.wait = "paused; resume it to go on";
  EXPECT_EQ(ProgressLine(view, 80, true), "paused; resume it to go on  epoch 2.5/5");
  EXPECT_EQ(PlainProgressLine(view), "paused; resume it to go on  epoch 2.5/5");
}

TEST(ProgressLine, ShowsTrainingFiguresWhereNothingIsEvaluated) {
  ProgressView view = Halfway();
  view.progress.mutable_latest()->Clear();
  view.progress.mutable_latest()->set_training_accuracy(0.5);
  view.progress.mutable_latest()->set_training_loss(1.25);
  EXPECT_THAT(ProgressLine(view, 120, true), HasSubstr("  training accuracy 0.500  loss 1.25"));
  view.progress.mutable_latest()->clear_training_accuracy();
  EXPECT_THAT(ProgressLine(view, 120, true), HasSubstr("  training loss 1.25"));
}

TEST(ProgressLine, ShowsAJobWithoutEpochsInPercent) {
  ProgressView view = Halfway();
  view.progress.set_total_epochs(0);
  EXPECT_THAT(ProgressLine(view, 100, true), HasSubstr("50 %"));
}

TEST(PlainProgressLine, LeavesNothingOut) {
  EXPECT_EQ(PlainProgressLine(Halfway()),
            "epoch 2.5/5  150,000 instances  50.0k/s  accuracy 0.913  loss 0.311  3 s left");
}

}  // namespace
}  // namespace percept::cli
