#ifndef PERCEPT_SERVER_RPC_PAGING_H_
#define PERCEPT_SERVER_RPC_PAGING_H_

#include <cstdint>
#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

namespace percept::rpc {

// The page size a request asks for: 50 for 0. InvalidArgument, naming `field`, outside [0, 1000].
absl::StatusOr<int> PageSize(int32_t requested, absl::string_view field = "page_size");

// A page token: where the page begins, and what the request asked for besides (`query`), so that a
// token is refused with another filter, order or parent. Opaque to clients.
std::string MakePageToken(absl::string_view query, absl::string_view position);

// The position in `token`; empty for an empty token. InvalidArgument for one that was not made by
// `MakePageToken` with the same query.
absl::StatusOr<std::string> ParsePageToken(absl::string_view query, absl::string_view token);

// The same for positions that are numbers at least 0; -1 for an empty token.
absl::StatusOr<int64_t> ParseNumericPageToken(absl::string_view query, absl::string_view token);

}  // namespace percept::rpc

#endif  // PERCEPT_SERVER_RPC_PAGING_H_
