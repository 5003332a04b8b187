#ifndef PERCEPT_CLIENT_CLI_CELL_PLOT_H_
#define PERCEPT_CLIENT_CLI_CELL_PLOT_H_

#include <string>
#include <vector>

#include "absl/functional/function_ref.h"
#include "absl/types/span.h"

#include "client/cli/page.h"
#include "client/cli/picture/scale.h"

namespace percept::cli {

// A plot in characters: the signs of points and lines over regions, with numbers along two axes.
// With colours, regions are half-blocks in the tints of their classes, two to a line; without, each
// class has a faint character.
class CellPlot {
 public:
  // As wide as the page, `lines` high, axes included.
  CellPlot(const Page& page, int lines, const picture::Scale& x, const picture::Scale& y);

  // `label_at(x, y)` is the class predicted there.
  void FillRegions(absl::FunctionRef<int(double x, double y)> label_at);
  // Puts the sign of a class, or of a line's number, where the point lies; nothing outside.
  void Mark(double x, double y, int label);
  // Signs along a line through (xs[i], ys[i]).
  void Line(absl::Span<const double> xs, absl::Span<const double> ys, int label);
  // The same in a character of one column, without a colour.
  void Trace(absl::Span<const double> xs, absl::Span<const double> ys,
             const std::string& character);
  // Such a character on its own.
  void Put(double x, double y, const std::string& character);

  // All lines, each ended.
  std::string Render() const;

 private:
  struct Cell {
    std::string character;
    int label = -1;  // Of the character; -1: none.
    int upper = -1;  // Classes of the region's halves; -1: none.
    int lower = -1;
  };

  Cell* At(double x, double y);
  void Follow(absl::Span<const double> xs, absl::Span<const double> ys,
              const std::string& character, int label);
  std::string CellText(const Cell& cell) const;
  std::string XAxis() const;

  const Page page_;
  const picture::Scale x_;
  const picture::Scale y_;
  std::vector<picture::Tick> y_ticks_;
  int label_width_ = 0;
  int columns_;
  int rows_;
  std::vector<Cell> cells_;  // [rows, columns], from the top.
};

// The faint character that stands for a class's region where there are no colours.
char RegionCharacter(int label);

}  // namespace percept::cli

#endif  // PERCEPT_CLIENT_CLI_CELL_PLOT_H_
