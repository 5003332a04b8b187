#ifndef PERCEPT_SERVER_RPC_RESOURCE_NAMES_H_
#define PERCEPT_SERVER_RPC_RESOURCE_NAMES_H_

#include <cstdint>
#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

namespace percept::rpc {

// The id in `collection/{id}`, such as `jobs/7x2k`. InvalidArgument naming `field` for any other
// form.
absl::StatusOr<std::string> ParseName(absl::string_view field, absl::string_view collection,
                                      absl::string_view name);

// A snapshot's name, `jobs/{job}/snapshots/{index}`, where `last` and `best` may stand for an
// index.
struct SnapshotName {
  enum class Which { kIndex, kLast, kBest };
  std::string job;
  Which which = Which::kIndex;
  int64_t index = 0;  // Set for kIndex.
};
absl::StatusOr<SnapshotName> ParseSnapshotName(absl::string_view field, absl::string_view name);

}  // namespace percept::rpc

#endif  // PERCEPT_SERVER_RPC_RESOURCE_NAMES_H_
