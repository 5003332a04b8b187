#ifndef PERCEPT_TESTS_SUPPORT_HTTP2_BYTES_H_
#define PERCEPT_TESTS_SUPPORT_HTTP2_BYTES_H_

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/string_view.h"

// HTTP/2 byte by byte, as RFC 7540 and RFC 7541 have it, well-formed or not.
namespace percept::testing::http2 {

inline constexpr char kPreface[] = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";

enum class Type : uint8_t {
  kData = 0,
  kHeaders = 1,
  kPriority = 2,
  kReset = 3,
  kSettings = 4,
  kPushPromise = 5,
  kPing = 6,
  kGoAway = 7,
  kWindowUpdate = 8,
  kContinuation = 9,
};
inline constexpr uint8_t kEndStream = 1;
inline constexpr uint8_t kEndHeaders = 4;

std::string Frame(Type type, uint8_t flags, uint32_t stream, absl::string_view payload);
// The same, with a length that need not be the payload's.
std::string FrameOfLength(uint32_t length, Type type, uint8_t flags, uint32_t stream,
                          absl::string_view payload);

// The preface and empty settings: what a client begins with.
std::string Opening();

// 32 bits, the most significant first.
std::string BigEndian(uint32_t number);

// A number with a prefix of so many bits, whose byte holds `first` besides.
std::string Integer(uint64_t number, int prefix_bits, uint8_t first = 0);

// A header that is not to be remembered; one that is.
std::string Header(absl::string_view name, absl::string_view value);
std::string IndexedHeader(absl::string_view name, absl::string_view value);

// The headers of a call by gRPC to a method, such as "/percept.v1.ServerService/GetServerInfo".
std::string MethodHeaders(absl::string_view method);

// Those of a call to GetServerInfo, and more.
std::string CallHeaders(const std::vector<std::pair<std::string, std::string>>& more = {});

// A message as gRPC frames it, with the length it claims to have.
std::string Message(absl::string_view bytes, bool compressed, uint32_t claimed_length);

// A whole call to GetServerInfo.
std::string Call(uint32_t stream = 1);

// Whether what a server sent says that a call succeeded.
bool HasSucceeded(absl::string_view answer);

}  // namespace percept::testing::http2

#endif  // PERCEPT_TESTS_SUPPORT_HTTP2_BYTES_H_
