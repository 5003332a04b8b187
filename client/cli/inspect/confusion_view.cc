#include "client/cli/inspect/confusion_view.h"

#include <algorithm>
#include <vector>

#include "absl/strings/str_cat.h"

#include "client/cli/format.h"
#include "client/cli/picture/grid.h"
#include "client/cli/picture/slide.h"
#include "client/cli/picture/tiles.h"
#include "client/cli/render_pictures.h"
#include "client/cli/render_values.h"
#include "client/cli/snapshot_heading.h"
#include "client/cli/table.h"

namespace percept::cli {
namespace {

constexpr int kMostRows = 40;   // Classes in a table.
constexpr int kMostTiles = 12;  // Mistakes in a picture.

int64_t Count(const v1::ConfusionMatrixResponse& response, int truth, int predicted) {
  return response.counts(truth * response.classes() + predicted);
}

int64_t RowTotal(const v1::ConfusionMatrixResponse& response, int truth) {
  int64_t total = 0;
  for (int k = 0; k < response.classes(); ++k) total += Count(response, truth, k);
  return total;
}

std::string Summary(const v1::ConfusionMatrixResponse& response) {
  int64_t examples = 0;
  for (const int64_t count : response.counts()) examples += count;
  return absl::StrCat("accuracy ", FormatAccuracy(response.accuracy()), ", loss ",
                      FormatLoss(response.loss()), ", ", CountText(examples, "example", "examples"),
                      " of the ", Word(response.split()), " split");
}

std::string Precision(const v1::ConfusionMatrixResponse& response, int label) {
  if (label >= response.class_measures_size()) return std::string(kNone);
  const v1::ClassMeasures& measures = response.class_measures(label);
  return AccuracyText(measures.has_precision(), measures.precision());
}

std::string Recall(const v1::ConfusionMatrixResponse& response, int label) {
  if (label >= response.class_measures_size()) return std::string(kNone);
  const v1::ClassMeasures& measures = response.class_measures(label);
  return AccuracyText(measures.has_recall(), measures.recall());
}

// The counts; on a page too narrow for them the columns of counts are left out.
std::string MatrixTable(const v1::ConfusionMatrixResponse& response, const Page& page) {
  const int classes = std::min(response.classes(), kMostRows);
  std::vector<std::vector<std::string>> rows;
  for (int truth = 0; truth < classes; ++truth) {
    std::vector<std::string> row = {absl::StrCat(truth)};
    for (int k = 0; k < classes; ++k) {
      const int64_t count = Count(response, truth, k);
      const std::string text = count == 0 ? "." : FormatCount(count);
      row.push_back(truth == k ? Styled(text, Style::kBold, page.terminal) : text);
    }
    row.push_back(Precision(response, truth));
    row.push_back(Recall(response, truth));
    rows.push_back(std::move(row));
  }
  std::vector<Column> columns = {{"TRUE", Align::kRight}};
  for (int k = 0; k < classes; ++k) columns.push_back({absl::StrCat(k), Align::kRight});
  columns.push_back({"PRECISION", Align::kRight});
  columns.push_back({"RECALL", Align::kRight});
  std::string table = RenderTable(columns, rows);
  const int width = DisplayWidth(table.substr(0, table.find('\n')));
  std::string note = "columns: what the model takes them for\n\n";
  if (width > page.width) {
    columns.erase(columns.begin() + 1, columns.end() - 2);
    for (auto& row : rows) row.erase(row.begin() + 1, row.end() - 2);
    table = RenderTable(columns, rows);
    note = absl::StrCat("the counts need ", width, " columns; --json or a picture has them\n\n");
  }
  if (classes < response.classes()) {
    absl::StrAppend(&table, "... and ", response.classes() - classes, " more classes\n");
  }
  return note + table;
}

std::string MistakeTable(const v1::ConfusionMatrixResponse& response) {
  std::vector<std::vector<std::string>> rows;
  for (const v1::Mistake& mistake : response.mistakes()) {
    rows.push_back({FormatCount(mistake.example_index()), absl::StrCat(mistake.true_label()),
                    absl::StrCat(mistake.predicted_label()), FormatAccuracy(mistake.confidence())});
  }
  if (rows.empty()) return "no mistakes\n";
  return absl::StrCat("the surest mistakes\n", RenderTable({{"INDEX", Align::kRight},
                                                            {"TRUE", Align::kRight},
                                                            {"TAKEN FOR", Align::kRight},
                                                            {"CONFIDENCE", Align::kRight}},
                                                           rows));
}

picture::Grid MatrixGrid(const v1::ConfusionMatrixResponse& response) {
  const int classes = response.classes();
  picture::Grid grid;
  grid.columns = classes;
  for (int truth = 0; truth < classes; ++truth) {
    const auto total = static_cast<double>(std::max<int64_t>(1, RowTotal(response, truth)));
    for (int k = 0; k < classes; ++k) {
      const int64_t count = Count(response, truth, k);
      const double share = static_cast<double>(count) / total;
      // Mistakes are few: in the tone of hits none could be seen.
      const picture::Colour ground =
          truth == k
              ? picture::Sequential(0.75 * share)
              : picture::Mixed(picture::kPaper, picture::ClassColour(1), std::min(1.0, 6 * share));
      grid.cells.push_back({count == 0 && classes > 4 ? "" : FormatCount(count), ground});
    }
  }
  return grid;
}

void DrawMatrix(picture::Canvas* canvas, const picture::Rect& area,
                const v1::ConfusionMatrixResponse& response) {
  const int classes = response.classes();
  const picture::Rect cells = {area.left + 110, area.top + 78, area.width - 110 - 130,
                               area.height - 78 - 74};
  picture::DrawGrid(canvas, cells, MatrixGrid(response));
  const double width = cells.width / classes;
  const double height = cells.height / classes;
  picture::TextStyle style = {std::min(26.0, height * 0.7), picture::kInk};
  style.horizontal = picture::Align::kMiddle;
  picture::TextStyle figure = style;
  figure.size = std::min({22.0, height * 0.7, width * 0.34});
  for (int k = 0; k < classes; ++k) {
    const double x = cells.left + width * (k + 0.5);
    const double y = cells.top + height * (k + 0.5);
    canvas->Text({x, cells.top - 20}, absl::StrCat(k), style);
    canvas->Text({cells.left - 26, y}, absl::StrCat(k), style);
    canvas->Text({x, cells.bottom() + 24}, Precision(response, k), figure);
    canvas->Text({cells.right() + 60, y}, Recall(response, k), figure);
  }
  picture::TextStyle name = {24, picture::kMuted};
  name.horizontal = picture::Align::kMiddle;
  canvas->Text({cells.centre().x, cells.top - 56}, "taken for", name);
  canvas->Text({cells.right() + 60, cells.top - 20}, "recall", name);
  canvas->Text({cells.centre().x, cells.bottom() + 58}, "precision", name);
  name.upwards = true;
  canvas->Text({cells.left - 80, cells.centre().y}, "true class", name);
}

// The surest mistakes, as pictures where they are some.
void DrawMistakes(picture::Canvas* canvas, const picture::Rect& area, const Confusion& confusion) {
  const v1::ConfusionMatrixResponse& response = confusion.response;
  picture::TextStyle heading = {26, picture::kInk, /*bold=*/true};
  canvas->Text({area.left, area.top + 22}, "the surest mistakes", heading);
  const picture::Rect body = {area.left, area.top + 60, area.width, area.height - 60};
  const auto count = std::min<size_t>(
      {confusion.mistakes.size(), static_cast<size_t>(response.mistakes_size()), kMostTiles});
  if (!IsPicture(confusion.shape, confusion.mistakes.inputs) || count == 0) {
    double y = body.top + 20;
    for (int i = 0; i < std::min(response.mistakes_size(), 16); ++i, y += 42) {
      const v1::Mistake& mistake = response.mistakes(i);
      canvas->Text({body.left, y},
                   absl::StrCat("example ", FormatCount(mistake.example_index()), ": ",
                                mistake.true_label(), " taken for ", mistake.predicted_label(),
                                ", ", FormatAccuracy(mistake.confidence())),
                   {24, picture::kInk});
    }
    return;
  }
  const v1::ImageShape& shape = confusion.shape;
  std::vector<picture::Tile> tiles;
  for (size_t i = 0; i < count; ++i) {
    const v1::Mistake& mistake = response.mistakes(static_cast<int>(i));
    const float* inputs =
        confusion.mistakes.values.data() + i * static_cast<size_t>(confusion.mistakes.inputs);
    tiles.push_back(
        {picture::DataColours(inputs, shape.width() * shape.height(), shape.channels(), 0, 1),
         absl::StrCat(mistake.true_label(), " as ", mistake.predicted_label(), ", ",
                      FormatAccuracy(mistake.confidence())),
         picture::kInk});
  }
  picture::DrawTiles(canvas, {body, shape.width(), shape.height(), /*across=*/3}, tiles);
}

}  // namespace

absl::Status CheckConfusion(const v1::ConfusionMatrixResponse& response) {
  if (response.classes() < 1 ||
      response.counts_size() != int64_t{response.classes()} * response.classes()) {
    return absl::InternalError("the server sent a matrix of another size than it says");
  }
  return absl::OkStatus();
}

std::string RenderConfusion(const Confusion& confusion, const Page& page) {
  const v1::ConfusionMatrixResponse& response = confusion.response;
  return absl::StrCat(SnapshotHeading(confusion.job, response.snapshot_index()), "\n",
                      Summary(response), "\n", MatrixTable(response, page), "\n",
                      MistakeTable(response));
}

picture::Canvas DrawConfusion(const Confusion& confusion) {
  picture::Canvas canvas;
  const v1::ConfusionMatrixResponse& response = confusion.response;
  const picture::Rect area =
      picture::DrawHeading(&canvas, "What is taken for what",
                           absl::StrCat(SnapshotHeading(confusion.job, response.snapshot_index()),
                                        ",  ", Summary(response)));
  const bool has_mistakes = response.mistakes_size() > 0;
  const double side = has_mistakes ? 540 : 0;
  DrawMatrix(&canvas, {area.left, area.top, area.width - side, area.height}, response);
  if (has_mistakes) {
    DrawMistakes(&canvas, {area.right() - side + 30, area.top, side - 30, area.height}, confusion);
  }
  return canvas;
}

}  // namespace percept::cli
