#include "tests/support/http2_bytes.h"

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"

namespace percept::testing::http2 {
namespace {

constexpr int kLengthPrefix = 7;

std::string Text(absl::string_view text) {
  return absl::StrCat(Integer(text.size(), kLengthPrefix), text);
}

}  // namespace

std::string BigEndian(uint32_t number) {
  std::string bytes;
  for (int shift = 24; shift >= 0; shift -= 8) bytes += static_cast<char>(number >> shift);
  return bytes;
}

std::string FrameOfLength(uint32_t length, Type type, uint8_t flags, uint32_t stream,
                          absl::string_view payload) {
  return absl::StrCat(BigEndian(length).substr(1), std::string(1, static_cast<char>(type)),
                      std::string(1, static_cast<char>(flags)), BigEndian(stream), payload);
}

std::string Frame(Type type, uint8_t flags, uint32_t stream, absl::string_view payload) {
  return FrameOfLength(static_cast<uint32_t>(payload.size()), type, flags, stream, payload);
}

std::string Opening() { return absl::StrCat(kPreface, Frame(Type::kSettings, 0, 0, "")); }

std::string Integer(uint64_t number, int prefix_bits, uint8_t first) {
  const uint64_t most = (uint64_t{1} << prefix_bits) - 1;
  if (number < most) return std::string(1, static_cast<char>(first | number));
  std::string bytes(1, static_cast<char>(first | most));
  for (number -= most; number >= 0x80; number >>= 7) bytes += static_cast<char>(number | 0x80);
  return bytes + static_cast<char>(number);
}

std::string Header(absl::string_view name, absl::string_view value) {
  return absl::StrCat(std::string(1, '\0'), Text(name), Text(value));
}

std::string IndexedHeader(absl::string_view name, absl::string_view value) {
  return absl::StrCat("\x40", Text(name), Text(value));
}

std::string MethodHeaders(absl::string_view method) {
  return absl::StrCat(Header(":method", "POST"), Header(":scheme", "http"), Header(":path", method),
                      Header(":authority", "localhost"), Header("te", "trailers"),
                      Header("content-type", "application/grpc"));
}

std::string CallHeaders(const std::vector<std::pair<std::string, std::string>>& more) {
  std::string block = MethodHeaders("/percept.v1.ServerService/GetServerInfo");
  for (const auto& [name, value] : more) absl::StrAppend(&block, Header(name, value));
  return block;
}

std::string Message(absl::string_view bytes, bool compressed, uint32_t claimed_length) {
  return absl::StrCat(std::string(1, compressed ? '\1' : '\0'), BigEndian(claimed_length), bytes);
}

std::string Call(uint32_t stream) {
  return absl::StrCat(Frame(Type::kHeaders, kEndHeaders, stream, CallHeaders()),
                      Frame(Type::kData, kEndStream, stream, Message("", false, 0)));
}

bool HasSucceeded(absl::string_view answer) {
  // gRPC writes what it says for the first time as it is.
  return absl::StrContains(answer,
                           "grpc-status\x01"
                           "0");
}

}  // namespace percept::testing::http2
