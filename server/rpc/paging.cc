#include "server/rpc/paging.h"

#include "absl/strings/escaping.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_format.h"

#include "server/base/crc32c.h"
#include "server/base/status.h"

namespace percept::rpc {
namespace {

constexpr int kDefaultPageSize = 50;
constexpr int kMaxPageSize = 1000;
constexpr size_t kChecksumCharacters = 8;

std::string Checksum(absl::string_view query, absl::string_view position) {
  return absl::StrFormat("%08x", Crc32c(position, Crc32c(query)));
}

absl::Status NotAToken() {
  FieldViolations violations;
  violations.Add("page_token",
                 "must be the next_page_token of the page before, with the same filter and order");
  return violations.ToStatus();
}

}  // namespace

absl::StatusOr<int> PageSize(int32_t requested, absl::string_view field) {
  if (requested < 0 || requested > kMaxPageSize) {
    return InvalidField(field, absl::StrCat("must be in [0, ", kMaxPageSize, "]"), requested);
  }
  return requested == 0 ? kDefaultPageSize : requested;
}

std::string MakePageToken(absl::string_view query, absl::string_view position) {
  return absl::WebSafeBase64Escape(absl::StrCat(Checksum(query, position), position));
}

absl::StatusOr<std::string> ParsePageToken(absl::string_view query, absl::string_view token) {
  if (token.empty()) return std::string();
  std::string text;
  if (!absl::WebSafeBase64Unescape(token, &text) || text.size() < kChecksumCharacters)
    return NotAToken();
  std::string position = text.substr(kChecksumCharacters);
  if (Checksum(query, position) != text.substr(0, kChecksumCharacters)) return NotAToken();
  return position;
}

absl::StatusOr<int64_t> ParseNumericPageToken(absl::string_view query, absl::string_view token) {
  PERCEPT_ASSIGN_OR_RETURN(const std::string position, ParsePageToken(query, token));
  if (position.empty()) return -1;
  int64_t number = 0;
  if (!absl::SimpleAtoi(position, &number) || number < 0) return NotAToken();
  return number;
}

}  // namespace percept::rpc
