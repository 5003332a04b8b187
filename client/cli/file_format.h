#ifndef PERCEPT_CLIENT_CLI_FILE_FORMAT_H_
#define PERCEPT_CLIENT_CLI_FILE_FORMAT_H_

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

#include "percept/v1/dataset_service.pb.h"
#include "percept/v1/snapshot_service.pb.h"

namespace percept::cli {

// Formats that the names of files tell, whatever their case. InvalidArgument, with the formats
// there are, where a name tells none.

// .npz; .csv; .idx, or the names of MNIST's files, such as train-images-idx3-ubyte; CSV and IDX
// also with .gz. All files must be of one format.
absl::StatusOr<v1::UploadFormat> UploadFormatOf(const std::vector<std::string>& paths);

// .safetensors, .npz or .onnx.
absl::StatusOr<v1::ModelFormat> ModelFormatOf(absl::string_view path);

}  // namespace percept::cli

#endif  // PERCEPT_CLIENT_CLI_FILE_FORMAT_H_
