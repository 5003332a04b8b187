#ifndef PERCEPT_SERVER_TRAINING_METRIC_SERIES_H_
#define PERCEPT_SERVER_TRAINING_METRIC_SERIES_H_

#include <array>
#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/types/span.h"

#include "server/storage/records.h"
#include "server/storage/repositories.h"

namespace percept::training {

// What a curve is drawn over.
enum class SeriesAxis { kStep, kInstances, kTime };

// A job's curves thinned to few points that look like all of them. The axis is cut into stretches
// of the same length (the last may be shorter), as many as the budget allows; of each the snapshots
// stay where a metric is lowest and highest, and besides them the first and the last of all. A
// metric that is not a number counts as unset; of equal values the earliest stays. Takes the
// snapshots one by one and holds no more than 4 for each point of the budget. Thread-compatible.
class MetricSeries {
 public:
  // With fewer points than this, extremes may be missing: the first and the last go before them,
  // and the metrics go in the order of storage::Metrics.
  static constexpr int kMinWithExtremes = 10;

  // At most `max_points` points, at least 2. `first` and `last` are the snapshots at the ends of
  // the series, which span the axis; one that lies outside counts as being at its nearer end.
  MetricSeries(SeriesAxis axis, int max_points, const storage::SnapshotHead& first,
               const storage::SnapshotHead& last);

  // Takes the next snapshot, in order of index.
  void Add(const storage::SnapshotHead& snapshot);

  // In order of index.
  std::vector<storage::SnapshotHead> Points() const;

 private:
  static constexpr size_t kMetrics = 4;

  // Where a metric is lowest and highest in a stretch.
  struct Extremes {
    bool is_set = false;
    double lowest = 0.0;
    double highest = 0.0;
    storage::SnapshotHead at_lowest;
    storage::SnapshotHead at_highest;

    void Add(double value, const storage::SnapshotHead& snapshot);
  };
  using Stretch = std::array<Extremes, kMetrics>;

  // Of which stretches a metric's extremes are; null where it is set in none.
  struct Ends {
    const Extremes* lowest = nullptr;
    const Extremes* highest = nullptr;
  };
  static Ends EndsOf(absl::Span<const Stretch> stretches, size_t metric);

  size_t StretchOf(const storage::SnapshotHead& snapshot) const;
  // The points where so many stretches are taken together: the ends first, then by stretch.
  std::vector<const storage::SnapshotHead*> PointsOf(size_t together) const;

  const SeriesAxis axis_;
  const size_t max_points_;
  const storage::SnapshotHead first_;
  const storage::SnapshotHead last_;
  std::vector<Stretch> stretches_;  // As many as the points could ever be enough for.
};

// The series of the job's snapshots with an index in [start_index, end_index), all of which must be
// in the store; whole where it has no more than `max_points`. DataLoss for a corrupt record.
struct SeriesRange {
  std::string job_id;
  int64_t start_index = 0;
  int64_t end_index = 0;
  SeriesAxis axis = SeriesAxis::kInstances;
  int max_points = 0;  // At least 2.
};
absl::StatusOr<std::vector<storage::SnapshotHead>> ReadMetricSeries(
    const storage::SnapshotRepository& snapshots, const SeriesRange& range);

}  // namespace percept::training

#endif  // PERCEPT_SERVER_TRAINING_METRIC_SERIES_H_
