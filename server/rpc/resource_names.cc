#include "server/rpc/resource_names.h"

#include <algorithm>
#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_split.h"

#include "server/base/status.h"

namespace percept::rpc {
namespace {

constexpr size_t kMaxIdBytes = 100;

bool IsId(absl::string_view id) {
  return !id.empty() && id.size() <= kMaxIdBytes &&
         std::all_of(id.begin(), id.end(), [](char character) {
           return absl::ascii_isalnum(static_cast<unsigned char>(character)) || character == '-' ||
                  character == '_';
         });
}

}  // namespace

absl::StatusOr<std::string> ParseName(absl::string_view field, absl::string_view collection,
                                      absl::string_view name) {
  absl::string_view id = name;
  if (absl::StartsWith(name, absl::StrCat(collection, "/"))) {
    id.remove_prefix(collection.size() + 1);
    if (IsId(id)) return std::string(id);
  }
  return InvalidField(field, absl::StrCat("must be a name like ", collection, "/ID"), Quoted(name));
}

absl::StatusOr<SnapshotName> ParseSnapshotName(absl::string_view field, absl::string_view name) {
  const std::vector<absl::string_view> parts = absl::StrSplit(name, '/');
  SnapshotName parsed;
  if (parts.size() == 4 && parts[0] == "jobs" && IsId(parts[1]) && parts[2] == "snapshots") {
    parsed.job = std::string(parts[1]);
    if (parts[3] == "last") {
      parsed.which = SnapshotName::Which::kLast;
      return parsed;
    }
    if (parts[3] == "best") {
      parsed.which = SnapshotName::Which::kBest;
      return parsed;
    }
    const bool digits = std::all_of(parts[3].begin(), parts[3].end(), [](char character) {
      return absl::ascii_isdigit(static_cast<unsigned char>(character));
    });
    if (digits && absl::SimpleAtoi(parts[3], &parsed.index)) return parsed;
  }
  return InvalidField(
      field, "must be a name like jobs/ID/snapshots/INDEX, with a number, last or best as index",
      Quoted(name));
}

}  // namespace percept::rpc
