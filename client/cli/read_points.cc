#include "client/cli/read_points.h"

#include <algorithm>

namespace percept::cli {
namespace {

// Most that the server sends at a time.
constexpr int kMostInPage = 1000;

int64_t ExampleCount(const v1::Dataset& dataset, v1::Split split) {
  for (const v1::SplitSummary& summary : dataset.splits()) {
    if (summary.split() == split) return summary.examples();
  }
  return 0;
}

absl::StatusOr<v1::Dataset> GetDataset(Session& session, const std::string& name) {
  v1::GetDatasetRequest request;
  request.set_name(name);
  return session.client().GetDataset(request);
}

void Append(const v1::ReadExamplesResponse& page, Points* points) {
  if (page.labels().empty()) return;
  points->inputs = page.inputs_size() / page.labels_size();
  points->values.insert(points->values.end(), page.inputs().begin(), page.inputs().end());
  points->labels.insert(points->labels.end(), page.labels().begin(), page.labels().end());
  points->indices.insert(points->indices.end(), page.indices().begin(), page.indices().end());
}

}  // namespace

absl::StatusOr<Points> ReadPoints(Session& session, const std::string& dataset, v1::Split split,
                                  int most) {
  Points points;
  points.split = split;
  if (split == v1::SPLIT_UNSPECIFIED) {
    const absl::StatusOr<v1::Dataset> facts = GetDataset(session, dataset);
    if (!facts.ok()) return facts.status();
    points.split = DefaultSplit(*facts);
  }
  v1::ReadExamplesRequest request;
  request.set_name(dataset);
  request.set_split(points.split);
  while (static_cast<int>(points.size()) < most) {
    request.set_page_size(std::min(kMostInPage, most - static_cast<int>(points.size())));
    const absl::StatusOr<v1::ReadExamplesResponse> page = session.client().ReadExamples(request);
    if (!page.ok()) return page.status();
    if (page->labels().empty()) break;
    Append(*page, &points);
    if (page->next_start_index() <= request.start_index()) break;
    request.set_start_index(page->next_start_index());
  }
  return points;
}

Points PointsOf(const v1::ReadExamplesResponse& page, v1::Split split) {
  Points points;
  points.split = split;
  Append(page, &points);
  return points;
}

absl::StatusOr<v1::Dataset> DatasetOfJob(Session& session, const std::string& job) {
  v1::GetJobRequest request;
  request.set_name(job);
  const absl::StatusOr<v1::Job> facts = session.client().GetJob(request);
  if (!facts.ok()) return facts.status();
  return GetDataset(session, facts->spec().dataset());
}

v1::Split DefaultSplit(const v1::Dataset& dataset) {
  return ExampleCount(dataset, v1::SPLIT_VALIDATION) > 0 ? v1::SPLIT_VALIDATION : v1::SPLIT_TRAIN;
}

bool LieInPlane(const Points& points, int x_input, int y_input) {
  for (size_t i = 1; i < points.size(); ++i) {
    for (int d = 0; d < points.inputs; ++d) {
      if (d != x_input && d != y_input && points.value(i, d) != points.value(0, d)) return false;
    }
  }
  return true;
}

}  // namespace percept::cli
