// Curves of a job's metrics, through the wire.
#include <algorithm>
#include <cstdint>
#include <string>
#include <vector>

#include "gmock/gmock.h"

#include "tests/integration/server_fixture.h"

namespace percept::testing {
namespace {

class MetricSeriesTest : public ServerFixture {
 protected:
  v1::GetMetricSeriesResponse MustGetSeries(const v1::GetMetricSeriesRequest& request) {
    v1::GetMetricSeriesResponse response;
    const grpc::Status got = client().GetMetricSeries(request, &response);
    EXPECT_TRUE(got.ok()) << got.error_message();
    return response;
  }

  v1::GetMetricSeriesResponse MustGetSeries(const std::string& job, int32_t max_points) {
    v1::GetMetricSeriesRequest request;
    request.set_name(job);
    request.set_max_points(max_points);
    return MustGetSeries(request);
  }

  // Reports each batch of 10, of 60 in each epoch.
  v1::JobSpec ReportingOften(int32_t epochs) {
    MustGenerate("three", v1::GENERATOR_THREE_CLASS);
    v1::JobSpec spec = MlpSpec("three", {4}, epochs, /*batch_size=*/10);
    spec.mutable_training()->set_report_frequency(1);
    return spec;
  }
};

TEST_F(MetricSeriesTest, OfAShortJobIsAllOfItsSnapshots) {
  const Run run = MustTrain(ReportingOften(/*epochs=*/2));
  const v1::GetMetricSeriesResponse series = MustGetSeries(run.job.name(), 1000);
  EXPECT_EQ(series.total_points(), static_cast<int64_t>(run.snapshots.size()));
  ASSERT_EQ(series.points_size(), static_cast<int>(run.snapshots.size()));
  for (int place = 0; place < series.points_size(); ++place) {
    EXPECT_EQ(series.points(place).SerializeAsString(),
              run.snapshots[static_cast<size_t>(place)].SerializeAsString());
  }
}

TEST_F(MetricSeriesTest, OfALongJobHoldsEndsAndExtremesWithinTheBudget) {
  const Run run = MustTrain(ReportingOften(/*epochs=*/10));
  const auto loss = [](const v1::Snapshot& snapshot) {
    return snapshot.metrics().validation_loss();
  };
  const auto [lowest, highest] = std::minmax_element(
      run.snapshots.begin(), run.snapshots.end(),
      [&](const v1::Snapshot& a, const v1::Snapshot& b) { return loss(a) < loss(b); });
  for (const v1::SeriesAxis axis : {v1::SERIES_AXIS_UNSPECIFIED, v1::SERIES_AXIS_STEP,
                                    v1::SERIES_AXIS_INSTANCES, v1::SERIES_AXIS_TIME}) {
    v1::GetMetricSeriesRequest request;
    request.set_name(run.job.name());
    request.set_max_points(50);
    request.set_axis(axis);
    const v1::GetMetricSeriesResponse series = MustGetSeries(request);
    EXPECT_EQ(series.total_points(), static_cast<int64_t>(run.snapshots.size()));
    EXPECT_LE(series.points_size(), 50);
    ASSERT_GE(series.points_size(), 2);
    EXPECT_EQ(series.points(0).index(), 0);
    EXPECT_EQ(series.points().rbegin()->index(), run.snapshots.back().index());
    const auto has = [&series](double value) {
      return std::any_of(
          series.points().begin(), series.points().end(),
          [value](const v1::Snapshot& each) { return each.metrics().validation_loss() == value; });
    };
    EXPECT_TRUE(has(loss(*lowest)));
    EXPECT_TRUE(has(loss(*highest)));
  }
}

TEST_F(MetricSeriesTest, TakesTheIndicesAskedForAndNoneBeyondTheNewest) {
  const Run run = MustTrain(ReportingOften(/*epochs=*/2));
  const auto count = static_cast<int64_t>(run.snapshots.size());
  v1::GetMetricSeriesRequest request;
  request.set_name(run.job.name());
  request.set_start_index(10);
  request.set_end_index(15);
  const v1::GetMetricSeriesResponse middle = MustGetSeries(request);
  EXPECT_EQ(middle.total_points(), 5);
  ASSERT_EQ(middle.points_size(), 5);
  EXPECT_EQ(middle.points(0).index(), 10);
  request.set_end_index(10);
  EXPECT_EQ(MustGetSeries(request).total_points(), 0);
  request.set_start_index(count - 1);
  request.set_end_index(count + 100);
  EXPECT_EQ(MustGetSeries(request).total_points(), 1);
  request.set_start_index(count + 5);
  EXPECT_EQ(MustGetSeries(request).points_size(), 0);
}

TEST_F(MetricSeriesTest, OfARunningJobIsWhatIsStoredSoFar) {
  const v1::Job job = MustCreateJob(ReportingOften(/*epochs=*/1'000'000));
  v1::WatchSnapshotsRequest request;
  request.set_name(job.name());
  int64_t newest = -1;
  client().Watch(request, [&newest](const v1::WatchSnapshotsResponse& message) {
    if (message.snapshots_size() > 0) newest = message.snapshots().rbegin()->index();
    return newest < 100;
  });
  ASSERT_GE(newest, 100);
  const v1::GetMetricSeriesResponse series = MustGetSeries(job.name(), 20);
  EXPECT_GT(series.total_points(), newest);
  EXPECT_LE(series.points_size(), 20);
  EXPECT_EQ(series.points().rbegin()->index(), series.total_points() - 1);
  v1::Job cancelled;
  EXPECT_TRUE(client().CancelJob(job.name(), &cancelled).ok());
}

}  // namespace
}  // namespace percept::testing
