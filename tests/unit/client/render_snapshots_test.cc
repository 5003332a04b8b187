#include "client/cli/render_snapshots.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace percept::cli {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

TEST(SnapshotRows, LineUpWithTheTitles) {
  v1::Snapshot snapshot;
  snapshot.set_instances(60'000);
  snapshot.mutable_metrics()->set_validation_accuracy(0.95);
  const SnapshotRows rows{v1::JobSpec()};
  EXPECT_EQ(rows.Row(snapshot).find("60,000") + 6, rows.Titles().find("INSTANCES") + 9);
  EXPECT_EQ(rows.Row(snapshot).find("0.950") + 5, rows.Titles().find("ACCURACY") + 8);
}

TEST(SnapshotRows, LeaveOutWhatTheJobHasNoValuesFor) {
  v1::JobSpec spec;
  spec.mutable_training()->set_no_evaluate(true);
  EXPECT_EQ(SnapshotRows(spec).Titles(),
            "INDEX  EPOCH       STEP    INSTANCES  TRAIN ACC  TRAIN LOSS\n");
  spec.mutable_perceptron();
  EXPECT_EQ(SnapshotRows(spec).Titles(), "INDEX       STEP    INSTANCES  TRAIN ACC  TRAIN LOSS\n");
  EXPECT_EQ(SnapshotRows(spec).Row(v1::Snapshot()),
            "    0          0            0          -           -\n");
}

TEST(RenderSnapshots, LeavesOutColumnsWithoutAnyValue) {
  v1::Snapshot start;
  v1::Snapshot later;
  later.set_index(1);
  later.mutable_metrics()->set_training_accuracy(0.5);
  const std::string text = RenderSnapshots({start, later});
  EXPECT_THAT(text, HasSubstr("INDEX  EPOCH  STEP  INSTANCES  TRAIN ACC\n"));
  EXPECT_THAT(text, HasSubstr("    0      0     0          0          -\n"));
  EXPECT_THAT(text, HasSubstr("    1      0     0          0      0.500\n"));
  EXPECT_THAT(RenderSnapshots({}), HasSubstr("TRAIN LOSS"));
}

TEST(RenderEpochs, ShowsValidationThenTraining) {
  v1::EpochRecord epoch;
  epoch.set_epoch(2);
  epoch.mutable_metrics()->set_validation_accuracy(0.95);
  epoch.mutable_metrics()->set_validation_loss(0.2);
  epoch.mutable_metrics()->set_training_accuracy(0.9);
  epoch.mutable_metrics()->set_training_loss(0.3);
  EXPECT_EQ(RenderEpochs({epoch}),
            "EPOCH  ACCURACY   LOSS  TRAIN ACC  TRAIN LOSS\n"
            "    2     0.950  0.200      0.900       0.300\n");
  EXPECT_THAT(RenderEpochs({v1::EpochRecord()}), Not(HasSubstr("LOSS")));
}

}  // namespace
}  // namespace percept::cli
