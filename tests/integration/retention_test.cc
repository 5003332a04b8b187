// Jobs of which a server keeps only so much, through the wire.
#include <cstdint>
#include <string>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "gmock/gmock.h"

#include "tests/integration/server_fixture.h"

namespace percept::testing {
namespace {

using ::testing::HasSubstr;

using Code = grpc::StatusCode;

constexpr int64_t kMaxKept = 40;

class RetentionTest : public ServerFixture {
 protected:
  RetentionTest() : ServerFixture(/*workers=*/2, int64_t{1} << 30, kMaxKept) {}

  // A job that has ended, with 15 times as many snapshots as are kept, once it is thinned.
  Run MustTrainThinned() {
    MustGenerate("three", v1::GENERATOR_THREE_CLASS);
    v1::JobSpec spec = MlpSpec("three", {4}, /*epochs=*/10, /*batch_size=*/10);
    spec.mutable_training()->set_report_frequency(1);
    Run run = MustTrain(spec);
    const absl::Time deadline = absl::Now() + absl::Seconds(60);
    do {
      run.job = MustGetJob(run.job.name());
    } while (run.job.retention().kept_snapshots() > kMaxKept && absl::Now() < deadline);
    RestartServer();  // What it remembers of the job's newest snapshots goes.
    return run;
  }

  static void ExpectNoLongerKept(const grpc::Status& status) {
    EXPECT_EQ(status.error_code(), Code::OUT_OF_RANGE);
    EXPECT_THAT(status.error_message(),
                HasSubstr("its parameters are no longer kept; the nearest that are: 0 before it"));
  }
};

TEST_F(RetentionTest, OfALongJobIsBoundedAndShownOnTheJob) {
  const Run run = MustTrainThinned();
  const v1::JobRetention& retention = run.job.retention();
  EXPECT_LE(retention.kept_snapshots(), kMaxKept);
  EXPECT_GE(retention.kept_snapshots(), kMaxKept / 3);
  EXPECT_EQ(retention.kept_snapshots() + retention.thinned_snapshots(),
            run.job.progress().snapshot_count());
  EXPECT_EQ(retention.max_kept_snapshots(), kMaxKept);
}

TEST_F(RetentionTest, KeepsMetricsAndTheFirstTheLastAndTheBest) {
  const Run run = MustTrainThinned();
  EXPECT_EQ(client().Watch(run.job.name()).Snapshots().size(), run.snapshots.size());
  for (const char* which : {"0", "last", "best"}) {
    const auto read = client().GetSnapshot(absl::StrCat(run.job.name(), "/snapshots/", which));
    EXPECT_TRUE(read.status.ok()) << which << ": " << read.status.error_message();
  }
}

TEST_F(RetentionTest, WhatIsNoLongerKeptIsOutOfRangeForWhoeverAsks) {
  const Run run = MustTrainThinned();
  const std::string thinned = absl::StrCat(run.job.name(), "/snapshots/1");
  ExpectNoLongerKept(client().GetSnapshot(thinned).status);
  ExpectNoLongerKept(client().ExportModel(thinned, v1::MODEL_FORMAT_NPZ).status);
  v1::EvaluateValidationResponse evaluated;
  ExpectNoLongerKept(client().EvaluateValidation(thinned, &evaluated));
  v1::JobSpec spec = run.job.spec();
  spec.set_init_from(thinned);
  v1::Job job;
  ExpectNoLongerKept(client().CreateJob(spec, &job));
}

TEST_F(RetentionTest, AFullWatchEndsBeforeWhatIsNoLongerKept) {
  const Run run = MustTrainThinned();
  v1::WatchSnapshotsRequest request;
  request.set_name(run.job.name());
  request.set_view(v1::SNAPSHOT_VIEW_FULL);
  const WatchRecord watch = client().Watch(request);
  EXPECT_EQ(watch.Snapshots().size(), 1);
  ExpectNoLongerKept(watch.status);
  request.set_start_index(static_cast<int64_t>(run.snapshots.size()) - 1);
  EXPECT_TRUE(client().Watch(request).Ended().has_value());
}

}  // namespace
}  // namespace percept::testing
