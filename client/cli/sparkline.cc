#include "client/cli/sparkline.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>

#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"

namespace percept::cli {

std::string Sparkline(absl::Span<const double> values, double min, double max, int width,
                      bool utf8) {
  constexpr std::array<absl::string_view, 8> kBars = {"▁", "▂", "▃", "▄", "▅", "▆", "▇", "█"};
  constexpr absl::string_view kPlainBars = "_.:-=+*#";
  const size_t columns = std::min(values.size(), static_cast<size_t>(std::max(width, 1)));
  std::string line;
  for (size_t column = 0; column < columns; ++column) {
    const size_t first = column * values.size() / columns;
    const size_t end = (column + 1) * values.size() / columns;
    double mean = 0;
    for (size_t i = first; i < end; ++i) mean += values[i] / static_cast<double>(end - first);
    const double share = max > min ? (mean - min) / (max - min) : 0;
    if (std::isnan(share)) {
      line += ' ';
      continue;
    }
    const auto top = static_cast<double>(kBars.size() - 1);
    const auto bar = static_cast<size_t>(std::lround(std::clamp(share, 0.0, 1.0) * top));
    absl::StrAppend(&line, utf8 ? kBars[bar] : kPlainBars.substr(bar, 1));
  }
  return line;
}

}  // namespace percept::cli
