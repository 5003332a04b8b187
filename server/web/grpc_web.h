#ifndef PERCEPT_SERVER_WEB_GRPC_WEB_H_
#define PERCEPT_SERVER_WEB_GRPC_WEB_H_

#include <array>
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"

namespace percept::web {

// gRPC-Web, the binary form: each message is preceded by a byte of flags and its length, four bytes
// with the highest first; what HTTP/2 sends as trailers is a last such frame with flag 0x80.

inline constexpr size_t kFrameHeaderBytes = 5;
inline constexpr absl::string_view kGrpcWebContentType = "application/grpc-web+proto";

// Names and values; the names in lower case.
using Fields = std::vector<std::pair<std::string, std::string>>;

// Whether a Content-Type is that of a request which is passed on: `application/grpc-web`, alone or
// with `+proto`, and whatever parameters.
bool IsGrpcWebContentType(absl::string_view content_type);

// Whether a path names a method: `/package.Service/Method`.
bool IsMethodPath(absl::string_view path);

// The one message of a request's body. InvalidArgument unless the body is one uncompressed frame
// and nothing else: a browser cannot stream upwards.
absl::StatusOr<absl::string_view> UnframedMessage(absl::string_view body);

// What precedes a message of `message_bytes` bytes.
std::array<char, kFrameHeaderBytes> MessageFrameHeader(uint32_t message_bytes);

// The frame of trailers with the outcome of a call. Values of fields whose names end in `-bin` are
// sent in base64; `grpc-status` and `grpc-message` among the fields are passed over.
std::string TrailersFrame(int code, absl::string_view message, const Fields& metadata);

// A status message as headers carry it: what is not printable ASCII, and %, as %XX.
std::string PercentEncoded(absl::string_view message);

// The value of a `grpc-timeout` header, such as `1500m`: up to eight digits and one of the units
// H, M, S, m, u, n. InvalidArgument naming the header, the rule and the value.
absl::StatusOr<absl::Duration> ParseTimeout(absl::string_view text);

}  // namespace percept::web

#endif  // PERCEPT_SERVER_WEB_GRPC_WEB_H_
