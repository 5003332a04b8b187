#ifndef PERCEPT_CLIENT_LIB_NAMES_H_
#define PERCEPT_CLIENT_LIB_NAMES_H_

#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

namespace percept::client {

// Resource names as people write them. Each function takes `ID` or the full name and returns the
// full name; InvalidArgument when the text is empty or names something else. Whether the id may
// exist is left to the server.

// `ID` or `jobs/ID`.
absl::StatusOr<std::string> JobName(absl::string_view text);

// `ID` or `datasets/ID`.
absl::StatusOr<std::string> DatasetName(absl::string_view text);

// `JOB`, `JOB:SNAPSHOT` or `jobs/ID/snapshots/INDEX`: a job's name, or a snapshot's.
absl::StatusOr<std::string> JobOrSnapshotName(absl::string_view text);

// The part after the last slash.
absl::string_view ShortName(absl::string_view name);

}  // namespace percept::client

#endif  // PERCEPT_CLIENT_LIB_NAMES_H_
