#ifndef PERCEPT_CLIENT_CLI_PICTURE_FILE_H_
#define PERCEPT_CLIENT_CLI_PICTURE_FILE_H_

#include <cstdint>
#include <string>

#include "absl/status/statusor.h"

namespace percept::cli {

// What a message holds, less room for all that is in it beside the inputs.
inline constexpr int64_t kMostMessageBytes = (int64_t{4} << 20) - (int64_t{64} << 10);

// Whether a file's name ends in .png, .jpg or .jpeg.
bool IsPictureName(const std::string& path);

// A file's bytes as they are sent: what becomes of a picture is the server's affair. DataLoss,
// naming the file, where it has more than a message holds; errors as of `client::LocalFile`.
absl::StatusOr<std::string> ReadPictureFile(const std::string& path);

}  // namespace percept::cli

#endif  // PERCEPT_CLIENT_CLI_PICTURE_FILE_H_
