#include "server/training/metric_series.h"

#include <algorithm>
#include <cmath>
#include <optional>
#include <unordered_set>

#include "absl/strings/str_cat.h"
#include "absl/time/time.h"

#include "server/base/status.h"

namespace percept::training {
namespace {

using storage::SnapshotHead;

double PlaceOn(SeriesAxis axis, const SnapshotHead& snapshot) {
  switch (axis) {
    case SeriesAxis::kStep:
      return static_cast<double>(snapshot.step);
    case SeriesAxis::kInstances:
      return static_cast<double>(snapshot.instances);
    case SeriesAxis::kTime:
      break;
  }
  return static_cast<double>(absl::ToUnixMicros(snapshot.create_time));
}

std::array<std::optional<double>, 4> ValuesOf(const storage::Metrics& metrics) {
  return {metrics.validation_accuracy, metrics.validation_loss, metrics.training_accuracy,
          metrics.training_loss};
}

absl::StatusOr<SnapshotHead> ReadHead(const storage::SnapshotRepository& snapshots,
                                      const std::string& job_id, int64_t index) {
  std::optional<SnapshotHead> found;
  PERCEPT_RETURN_IF_ERROR(snapshots.VisitHeads(
      job_id, index, index + 1, [&found](const SnapshotHead& head) { found = head; }));
  if (found.has_value()) return *found;
  return absl::DataLossError(
      absl::StrCat("jobs/", job_id, "/snapshots/", index, ": missing from the store"));
}

}  // namespace

MetricSeries::MetricSeries(SeriesAxis axis, int max_points, const SnapshotHead& first,
                           const SnapshotHead& last)
    : axis_(axis),
      max_points_(static_cast<size_t>(max_points)),
      first_(first),
      last_(last),
      stretches_(max_points_ / 2) {}

void MetricSeries::Extremes::Add(double value, const SnapshotHead& snapshot) {
  if (!is_set || value < lowest) {
    lowest = value;
    at_lowest = snapshot;
  }
  if (!is_set || value > highest) {
    highest = value;
    at_highest = snapshot;
  }
  is_set = true;
}

size_t MetricSeries::StretchOf(const SnapshotHead& snapshot) const {
  const double begin = PlaceOn(axis_, first_);
  const double length = PlaceOn(axis_, last_) - begin;
  if (!(length > 0.0)) return 0;
  const auto stretches = static_cast<double>(stretches_.size());
  const double place = std::floor((PlaceOn(axis_, snapshot) - begin) / length * stretches);
  return static_cast<size_t>(std::clamp(place, 0.0, stretches - 1.0));
}

void MetricSeries::Add(const SnapshotHead& snapshot) {
  Stretch& stretch = stretches_[StretchOf(snapshot)];
  const auto values = ValuesOf(snapshot.metrics);
  for (size_t metric = 0; metric < kMetrics; ++metric) {
    const std::optional<double>& value = values[metric];
    if (value.has_value() && !std::isnan(*value)) stretch[metric].Add(*value, snapshot);
  }
}

std::vector<SnapshotHead> MetricSeries::Points() const {
  std::vector<const SnapshotHead*> chosen;
  for (size_t together = 1; together <= stretches_.size(); ++together) {
    chosen = PointsOf(together);
    if (chosen.size() <= max_points_) break;
  }
  if (chosen.size() > max_points_) chosen.resize(max_points_);
  std::sort(chosen.begin(), chosen.end(),
            [](const SnapshotHead* a, const SnapshotHead* b) { return a->index < b->index; });
  std::vector<SnapshotHead> points;
  points.reserve(chosen.size());
  for (const SnapshotHead* snapshot : chosen) points.push_back(*snapshot);
  return points;
}

MetricSeries::Ends MetricSeries::EndsOf(absl::Span<const Stretch> stretches, size_t metric) {
  Ends ends;
  for (const Stretch& stretch : stretches) {
    const Extremes& each = stretch[metric];
    if (!each.is_set) continue;
    if (ends.lowest == nullptr || each.lowest < ends.lowest->lowest) ends.lowest = &each;
    if (ends.highest == nullptr || each.highest > ends.highest->highest) ends.highest = &each;
  }
  return ends;
}

std::vector<const SnapshotHead*> MetricSeries::PointsOf(size_t together) const {
  std::vector<const SnapshotHead*> points;
  std::unordered_set<int64_t> indices;
  const auto add = [&points, &indices](const SnapshotHead& snapshot) {
    if (indices.insert(snapshot.index).second) points.push_back(&snapshot);
  };
  add(first_);
  add(last_);
  const absl::Span<const Stretch> all = stretches_;
  for (size_t begin = 0; begin < all.size(); begin += together) {
    for (size_t metric = 0; metric < kMetrics; ++metric) {
      const Ends ends = EndsOf(all.subspan(begin, together), metric);
      if (ends.lowest == nullptr) continue;
      add(ends.lowest->at_lowest);
      add(ends.highest->at_highest);
    }
  }
  return points;
}

absl::StatusOr<std::vector<SnapshotHead>> ReadMetricSeries(
    const storage::SnapshotRepository& snapshots, const SeriesRange& range) {
  std::vector<SnapshotHead> points;
  const int64_t total = range.end_index - range.start_index;
  if (total <= range.max_points) {
    PERCEPT_RETURN_IF_ERROR(
        snapshots.VisitHeads(range.job_id, range.start_index, range.end_index,
                             [&points](const SnapshotHead& head) { points.push_back(head); }));
    return points;
  }
  PERCEPT_ASSIGN_OR_RETURN(const SnapshotHead first,
                           ReadHead(snapshots, range.job_id, range.start_index));
  PERCEPT_ASSIGN_OR_RETURN(const SnapshotHead last,
                           ReadHead(snapshots, range.job_id, range.end_index - 1));
  MetricSeries series(range.axis, range.max_points, first, last);
  PERCEPT_RETURN_IF_ERROR(
      snapshots.VisitHeads(range.job_id, range.start_index, range.end_index,
                           [&series](const SnapshotHead& head) { series.Add(head); }));
  return series.Points();
}

}  // namespace percept::training
