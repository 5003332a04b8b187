#ifndef PERCEPT_SERVER_BASE_REQUEST_ID_H_
#define PERCEPT_SERVER_BASE_REQUEST_ID_H_

#include <string>

#include "absl/strings/string_view.h"

namespace percept {

// Where a caller names a call, and is told its name, as metadata and as a header of HTTP.
inline constexpr char kRequestIdHeader[] = "x-request-id";

// The name of a call in logs: the one that its caller gave, where that is 1 to 64 letters, digits
// and . _ -, else a new one.
std::string RequestIdFor(absl::string_view given);

}  // namespace percept

#endif  // PERCEPT_SERVER_BASE_REQUEST_ID_H_
