#ifndef PERCEPT_CLIENT_CLI_RENDER_DATASET_H_
#define PERCEPT_CLIENT_CLI_RENDER_DATASET_H_

#include <string>
#include <vector>

#include "absl/time/time.h"

#include "percept/v1/dataset.pb.h"

namespace percept::cli {

// Data sets as text for people, each line ended. Times are relative to `now`; nothing that came
// from the server can steer the terminal.
std::string RenderDataset(const v1::Dataset& dataset, absl::Time now);
std::string RenderDatasets(const std::vector<v1::Dataset>& datasets);

}  // namespace percept::cli

#endif  // PERCEPT_CLIENT_CLI_RENDER_DATASET_H_
