#ifndef PERCEPT_CLIENT_CLI_READ_POINTS_H_
#define PERCEPT_CLIENT_CLI_READ_POINTS_H_

#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/statusor.h"

#include "client/cli/session.h"
#include "percept/v1/dataset.pb.h"
#include "percept/v1/dataset_service.pb.h"

namespace percept::cli {

// Examples to be drawn as points: B of them with D inputs each.
struct Points {
  int inputs = 0;                // D.
  std::vector<float> values;     // [B, D].
  std::vector<int> labels;       // [B].
  std::vector<int64_t> indices;  // Within the split, [B].
  v1::Split split = v1::SPLIT_UNSPECIFIED;

  size_t size() const { return labels.size(); }
  double value(size_t point, int input) const {
    return values[point * static_cast<size_t>(inputs) + static_cast<size_t>(input)];
  }
};

// The first examples of a split, `most` of them; all of a smaller one. Without a split, the
// validation split where there is one, else the training split. The server's errors.
absl::StatusOr<Points> ReadPoints(Session& session, const std::string& dataset, v1::Split split,
                                  int most);

// The examples of one answer.
Points PointsOf(const v1::ReadExamplesResponse& page, v1::Split split);

// The data set that a job trains on. The server's errors.
absl::StatusOr<v1::Dataset> DatasetOfJob(Session& session, const std::string& job);

// The split that the server takes where none is named.
v1::Split DefaultSplit(const v1::Dataset& dataset);

// Whether the data lie in the plane of two inputs: all others never vary.
bool LieInPlane(const Points& points, int x_input, int y_input);

}  // namespace percept::cli

#endif  // PERCEPT_CLIENT_CLI_READ_POINTS_H_
