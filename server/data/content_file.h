#ifndef PERCEPT_SERVER_DATA_CONTENT_FILE_H_
#define PERCEPT_SERVER_DATA_CONTENT_FILE_H_

#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"

#include "server/data/dataset.h"

// The content of a data set as a file of the server's own: what was uploaded or computed is kept so
// that nothing else is needed to have it again.
namespace percept::data {

// Writes the content to `path` whole or not at all, and so that it survives a power failure. What a
// crash leaves is a file whose name begins with `path`. ResourceExhausted or Unavailable, with the
// system's words, where the disk does not take it.
absl::Status WriteContentFile(const std::string& path, const Dataset& dataset);

// DataLoss, naming the file: not there, or not as `WriteContentFile` wrote it, as far as its
// structure shows; its digest is the caller's to check. Unavailable: cannot be read.
absl::StatusOr<Dataset> ReadContentFile(const std::string& path);

}  // namespace percept::data

#endif  // PERCEPT_SERVER_DATA_CONTENT_FILE_H_
