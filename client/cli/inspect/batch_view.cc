#include "client/cli/inspect/batch_view.h"

#include <algorithm>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"

#include "client/cli/format.h"
#include "client/cli/picture/grid.h"
#include "client/cli/picture/slide.h"
#include "client/cli/picture/tiles.h"
#include "client/cli/render_pictures.h"
#include "client/cli/render_tiles.h"
#include "client/cli/render_values.h"
#include "client/cli/snapshot_heading.h"
#include "client/cli/table.h"

namespace percept::cli {
namespace {

constexpr int kMostInputs = 6;  // Columns of a table.

int InputCount(const v1::BatchResponse& response) {
  return response.predictions().empty() ? 0 : response.inputs_size() / response.predictions_size();
}

bool IsWrong(const v1::Prediction& prediction) {
  return prediction.has_true_label() && prediction.true_label() != prediction.label();
}

absl::Span<const float> InputsOf(const v1::BatchResponse& response, int i) {
  const auto inputs = static_cast<size_t>(InputCount(response));
  return absl::MakeConstSpan(response.inputs().data() + static_cast<size_t>(i) * inputs, inputs);
}

// "4", or "4 taken for 9".
std::string LabelText(const v1::Prediction& prediction) {
  if (!prediction.has_true_label()) return absl::StrCat("taken for ", prediction.label());
  std::string text = absl::StrCat(prediction.true_label());
  if (IsWrong(prediction)) absl::StrAppend(&text, " taken for ", prediction.label());
  return text;
}

std::string Confidence(const v1::Prediction& prediction) {
  const bool is_set =
      prediction.label() >= 0 && prediction.label() < prediction.probabilities_size();
  return AccuracyText(is_set, is_set ? prediction.probabilities(prediction.label()) : 0);
}

std::vector<std::vector<std::string>> Rows(const v1::BatchResponse& response, int shown) {
  std::vector<std::vector<std::string>> rows;
  for (int i = 0; i < response.predictions_size(); ++i) {
    const v1::Prediction& prediction = response.predictions(i);
    std::vector<std::string> row = {
        FormatCount(prediction.example_index()),
        prediction.has_true_label() ? absl::StrCat(prediction.true_label()) : std::string(kNone),
        absl::StrCat(prediction.label()), Confidence(prediction)};
    for (int d = 0; d < shown; ++d) {
      row.push_back(absl::StrFormat("%.4g", InputsOf(response, i)[static_cast<size_t>(d)]));
    }
    rows.push_back(std::move(row));
  }
  return rows;
}

std::string ExampleTable(const v1::BatchResponse& response) {
  const int inputs = InputCount(response);
  const int shown = std::min(inputs, kMostInputs);
  std::vector<Column> columns = {{"INDEX", Align::kRight},
                                 {"LABEL", Align::kRight},
                                 {"PREDICTED", Align::kRight},
                                 {"CONFIDENCE", Align::kRight}};
  for (int d = 0; d < shown; ++d) columns.push_back({absl::StrCat("x", d), Align::kRight});
  std::string table = RenderTable(columns, Rows(response, shown));
  if (shown < inputs) absl::StrAppend(&table, "... and inputs to x", inputs - 1, "\n");
  return table;
}

}  // namespace

absl::Status CheckBatch(const v1::BatchResponse& response) {
  const int examples = response.predictions_size();
  const bool is_whole = examples == 0
                            ? response.inputs().empty()
                            : response.inputs_size() % examples == 0 && response.inputs_size() > 0;
  return is_whole
             ? absl::OkStatus()
             : absl::InternalError("the server sent another number of inputs than of examples");
}

Points PointsOf(const v1::BatchResponse& response) {
  Points points;
  points.inputs = InputCount(response);
  points.values.assign(response.inputs().begin(), response.inputs().end());
  points.split = v1::SPLIT_TRAIN;
  for (const v1::Prediction& prediction : response.predictions()) {
    points.labels.push_back(prediction.has_true_label() ? prediction.true_label()
                                                        : prediction.label());
    points.indices.push_back(prediction.example_index());
  }
  return points;
}

std::string BatchText(const v1::BatchResponse& response) {
  if (response.batch_size() == 0) {
    const std::string text = "no batch: nothing was trained on at this snapshot";
    return response.snapshot_index() == 0
               ? text
               : absl::StrCat(text, "; try --snapshot ", response.snapshot_index() - 1);
  }
  const int shown = response.predictions_size();
  if (response.batch_size() == 1) return "its one example";
  if (shown == response.batch_size()) {
    return absl::StrCat("the batch's ", CountText(shown, "example", "examples"));
  }
  return absl::StrCat(FormatCount(shown), " of the batch's ",
                      CountText(response.batch_size(), "example", "examples"));
}

std::string RenderBatch(const std::string& job, const v1::BatchResponse& response,
                        const Page& page) {
  std::string text = absl::StrCat(SnapshotHeading(job, response.snapshot_index()), "\n",
                                  BatchText(response), "\n");
  if (response.predictions().empty()) return text;
  const v1::ImageShape& shape = response.image_shape();
  if (!CanDraw(shape, InputCount(response), page.width)) {
    return absl::StrCat(text, "\n", ExampleTable(response));
  }
  std::vector<TextTile> tiles;
  for (int i = 0; i < response.predictions_size(); ++i) {
    tiles.push_back(DataTile(absl::StrCat(response.predictions(i).example_index(), ": ",
                                          LabelText(response.predictions(i))),
                             InputsOf(response, i), shape.channels(), 0, 1));
  }
  return absl::StrCat(text, "\n", RenderTiles(tiles, shape.width(), shape.height(), page));
}

picture::Canvas DrawBatch(const std::string& job, const v1::BatchResponse& response) {
  picture::Canvas canvas;
  const picture::Rect area = picture::DrawHeading(
      &canvas, "The batch of a snapshot",
      absl::StrCat(SnapshotHeading(job, response.snapshot_index()), ",  ", BatchText(response)));
  if (response.predictions().empty()) return canvas;
  const v1::ImageShape& shape = response.image_shape();
  if (IsPicture(shape, InputCount(response))) {
    std::vector<picture::Tile> tiles;
    for (int i = 0; i < response.predictions_size(); ++i) {
      const v1::Prediction& prediction = response.predictions(i);
      tiles.push_back({picture::DataColours(InputsOf(response, i).data(),
                                            shape.width() * shape.height(), shape.channels(), 0, 1),
                       LabelText(prediction),
                       IsWrong(prediction) ? picture::ClassColour(1) : picture::kInk});
    }
    picture::DrawTiles(&canvas, {area, shape.width(), shape.height()}, tiles);
    return canvas;
  }
  // A table: numbers of no common plane have no better picture.
  constexpr int kMostRows = 16;
  const int shown = std::min(InputCount(response), kMostInputs);
  picture::Grid grid;
  grid.columns = 4 + shown;
  grid.text_size = 26;
  for (const char* title : {"index", "label", "predicted", "confidence"}) {
    grid.cells.push_back({title, picture::kFaint});
  }
  for (int d = 0; d < shown; ++d) grid.cells.push_back({absl::StrCat("x", d), picture::kFaint});
  std::vector<std::vector<std::string>> rows = Rows(response, shown);
  rows.resize(std::min<size_t>(rows.size(), kMostRows));
  for (const auto& row : rows) {
    for (const std::string& text : row) grid.cells.push_back({text, picture::kPaper});
  }
  const double height = std::min(area.height, 44.0 * static_cast<double>(rows.size() + 1));
  picture::DrawGrid(&canvas, {area.left, area.top, area.width, height}, grid);
  return canvas;
}

}  // namespace percept::cli
