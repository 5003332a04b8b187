#include "server/training/metric_series.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdint>
#include <limits>
#include <optional>
#include <random>
#include <set>
#include <string>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

#include "tests/support/status_matchers.h"
#include "tests/unit/training/example_jobs.h"
#include "tests/unit/training/job_store.h"

namespace percept::training {
namespace {

using percept::testing::StatusIs;
using storage::Metrics;
using storage::SnapshotHead;
using ::testing::AllOf;
using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::SizeIs;

constexpr SeriesAxis kAxes[] = {SeriesAxis::kStep, SeriesAxis::kInstances, SeriesAxis::kTime};

std::array<std::optional<double>, 4> Values(const Metrics& metrics) {
  return {metrics.validation_accuracy, metrics.validation_loss, metrics.training_accuracy,
          metrics.training_loss};
}

// Values that are now and then unset, not a number, infinite or the same as another's.
std::optional<double> AnyValue(std::mt19937_64& random) {
  switch (random() % 12) {
    case 0:
      return std::nullopt;
    case 1:
      return std::numeric_limits<double>::quiet_NaN();
    case 2:
      return random() % 2 == 0 ? -std::numeric_limits<double>::infinity() : 0.5;
    default:
      return static_cast<double>(random() % 1000) / 1000.0;
  }
}

// Unevenly spaced snapshots, of which some share a place; a metric may never be set.
std::vector<SnapshotHead> AnySnapshots(std::mt19937_64& random, int64_t count) {
  const uint64_t spread = 1 + random() % 1000;
  const uint64_t never_set = random() % 16;
  std::vector<SnapshotHead> snapshots;
  SnapshotHead next{.index = static_cast<int64_t>(random() % 100)};
  next.create_time = absl::FromUnixSeconds(1700000000);
  for (int64_t number = 0; number < count; ++number) {
    const auto value = [&](uint64_t metric) {
      return (never_set >> metric & 1) != 0 ? std::nullopt : AnyValue(random);
    };
    next.metrics = {value(0), value(1), value(2), value(3)};
    snapshots.push_back(next);
    ++next.index;
    const uint64_t leap = random() % 20 == 0 ? 50 : 1;
    next.step += static_cast<int64_t>(random() % spread * leap);
    next.instances += static_cast<int64_t>(random() % spread * leap);
    next.create_time += absl::Microseconds(random() % spread * leap);
  }
  return snapshots;
}

std::vector<SnapshotHead> SeriesOf(const std::vector<SnapshotHead>& snapshots, SeriesAxis axis,
                                   int max_points) {
  MetricSeries series(axis, max_points, snapshots.front(), snapshots.back());
  for (const SnapshotHead& snapshot : snapshots) series.Add(snapshot);
  return series.Points();
}

std::vector<int64_t> IndicesOf(const std::vector<SnapshotHead>& points) {
  std::vector<int64_t> indices;
  for (const SnapshotHead& point : points) indices.push_back(point.index);
  return indices;
}

// The lowest and the highest of a metric among some snapshots, the earliest of equal ones.
std::set<int64_t> ExtremesOf(const std::vector<SnapshotHead>& snapshots, size_t metric) {
  const SnapshotHead* lowest = nullptr;
  const SnapshotHead* highest = nullptr;
  for (const SnapshotHead& each : snapshots) {
    const std::optional<double> value = Values(each.metrics)[metric];
    if (!value.has_value() || std::isnan(*value)) continue;
    if (lowest == nullptr || *value < *Values(lowest->metrics)[metric]) lowest = &each;
    if (highest == nullptr || *value > *Values(highest->metrics)[metric]) highest = &each;
  }
  if (lowest == nullptr) return {};
  return {lowest->index, highest->index};
}

double PlaceOf(const SnapshotHead& snapshot, SeriesAxis axis) {
  if (axis == SeriesAxis::kStep) return static_cast<double>(snapshot.step);
  if (axis == SeriesAxis::kInstances) return static_cast<double>(snapshot.instances);
  return static_cast<double>(absl::ToUnixMicros(snapshot.create_time));
}

// The same by plain loops: the ends, and the extremes of each of so many stretches of which
// `together` are one.
std::set<int64_t> PlainSeries(const std::vector<SnapshotHead>& snapshots, SeriesAxis axis,
                              int stretches, int together) {
  std::set<int64_t> indices = {snapshots.front().index, snapshots.back().index};
  const double begin = PlaceOf(snapshots.front(), axis);
  const double length = PlaceOf(snapshots.back(), axis) - begin;
  for (int first = 0; first < stretches; first += together) {
    std::vector<SnapshotHead> of_stretch;
    for (const SnapshotHead& each : snapshots) {
      const double place = length > 0 ? (PlaceOf(each, axis) - begin) / length * stretches : 0;
      const int stretch = std::min(static_cast<int>(place), stretches - 1);
      if (stretch >= first && stretch < first + together) of_stretch.push_back(each);
    }
    for (size_t metric = 0; metric < 4; ++metric) indices.merge(ExtremesOf(of_stretch, metric));
  }
  return indices;
}

// As many stretches as the budget allows.
std::set<int64_t> PlainSeries(const std::vector<SnapshotHead>& snapshots, SeriesAxis axis,
                              int max_points) {
  const int stretches = max_points / 2;
  for (int together = 1;; ++together) {
    std::set<int64_t> points = PlainSeries(snapshots, axis, stretches, together);
    if (static_cast<int>(points.size()) <= max_points || together == stretches) return points;
  }
}

TEST(MetricSeries, IsThatOfPlainLoopsForAnySnapshotsAndBudget) {
  std::mt19937_64 random(4);
  for (int round = 0; round < 200; ++round) {
    const auto snapshots = AnySnapshots(random, 2 + static_cast<int64_t>(random() % 300));
    const int max_points = MetricSeries::kMinWithExtremes + static_cast<int>(random() % 90);
    for (const SeriesAxis axis : kAxes) {
      const std::set<int64_t> expected = PlainSeries(snapshots, axis, max_points);
      EXPECT_THAT(IndicesOf(SeriesOf(snapshots, axis, max_points)),
                  ::testing::ElementsAreArray(expected))
          << round;
    }
  }
}

TEST(MetricSeries, HoldsTheEndsAndTheExtremesOfAllInOrderWithinItsBudget) {
  std::mt19937_64 random(5);
  for (int round = 0; round < 200; ++round) {
    const auto snapshots = AnySnapshots(random, 2 + static_cast<int64_t>(random() % 2000));
    const int max_points = MetricSeries::kMinWithExtremes + static_cast<int>(random() % 200);
    for (const SeriesAxis axis : kAxes) {
      const std::vector<int64_t> points = IndicesOf(SeriesOf(snapshots, axis, max_points));
      EXPECT_LE(static_cast<int>(points.size()), max_points);
      EXPECT_TRUE(std::is_sorted(points.begin(), points.end(), std::less_equal<>()));
      EXPECT_EQ(points.front(), snapshots.front().index);
      EXPECT_EQ(points.back(), snapshots.back().index);
      for (size_t metric = 0; metric < 4; ++metric) {
        for (const int64_t index : ExtremesOf(snapshots, metric)) {
          EXPECT_TRUE(std::binary_search(points.begin(), points.end(), index)) << index;
        }
      }
    }
  }
}

TEST(MetricSeries, KeepsToAnyBudgetWithTheEndsFirst) {
  std::mt19937_64 random(6);
  for (int max_points = 2; max_points < MetricSeries::kMinWithExtremes; ++max_points) {
    const auto snapshots = AnySnapshots(random, 100);
    const auto points = SeriesOf(snapshots, SeriesAxis::kStep, max_points);
    EXPECT_LE(static_cast<int>(points.size()), max_points);
    EXPECT_EQ(points.front().index, snapshots.front().index);
    EXPECT_EQ(points.back().index, snapshots.back().index);
  }
}

// A snapshot at a step, with a loss of training alone.
SnapshotHead At(int64_t index, int64_t step, double loss) {
  SnapshotHead head{.index = index, .step = step, .instances = step};
  head.metrics.training_loss = loss;
  return head;
}

TEST(MetricSeries, UsesItsBudgetWhereFewMetricsAreSet) {
  std::mt19937_64 random(7);
  std::vector<SnapshotHead> snapshots;
  for (int64_t index = 0; index < 100'000; ++index) {
    snapshots.push_back(At(index, index, static_cast<double>(random() % 1'000'000)));
  }
  EXPECT_GE(SeriesOf(snapshots, SeriesAxis::kStep, 1000).size(), 500);
}

TEST(MetricSeries, AValueThatWentOutOfBoundsStandsAmongMany) {
  std::vector<SnapshotHead> snapshots;
  for (int64_t index = 0; index < 10'000; ++index) snapshots.push_back(At(index, index, 1.0));
  snapshots[7777].metrics.training_loss = 1e30;
  EXPECT_THAT(IndicesOf(SeriesOf(snapshots, SeriesAxis::kStep, 10)), Contains(7777));
}

TEST(MetricSeries, OfSnapshotsAtOnePlaceIsTheirExtremes) {
  const std::vector<SnapshotHead> snapshots = {At(0, 5, 0.3), At(1, 5, 0.9), At(2, 5, 0.1),
                                               At(3, 5, 0.2)};
  EXPECT_THAT(IndicesOf(SeriesOf(snapshots, SeriesAxis::kStep, 10)), ElementsAre(0, 1, 2, 3));
}

TEST(MetricSeries, WhatLiesOutsideTheAxisIsAtItsNearerEnd) {
  std::vector<SnapshotHead> snapshots;
  for (int64_t index = 0; index < 100; ++index) {  // The clock was set back halfway.
    snapshots.push_back(At(index, index, 1.0));
    snapshots.back().create_time = absl::FromUnixSeconds(index < 50 ? 1000 + index : index);
  }
  snapshots[60].create_time = absl::FromUnixSeconds(10'000);
  snapshots[49].metrics.training_loss = 2.0;
  snapshots[60].metrics.training_loss = 0.0;
  EXPECT_THAT(IndicesOf(SeriesOf(snapshots, SeriesAxis::kTime, 10)),
              AllOf(Contains(0), Contains(49), Contains(60), Contains(99)));
}

// A job in a store, with so many snapshots in blocks of `block_size`.
class StoredSeries {
 public:
  StoredSeries(int64_t count, int64_t block_size) {
    for (int64_t begin = 0; begin < count; begin += block_size) {
      auto block = std::make_shared<storage::SnapshotBlock>(begin);
      for (int64_t index = begin; index < std::min(count, begin + block_size); ++index) {
        storage::SnapshotRecord snapshot = SnapshotOf(index, 4);
        snapshot.metrics.training_loss = std::abs(static_cast<double>(index) - 600.5);
        block->Add(storage::Borrow(snapshot));
      }
      EXPECT_OK(jobs_.store.snapshots().Append({{{"job", block}}}));
    }
  }

  absl::StatusOr<std::vector<SnapshotHead>> Read(int64_t start, int64_t end, int max_points) {
    return ReadMetricSeries(jobs_.store.snapshots(),
                            {"job", start, end, SeriesAxis::kStep, max_points});
  }

 private:
  JobStore jobs_{{"job"}};
};

TEST(ReadMetricSeries, OfFewSnapshotsIsWhole) {
  StoredSeries stored(1000, 7);
  for (const int64_t start : {0, 1, 13, 990, 1000}) {
    const auto points = stored.Read(start, 1000, 1000);
    ASSERT_OK(points);
    ASSERT_THAT(*points, SizeIs(static_cast<size_t>(1000 - start)));
    for (size_t place = 0; place < points->size(); ++place) {
      EXPECT_EQ((*points)[place].index, start + static_cast<int64_t>(place));
    }
  }
}

TEST(ReadMetricSeries, OfManyHoldsEndsAndExtremesOfTheRange) {
  StoredSeries stored(1000, 7);
  const auto points = stored.Read(100, 900, 50);
  ASSERT_OK(points);
  EXPECT_LE(points->size(), 50);
  EXPECT_EQ(points->front().index, 100);
  EXPECT_EQ(points->back().index, 899);
  EXPECT_THAT(IndicesOf(*points), Contains(600));  // The lowest.
}

TEST(ReadMetricSeries, BeyondWhatIsStoredIsDataLoss) {
  StoredSeries stored(100, 7);
  EXPECT_THAT(stored.Read(0, 101, 50),
              StatusIs(absl::StatusCode::kDataLoss, HasSubstr("jobs/job/snapshots/100: ")));
}

}  // namespace
}  // namespace percept::training
