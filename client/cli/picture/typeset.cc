#include "client/cli/picture/typeset.h"

#include <algorithm>

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

// Bytes of the UTF-8 character that begins at `at`; 0 where none does. Surrogates and what could be
// written shorter are none.
size_t CharacterLength(absl::string_view text, size_t at) {
  const auto byte = [&](size_t i) {
    return i < text.size() ? static_cast<unsigned char>(text[i]) : 0u;
  };
  const unsigned first = byte(at);
  if (first < 0x80) return 1;
  const size_t length = first < 0xC2   ? 0
                        : first < 0xE0 ? 2
                        : first < 0xF0 ? 3
                        : first < 0xF5 ? 4
                                       : 0;
  for (size_t i = 1; i < length; ++i) {
    if ((byte(at + i) & 0xC0) != 0x80) return 0;
  }
  const unsigned second = byte(at + 1);
  if ((first == 0xE0 && second < 0xA0) || (first == 0xED && second >= 0xA0)) return 0;
  if ((first == 0xF0 && second < 0x90) || (first == 0xF4 && second >= 0x90)) return 0;
  return length;
}

}  // namespace

std::string Typeset(absl::string_view text) {
  std::string set;
  for (size_t i = 0; i < text.size();) {
    const size_t length = CharacterLength(text, i);
    if (text[i] == ',' && PartsThousands(text, i)) {
      set += kThinSpace;
    } else if (text[i] == '-' && IsSign(text, i)) {
      set += kMinus;
    } else if (length == 0 || absl::ascii_iscntrl(static_cast<unsigned char>(text[i]))) {
      set += '?';
    } else {
      set.append(text.data() + i, length);
    }
    i += std::max<size_t>(length, 1);
  }
  return set;
}

}  // namespace percept::picture
