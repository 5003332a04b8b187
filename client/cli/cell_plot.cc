#include "client/cli/cell_plot.h"

#include <algorithm>
#include <cmath>
#include <cstdlib>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "absl/strings/string_view.h"

#include "client/cli/format.h"

namespace percept::cli {
namespace {

using picture::Colour;

constexpr int kMostColumns = 100;
constexpr int kLeastColumns = 10;
// Stronger than in pictures: terminals have fewer shades.
constexpr double kTint = 0.3;

Colour Tint(int label) {
  return picture::Over(picture::WithOpacity(picture::ClassColour(label), kTint), picture::kPaper);
}

// A tick's label with the characters that the terminal has.
std::string LabelText(const std::string& label, bool utf8) {
  if (utf8) return label;
  return absl::StrReplaceAll(label, {{"−", "-"},
                                     {"10⁻", "1e-"},
                                     {"⁰", "0"},
                                     {"¹", "1"},
                                     {"²", "2"},
                                     {"³", "3"},
                                     {"⁴", "4"},
                                     {"⁵", "5"},
                                     {"⁶", "6"},
                                     {"⁷", "7"},
                                     {"⁸", "8"},
                                     {"⁹", "9"}});
}

}  // namespace

char RegionCharacter(int label) {
  constexpr absl::string_view kCharacters = ".:-='~,;\"_";
  return kCharacters[static_cast<size_t>(std::abs(label)) % kCharacters.size()];
}

CellPlot::CellPlot(const Page& page, int lines, const picture::Scale& x, const picture::Scale& y)
    : page_(page), x_(x), y_(y), rows_(std::max(lines - 2, 3)) {
  y_ticks_ = picture::Ticks(y_, std::max(3, rows_ / 3));
  for (picture::Tick& tick : y_ticks_) {
    tick.label = LabelText(tick.label, page.terminal.utf8);
    label_width_ = std::max(label_width_, DisplayWidth(tick.label));
  }
  columns_ = std::clamp(page.width - label_width_ - 3, kLeastColumns, kMostColumns);
  cells_.resize(static_cast<size_t>(rows_) * static_cast<size_t>(columns_));
}

CellPlot::Cell* CellPlot::At(double x, double y) {
  const double column = x_.Share(x) * columns_;
  const double row = (1 - y_.Share(y)) * rows_;
  // The ends of the scales belong to the plot.
  if (!(column >= 0 && column <= columns_ && row >= 0 && row <= rows_)) return nullptr;
  const auto c = static_cast<size_t>(std::min(column, columns_ - 1.0));
  const auto r = static_cast<size_t>(std::min(row, rows_ - 1.0));
  return &cells_[r * static_cast<size_t>(columns_) + c];
}

void CellPlot::FillRegions(absl::FunctionRef<int(double x, double y)> label_at) {
  for (int row = 0; row < rows_; ++row) {
    for (int column = 0; column < columns_; ++column) {
      const double x = x_.min + x_.range() * (column + 0.5) / columns_;
      const auto y = [&](double down) { return y_.max - y_.range() * (row + down) / rows_; };
      Cell& cell = cells_[static_cast<size_t>(row * columns_ + column)];
      cell.upper = label_at(x, y(0.25));
      cell.lower = label_at(x, y(0.75));
    }
  }
}

void CellPlot::Mark(double x, double y, int label) {
  Cell* cell = At(x, y);
  if (cell == nullptr) return;
  cell->character = Sign(label, page_.terminal.utf8);
  cell->label = label;
}

void CellPlot::Put(double x, double y, const std::string& character) {
  Cell* cell = At(x, y);
  if (cell == nullptr) return;
  cell->character = character;
  cell->label = -1;
}

void CellPlot::Line(absl::Span<const double> xs, absl::Span<const double> ys, int label) {
  Follow(xs, ys, Sign(label, page_.terminal.utf8), label);
}

void CellPlot::Trace(absl::Span<const double> xs, absl::Span<const double> ys,
                     const std::string& character) {
  Follow(xs, ys, character, -1);
}

void CellPlot::Follow(absl::Span<const double> xs, absl::Span<const double> ys,
                      const std::string& character, int label) {
  for (size_t i = 0; i + 1 < std::min(xs.size(), ys.size()); ++i) {
    // Over the shares, so that a line is straight on a logarithmic scale too.
    const double x0 = x_.Share(xs[i]);
    const double y0 = y_.Share(ys[i]);
    const double across = (x_.Share(xs[i + 1]) - x0) * columns_;
    const double down = (y_.Share(ys[i + 1]) - y0) * rows_;
    if (!std::isfinite(across) || !std::isfinite(down)) continue;
    const int steps =
        static_cast<int>(std::clamp(std::max(std::abs(across), std::abs(down)) * 2, 1.0, 2000.0));
    for (int step = 0; step <= steps; ++step) {
      const double share = static_cast<double>(step) / steps;
      const double column = x0 * columns_ + across * share;
      const double row = (1 - y0) * rows_ - down * share;
      if (!(column >= 0 && column <= columns_ && row >= 0 && row <= rows_)) continue;
      const auto c = static_cast<size_t>(std::min(column, columns_ - 1.0));
      const auto r = static_cast<size_t>(std::min(row, rows_ - 1.0));
      Cell& cell = cells_[r * static_cast<size_t>(columns_) + c];
      cell.character = character;
      cell.label = label;
    }
  }
}

std::string CellPlot::CellText(const Cell& cell) const {
  const Terminal& terminal = page_.terminal;
  const bool has_region = cell.upper >= 0;
  if (!terminal.colour) {
    if (!cell.character.empty()) return cell.character;
    return std::string(1, has_region ? RegionCharacter(cell.upper) : ' ');
  }
  const Colour ink = cell.label >= 0 ? picture::ClassColour(cell.label) : picture::kInk;
  if (has_region) {
    if (!cell.character.empty()) {
      return ColouredOn(cell.character, ink, Tint(cell.upper), terminal);
    }
    if (!terminal.utf8) return ColouredOn(" ", ink, Tint(cell.upper), terminal);
    return ColouredOn("▀", Tint(cell.upper), Tint(cell.lower), terminal);
  }
  if (cell.character.empty()) return " ";
  return cell.label >= 0 ? Coloured(cell.character, ink, terminal) : cell.character;
}

std::string CellPlot::XAxis() const {
  const bool utf8 = page_.terminal.utf8;
  std::vector<absl::string_view> line(static_cast<size_t>(columns_), utf8 ? "─" : "-");
  std::string labels;
  const int indent = label_width_ + 2;
  for (const picture::Tick& tick : picture::Ticks(x_, std::clamp(columns_ / 10, 3, 8))) {
    const int column = std::min(static_cast<int>(x_.Share(tick.value) * columns_), columns_ - 1);
    line[static_cast<size_t>(column)] = utf8 ? "┬" : "+";
    const std::string text = LabelText(tick.label, utf8);
    const int width = DisplayWidth(text);
    const int last = page_.width - width;
    const int start = std::clamp(indent + column - width / 2, 0, std::max(0, last));
    const int end = DisplayWidth(labels);
    if (start < end + (end > 0 ? 1 : 0)) continue;
    absl::StrAppend(&labels, std::string(static_cast<size_t>(start - end), ' '), text);
  }
  std::string axis =
      absl::StrCat(std::string(static_cast<size_t>(label_width_), ' '), " ", utf8 ? "└" : "+");
  for (const absl::string_view part : line) absl::StrAppend(&axis, part);
  return absl::StrCat(axis, "\n", labels, "\n");
}

std::string CellPlot::Render() const {
  const bool utf8 = page_.terminal.utf8;
  std::vector<std::string> labels(static_cast<size_t>(rows_));
  for (const picture::Tick& tick : y_ticks_) {
    const double row = (1 - y_.Share(tick.value)) * rows_;
    const auto r = static_cast<size_t>(std::clamp(static_cast<int>(row), 0, rows_ - 1));
    if (labels[r].empty()) labels[r] = tick.label;
  }
  std::string text;
  for (int row = 0; row < rows_; ++row) {
    const std::string& label = labels[static_cast<size_t>(row)];
    std::string line(static_cast<size_t>(label_width_ - DisplayWidth(label)), ' ');
    absl::StrAppend(&line, label, " ", label.empty() ? (utf8 ? "│" : "|") : (utf8 ? "┤" : "+"));
    for (int column = 0; column < columns_; ++column) {
      line += CellText(cells_[static_cast<size_t>(row * columns_ + column)]);
    }
    line.erase(line.find_last_not_of(' ') + 1);
    absl::StrAppend(&text, line, "\n");
  }
  return text + XAxis();
}

}  // namespace percept::cli
