#include "server/base/request_id.h"

#include <algorithm>

#include "absl/strings/ascii.h"

#include "server/base/id.h"

namespace percept {
namespace {

constexpr size_t kMaxLength = 64;

bool IsSafe(char character) {
  return absl::ascii_isalnum(static_cast<unsigned char>(character)) || character == '.' ||
         character == '_' || character == '-';
}

}  // namespace

std::string RequestIdFor(absl::string_view given) {
  if (!given.empty() && given.size() <= kMaxLength &&
      std::all_of(given.begin(), given.end(), IsSafe)) {
    return std::string(given);
  }
  return NewId();
}

}  // namespace percept
