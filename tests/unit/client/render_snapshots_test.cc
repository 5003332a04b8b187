#include "client/cli/render_snapshots.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace percept::cli {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

TEST(SnapshotLine, LinesUpWithTheTitles) {
  v1::Snapshot snapshot;
  snapshot.set_instances(60'000);
  snapshot.mutable_metrics()->set_validation_accuracy(0.95);
  const std::string title = SnapshotTitleLine();
  const std::string line = SnapshotLine(snapshot);
  EXPECT_EQ(line.find("60,000") + 6, title.find("INSTANCES") + 9);
  EXPECT_EQ(line.find("0.950") + 5, title.find("ACCURACY") + 8);
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
