#include "client/cli/render_text.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace percept::cli {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

v1::Job FailedJob() {
  v1::Job job;
  job.set_name("jobs/7f3k");
  job.set_state(v1::JOB_STATE_FAILED);
  job.mutable_spec()->mutable_mlp()->add_hidden_units(64);
  job.mutable_spec()->mutable_mlp()->add_hidden_units(32);
  job.mutable_spec()->set_label("evil\x1b[2J");
  job.mutable_error()->set_reason(v1::JOB_ERROR_REASON_DIVERGED);
  job.mutable_error()->set_message("the loss became infinite");
  job.mutable_create_time()->set_seconds(1000);
  return job;
}

TEST(RenderJob, ShowsWhyItFailedAndDisarmsItsLabel) {
  const std::string text = RenderJob(FailedJob(), absl::FromUnixSeconds(1012), Terminal());
  EXPECT_THAT(text, HasSubstr("jobs/7f3k  FAILED\n"));
  EXPECT_THAT(text, HasSubstr("the loss became infinite  (diverged)"));
  EXPECT_THAT(text, HasSubstr("mlp 64,32"));
  EXPECT_THAT(text, HasSubstr("(12 s ago)"));
  EXPECT_THAT(text, Not(HasSubstr("\x1b")));
}

TEST(RenderJobs, ShowsDashesForWhatIsUnset) {
  const std::string text = RenderJobs({FailedJob()}, absl::FromUnixSeconds(1012));
  EXPECT_THAT(text, HasSubstr("JOB   STATE   MODEL"));
  EXPECT_THAT(text, HasSubstr("7f3k  FAILED  mlp 64,32"));
  EXPECT_THAT(text, HasSubstr("-"));
  EXPECT_THAT(text, Not(HasSubstr("\x1b")));
}

TEST(SnapshotLine, LinesUpWithTheTitles) {
  v1::Snapshot snapshot;
  snapshot.set_instances(60'000);
  snapshot.mutable_metrics()->set_validation_accuracy(0.95);
  const std::string title = SnapshotTitleLine();
  const std::string line = SnapshotLine(snapshot);
  EXPECT_EQ(line.find("60,000") + 6, title.find("INSTANCES") + 9);
  EXPECT_EQ(line.find("0.950") + 5, title.find("ACCURACY") + 8);
}

TEST(RenderOutcome, NamesTheBestSnapshotWhenItIsKnown) {
  v1::Snapshot snapshot;
  snapshot.set_index(33);
  snapshot.mutable_metrics()->set_validation_accuracy(0.951);
  BestSnapshot best;
  EXPECT_THAT(RenderOutcome(FailedJob(), best, Terminal()), Not(HasSubstr("best")));
  best.Consider(snapshot);
  EXPECT_THAT(RenderOutcome(FailedJob(), best, Terminal()), HasSubstr("0.951  (snapshot 33)"));
}

TEST(StateText, IsColouredOnlyWhereThereIsColour) {
  Terminal colour;
  colour.colour = true;
  EXPECT_EQ(StateText(v1::JOB_STATE_SUCCEEDED, Terminal()), "SUCCEEDED");
  EXPECT_EQ(StateText(v1::JOB_STATE_SUCCEEDED, colour), "\x1b[32mSUCCEEDED\x1b[0m");
}

}  // namespace
}  // namespace percept::cli
