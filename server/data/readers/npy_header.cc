#include "server/data/readers/npy_header.h"

#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"

#include "server/base/status.h"
#include "server/data/readers/input_file.h"

namespace percept::data {
namespace {

constexpr size_t kMaxDimensions = 32;  // NumPy's own limit.

class HeaderParser {
 public:
  explicit HeaderParser(absl::string_view text) : text_(text) {}

  absl::StatusOr<NpyHeader> Parse() {
    NpyHeader header;
    bool has_descr = false;
    bool has_order = false;
    bool has_shape = false;
    PERCEPT_RETURN_IF_ERROR(Expect('{'));
    while (!Take('}')) {
      const size_t key_place = place_;
      PERCEPT_ASSIGN_OR_RETURN(const std::string key, ParseString());
      PERCEPT_RETURN_IF_ERROR(Expect(':'));
      bool* const seen = key == "descr"           ? &has_descr
                         : key == "fortran_order" ? &has_order
                         : key == "shape"         ? &has_shape
                                                  : nullptr;
      if (seen == nullptr || *seen) {
        return Malformed(key_place,
                         absl::StrCat("must have descr, fortran_order and shape, once each, got ",
                                      QuotedBytes(key)));
      }
      *seen = true;
      PERCEPT_RETURN_IF_ERROR(ParseValue(key, header));
      if (!Take(',')) {
        PERCEPT_RETURN_IF_ERROR(Expect('}'));
        break;
      }
    }
    if (!has_descr || !has_order || !has_shape)
      return Malformed(place_, "must have descr, fortran_order and shape");
    SkipSpace();
    if (place_ != text_.size()) return Malformed(place_, "nothing may follow the dictionary");
    return header;
  }

 private:
  static absl::Status Malformed(size_t place, absl::string_view rule) {
    return absl::InvalidArgumentError(absl::StrCat("byte ", place, " of its dictionary: ", rule));
  }

  void SkipSpace() {
    while (place_ < text_.size() && absl::ascii_isspace(static_cast<uint8_t>(text_[place_])))
      ++place_;
  }

  bool Take(char wanted) {
    SkipSpace();
    if (place_ >= text_.size() || text_[place_] != wanted) return false;
    ++place_;
    return true;
  }

  absl::Status Expect(char wanted) {
    if (Take(wanted)) return absl::OkStatus();
    return Malformed(place_, absl::StrCat("must be ", absl::string_view(&wanted, 1), Got()));
  }

  std::string Got() const {
    if (place_ >= text_.size()) return ", got its end";
    return absl::StrCat(", got ", QuotedBytes(text_.substr(place_, 20)));
  }

  absl::Status ParseValue(absl::string_view key, NpyHeader& header) {
    if (key == "descr") {
      SkipSpace();
      if (place_ < text_.size() && text_[place_] == '[')
        return Malformed(place_, "structured types are not supported: store plain arrays");
      PERCEPT_ASSIGN_OR_RETURN(header.descr, ParseString());
      return absl::OkStatus();
    }
    if (key == "shape") return ParseShape(header.shape);
    SkipSpace();
    for (const auto& [word, value] : {std::pair("True", true), std::pair("False", false)}) {
      const size_t size = absl::string_view(word).size();
      if (text_.substr(place_, size) == word) {
        place_ += size;
        header.fortran_order = value;
        return absl::OkStatus();
      }
    }
    return Malformed(place_, absl::StrCat("must be True or False", Got()));
  }

  // In single or double quotes, without escapes.
  absl::StatusOr<std::string> ParseString() {
    SkipSpace();
    if (place_ >= text_.size() || (text_[place_] != '\'' && text_[place_] != '"'))
      return Malformed(place_, absl::StrCat("must be a text in quotes", Got()));
    const size_t end = text_.find(text_[place_], place_ + 1);
    const absl::string_view found =
        text_.substr(place_ + 1, end == absl::string_view::npos ? end : end - place_ - 1);
    if (end == absl::string_view::npos || found.find('\\') != absl::string_view::npos)
      return Malformed(place_, "must be a text in quotes without a backslash");
    place_ = end + 1;
    return std::string(found);
  }

  absl::Status ParseShape(std::vector<int64_t>& shape) {
    PERCEPT_RETURN_IF_ERROR(Expect('('));
    while (!Take(')')) {
      SkipSpace();
      size_t end = place_;
      while (end < text_.size() && absl::ascii_isdigit(static_cast<uint8_t>(text_[end]))) ++end;
      int64_t length;
      if (!absl::SimpleAtoi(text_.substr(place_, end - place_), &length))
        return Malformed(place_, absl::StrCat("must be a length below 2^63", Got()));
      if (shape.size() == kMaxDimensions)
        return Malformed(place_, absl::StrCat("must be at most ", kMaxDimensions, " lengths"));
      place_ = end;
      shape.push_back(length);
      if (Take(',')) continue;
      if (shape.size() == 1) return Malformed(place_, absl::StrCat("must be a comma", Got()));
      return Expect(')');
    }
    return absl::OkStatus();
  }

  const absl::string_view text_;
  size_t place_ = 0;
};

}  // namespace

absl::StatusOr<NpyHeader> ParseNpyHeader(absl::string_view text) {
  return HeaderParser(text).Parse();
}

std::string ShapeText(const std::vector<int64_t>& shape) {
  return absl::StrCat("(", absl::StrJoin(shape, ", "), shape.size() == 1 ? ",)" : ")");
}

}  // namespace percept::data
