#include "client/cli/picture/typeset.h"

#include "absl/strings/ascii.h"

namespace percept::picture {
namespace {

constexpr char kThinSpace[] = "\xE2\x80\x89";
constexpr char kMinus[] = "\xE2\x88\x92";

bool IsDigit(absl::string_view text, size_t at) {
  return at < text.size() && absl::ascii_isdigit(static_cast<unsigned char>(text[at]));
}

// Whether the comma at `at` stands before exactly three digits, and after one.
bool PartsThousands(absl::string_view text, size_t at) {
  return at > 0 && IsDigit(text, at - 1) && IsDigit(text, at + 1) && IsDigit(text, at + 2) &&
         IsDigit(text, at + 3) && !IsDigit(text, at + 4);
}

// Whether the hyphen at `at` is the sign of a number and not part of a word such as 784-64-10.
bool IsSign(absl::string_view text, size_t at) {
  const bool begins = at == 0 || text[at - 1] == ' ' || text[at - 1] == '(';
  return begins && (IsDigit(text, at + 1) || (at + 1 < text.size() && text[at + 1] == '.'));
}

}  // namespace

std::string Typeset(absl::string_view text) {
  std::string set;
  for (size_t i = 0; i < text.size(); ++i) {
    if (text[i] == ',' && PartsThousands(text, i)) {
      set += kThinSpace;
    } else if (text[i] == '-' && IsSign(text, i)) {
      set += kMinus;
    } else if (absl::ascii_iscntrl(static_cast<unsigned char>(text[i]))) {
      set += '?';
    } else {
      set += text[i];
    }
  }
  return set;
}

}  // namespace percept::picture
