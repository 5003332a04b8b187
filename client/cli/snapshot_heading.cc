#include "client/cli/snapshot_heading.h"

#include "absl/strings/str_cat.h"

#include "client/cli/format.h"

namespace percept::cli {

std::string SnapshotHeading(const std::string& job, int64_t snapshot_index) {
  return absl::StrCat(Printable(job), "  snapshot ", FormatCount(snapshot_index));
}

}  // namespace percept::cli
