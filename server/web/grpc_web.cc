#include "server/web/grpc_web.h"

#include <algorithm>

#include "absl/strings/ascii.h"
#include "absl/strings/escaping.h"
#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/strip.h"

#include "server/base/status.h"

namespace percept::web {
namespace {

constexpr char kTrailersFlag = '\x80';

std::array<char, kFrameHeaderBytes> FrameHeader(char flags, uint32_t bytes) {
  return {flags, static_cast<char>(bytes >> 24), static_cast<char>(bytes >> 16),
          static_cast<char>(bytes >> 8), static_cast<char>(bytes)};
}

uint32_t FrameLength(absl::string_view frame) {
  uint32_t length = 0;
  for (size_t i = 1; i < kFrameHeaderBytes; ++i) {
    length = length << 8 | static_cast<unsigned char>(frame[i]);
  }
  return length;
}

// Base64 as gRPC has it in headers: without padding.
std::string HeaderBase64(absl::string_view bytes) {
  std::string text = absl::Base64Escape(bytes);
  while (!text.empty() && text.back() == '=') text.pop_back();
  return text;
}

// Nothing that ends a line may come through, or a value could pose as another field.
bool IsPrintable(absl::string_view text) {
  return std::all_of(text.begin(), text.end(),
                     [](unsigned char character) { return character >= ' ' && character < 0x7f; });
}

}  // namespace

bool IsGrpcWebContentType(absl::string_view content_type) {
  const std::string type = absl::AsciiStrToLower(
      absl::StripAsciiWhitespace(content_type.substr(0, content_type.find(';'))));
  return type == kGrpcWebContentType || type == "application/grpc-web";
}

bool IsMethodPath(absl::string_view path) {
  constexpr size_t kMaxBytes = 256;
  if (path.size() > kMaxBytes || !absl::ConsumePrefix(&path, "/")) return false;
  const size_t slash = path.find('/');
  if (slash == absl::string_view::npos || slash == 0 || slash + 1 == path.size()) return false;
  const absl::string_view service = path.substr(0, slash);
  const absl::string_view method = path.substr(slash + 1);
  const auto is_name = [](unsigned char character) {
    return absl::ascii_isalnum(character) || character == '_';
  };
  return std::all_of(service.begin(), service.end(),
                     [&](unsigned char c) { return is_name(c) || c == '.'; }) &&
         std::all_of(method.begin(), method.end(), is_name);
}

absl::StatusOr<absl::string_view> UnframedMessage(absl::string_view body) {
  if (body.size() < kFrameHeaderBytes) {
    return absl::InvalidArgumentError(absl::StrCat("body: must begin with a frame header of ",
                                                   kFrameHeaderBytes, " bytes, got a body of ",
                                                   body.size()));
  }
  if (body[0] != 0) {
    return absl::InvalidArgumentError(
        absl::StrFormat("body: the flags of its frame must be 0 (an uncompressed message), got %d",
                        static_cast<unsigned char>(body[0])));
  }
  const uint32_t length = FrameLength(body);
  const absl::string_view message = body.substr(kFrameHeaderBytes);
  if (length != message.size()) {
    return absl::InvalidArgumentError(
        absl::StrCat("body: must hold one message and no more; its frame says ", length,
                     " bytes, but ", message.size(), " follow"));
  }
  return message;
}

std::array<char, kFrameHeaderBytes> MessageFrameHeader(uint32_t message_bytes) {
  return FrameHeader(0, message_bytes);
}

std::string TrailersFrame(int code, absl::string_view message, const Fields& metadata) {
  std::string trailers = absl::StrCat("grpc-status: ", code, "\r\n");
  if (!message.empty()) {
    absl::StrAppend(&trailers, "grpc-message: ", PercentEncoded(message), "\r\n");
  }
  for (const auto& [name, value] : metadata) {
    if (name == "grpc-status" || name == "grpc-message") continue;
    if (absl::EndsWith(name, "-bin")) {
      absl::StrAppend(&trailers, name, ": ", HeaderBase64(value), "\r\n");
    } else if (IsPrintable(value)) {
      absl::StrAppend(&trailers, name, ": ", value, "\r\n");
    }
  }
  const auto header = FrameHeader(kTrailersFlag, static_cast<uint32_t>(trailers.size()));
  return absl::StrCat(absl::string_view(header.data(), header.size()), trailers);
}

std::string PercentEncoded(absl::string_view message) {
  std::string text;
  text.reserve(message.size());
  for (const unsigned char character : message) {
    if (character >= ' ' && character < 0x7f && character != '%') {
      text.push_back(static_cast<char>(character));
    } else {
      absl::StrAppendFormat(&text, "%%%02X", character);
    }
  }
  return text;
}

absl::StatusOr<absl::Duration> ParseTimeout(absl::string_view text) {
  constexpr size_t kMaxDigits = 8;
  const auto refusal = [text] {
    return InvalidField("grpc-timeout",
                        "must be 1 to 8 digits and one of the units H, M, S, m, u, n",
                        Quoted(text));
  };
  if (text.size() < 2 || text.size() > kMaxDigits + 1) return refusal();
  const absl::string_view digits = text.substr(0, text.size() - 1);
  int64_t amount = 0;
  if (!std::all_of(digits.begin(), digits.end(), absl::ascii_isdigit) ||
      !absl::SimpleAtoi(digits, &amount)) {
    return refusal();
  }
  switch (text.back()) {
    case 'H':
      return absl::Hours(amount);
    case 'M':
      return absl::Minutes(amount);
    case 'S':
      return absl::Seconds(amount);
    case 'm':
      return absl::Milliseconds(amount);
    case 'u':
      return absl::Microseconds(amount);
    case 'n':
      return absl::Nanoseconds(amount);
    default:
      return refusal();
  }
}

}  // namespace percept::web
