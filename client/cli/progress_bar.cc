#include "client/cli/progress_bar.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"

namespace percept::cli {

std::string ProgressBar(double done, int width, bool utf8) {
  const absl::string_view full = utf8 ? "━" : "#";
  const absl::string_view empty = utf8 ? "─" : "-";
  const int filled = static_cast<int>(done * width);
  std::string bar;
  for (int i = 0; i < width; ++i) absl::StrAppend(&bar, i < filled ? full : empty);
  return bar;
}

double ShareDone(int64_t done, int64_t total) {
  if (total <= 0) return 0;
  return std::clamp(static_cast<double>(done) / static_cast<double>(total), 0.0, 1.0);
}

std::string JoinFilled(std::vector<std::string> parts, absl::string_view separator) {
  parts.erase(std::remove(parts.begin(), parts.end(), ""), parts.end());
  return absl::StrJoin(parts, separator);
}

std::string Truncated(absl::string_view text, int width) {
  std::string kept;
  int columns = 0;
  for (const char c : text) {
    if ((static_cast<unsigned char>(c) & 0xC0) != 0x80 && ++columns > width) break;
    kept += c;
  }
  return kept;
}

}  // namespace percept::cli
