#include "client/cli/predict_view.h"

#include <algorithm>
#include <numeric>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"

#include "client/cli/format.h"
#include "client/cli/picture/axes.h"
#include "client/cli/picture/grid.h"
#include "client/cli/picture/slide.h"
#include "client/cli/picture/tiles.h"
#include "client/cli/progress_bar.h"
#include "client/cli/render_pictures.h"
#include "client/cli/render_tiles.h"
#include "client/cli/render_values.h"
#include "client/cli/snapshot_heading.h"
#include "client/cli/table.h"

namespace percept::cli {
namespace {

constexpr int kMostLabels = 20;  // Classes shown of one example.
constexpr int kMostRows = 50;    // Examples shown as text.
constexpr int kMostDrawn = 16;   // Examples, and classes, of a picture.

double Confidence(const v1::Prediction& prediction) {
  return prediction.probabilities(prediction.label());
}

// All classes, the most probable first.
std::vector<int> ByConfidence(const v1::Prediction& prediction) {
  std::vector<int> labels(static_cast<size_t>(prediction.probabilities_size()));
  std::iota(labels.begin(), labels.end(), 0);
  std::stable_sort(labels.begin(), labels.end(), [&](int a, int b) {
    return prediction.probabilities(a) > prediction.probabilities(b);
  });
  return labels;
}

std::string Truth(const v1::Prediction& prediction) {
  return prediction.has_true_label() ? absl::StrCat(prediction.true_label()) : std::string(kNone);
}

std::string LabelTable(const v1::Prediction& prediction, const Page& page) {
  const std::vector<int> labels = ByConfidence(prediction);
  std::vector<std::vector<std::string>> rows;
  for (size_t i = 0; i < std::min<size_t>(labels.size(), kMostLabels); ++i) {
    const double confidence = prediction.probabilities(labels[i]);
    const std::string bar =
        ProgressBar(std::clamp(confidence, 0.0, 1.0), kBarWidth, page.terminal.utf8);
    rows.push_back({absl::StrCat(labels[i]), FormatAccuracy(confidence),
                    Coloured(bar, picture::ClassColour(labels[i]), page.terminal)});
  }
  std::string table =
      RenderTable({{"LABEL", Align::kRight}, {"CONFIDENCE", Align::kRight}, {""}}, rows);
  if (labels.size() > kMostLabels) {
    absl::StrAppend(&table, "... and ", labels.size() - kMostLabels, " more\n");
  }
  return table;
}

std::string ExampleTable(const v1::PredictResponse& response) {
  std::vector<std::vector<std::string>> rows;
  const bool has_indices = response.predictions(0).has_example_index();
  for (int i = 0; i < std::min(response.predictions_size(), kMostRows); ++i) {
    const v1::Prediction& prediction = response.predictions(i);
    const std::vector<int> labels = ByConfidence(prediction);
    const std::string second =
        labels.size() > 1
            ? absl::StrCat(labels[1], ", ", FormatAccuracy(prediction.probabilities(labels[1])))
            : std::string(kNone);
    rows.push_back({FormatCount(has_indices ? prediction.example_index() : i),
                    absl::StrCat(prediction.label()), FormatAccuracy(Confidence(prediction)),
                    second, Truth(prediction)});
  }
  std::string table = RenderTable({{has_indices ? "INDEX" : "ROW", Align::kRight},
                                   {"LABEL", Align::kRight},
                                   {"CONFIDENCE", Align::kRight},
                                   {"SECOND"},
                                   {"TRUE", Align::kRight}},
                                  rows);
  const int left = response.predictions_size() - kMostRows;
  if (left > 0) {
    absl::StrAppend(&table, "... and ", FormatCount(left), " more, which --json has\n");
  }
  return table;
}

// What was done to a picture, a line for each step.
std::string StepsText(const v1::ImagePreparation& preparation) {
  std::string text;
  for (const std::string& step : preparation.steps()) {
    absl::StrAppend(&text, "  ", Printable(step), "\n");
  }
  return text;
}

bool HasPicture(const v1::PredictResponse& response) {
  return IsPicture(response.image_shape(), response.image_inputs_size());
}

absl::Span<const float> PictureOf(const v1::PredictResponse& response) {
  return absl::MakeConstSpan(response.image_inputs().data(),
                             static_cast<size_t>(response.image_inputs_size()));
}

std::string Title(const v1::Prediction& prediction) {
  std::string title = absl::StrCat("Taken for ", prediction.label(), ", confidence ",
                                   FormatAccuracy(Confidence(prediction)));
  if (prediction.has_true_label()) {
    absl::StrAppend(&title, "; it is ", prediction.true_label());
  }
  return title;
}

// Bars from the left, the most probable class at the top.
void DrawConfidences(picture::Canvas* canvas, const picture::Rect& area,
                     const v1::Prediction& prediction) {
  std::vector<int> labels = ByConfidence(prediction);
  labels.resize(std::min<size_t>(labels.size(), kMostDrawn));
  const double pitch = std::min(area.height / static_cast<double>(labels.size()), 90.0);
  const double top = area.top + (area.height - pitch * static_cast<double>(labels.size())) / 2;
  constexpr double kName = 150;
  constexpr double kNumber = 120;
  for (size_t i = 0; i < labels.size(); ++i) {
    const double confidence = prediction.probabilities(labels[i]);
    const double middle = top + pitch * (static_cast<double>(i) + 0.5);
    const double size = std::min(30.0, pitch * 0.6);
    canvas->Text({area.left, middle}, absl::StrCat("class ", labels[i]), {size});
    const double length =
        std::max(2.0, (area.width - kName - kNumber) * std::clamp(confidence, 0.0, 1.0));
    const picture::Rect bar = {area.left + kName, middle - pitch * 0.32, length, pitch * 0.64};
    canvas->Fill(bar, picture::ClassColour(labels[i]));
    canvas->Text({bar.right() + 14, middle}, FormatAccuracy(confidence), {size});
  }
}

// Probabilities of several examples, a row each.
picture::Grid ProbabilityGrid(const v1::PredictResponse& response) {
  const int classes = std::min(response.predictions(0).probabilities_size(), kMostDrawn);
  picture::Grid grid;
  grid.columns = classes + 1;
  grid.text_size = 26;
  grid.cells.push_back(
      {response.predictions(0).has_example_index() ? "example" : "row", picture::kFaint});
  for (int k = 0; k < classes; ++k) {
    grid.cells.push_back({absl::StrCat("class ", k), picture::kFaint});
  }
  for (int i = 0; i < std::min(response.predictions_size(), kMostDrawn); ++i) {
    const v1::Prediction& prediction = response.predictions(i);
    const int64_t name = prediction.has_example_index() ? prediction.example_index() : i;
    grid.cells.push_back({FormatCount(name), picture::kFaint});
    for (int k = 0; k < classes; ++k) {
      const double probability =
          k < prediction.probabilities_size() ? prediction.probabilities(k) : 0;
      grid.cells.push_back({FormatAccuracy(probability), picture::Sequential(probability * 0.8)});
    }
  }
  return grid;
}

}  // namespace

absl::Status CheckPredictions(const v1::PredictResponse& response) {
  bool is_whole =
      !response.predictions().empty() && (response.image_inputs().empty() || HasPicture(response));
  for (const v1::Prediction& prediction : response.predictions()) {
    is_whole =
        is_whole && prediction.label() >= 0 && prediction.label() < prediction.probabilities_size();
  }
  return is_whole ? absl::OkStatus() : absl::InternalError("the server sent no whole predictions");
}

std::string RenderPredictions(const std::string& job, const v1::PredictResponse& response,
                              const Page& page) {
  const std::string heading = SnapshotHeading(job, response.snapshot_index()) + "\n\n";
  if (response.predictions_size() > 1) return heading + ExampleTable(response);
  const v1::Prediction& prediction = response.predictions(0);
  std::string text = heading;
  if (HasPicture(response) && response.image_shape().width() <= page.width) {
    const v1::ImageShape& shape = response.image_shape();
    absl::StrAppend(
        &text,
        RenderTiles({DataTile("as the model sees it", PictureOf(response), shape.channels(), 0, 1)},
                    shape.width(), shape.height(), page),
        StepsText(response.image_preparation()), "\n");
  }
  absl::StrAppend(&text, LabelTable(prediction, page));
  if (prediction.has_true_label()) {
    absl::StrAppend(&text, "it is ", ClassText(prediction.true_label(), page.terminal), "\n");
  }
  return text;
}

picture::Canvas DrawPredictions(const std::string& job, const v1::PredictResponse& response) {
  picture::Canvas canvas;
  const std::string subject = SnapshotHeading(job, response.snapshot_index());
  if (response.predictions_size() > 1) {
    const picture::Rect area = picture::DrawHeading(
        &canvas, "What the model makes of them",
        absl::StrCat(subject, ",  ", CountText(response.predictions_size(), "example", "examples"),
                     response.predictions_size() > kMostDrawn
                         ? absl::StrCat(", of which the first ", kMostDrawn)
                         : ""));
    const picture::Grid grid = ProbabilityGrid(response);
    const double rows = static_cast<double>(grid.cells.size()) / static_cast<double>(grid.columns);
    const double height = std::min(area.height, 58 * rows);
    const double width = std::min(area.width, 200.0 * grid.columns);
    picture::DrawGrid(&canvas, {area.left + (area.width - width) / 2, area.top, width, height},
                      grid);
    return canvas;
  }
  const v1::Prediction& prediction = response.predictions(0);
  const picture::Rect area = picture::DrawHeading(&canvas, Title(prediction), subject);
  if (!HasPicture(response)) {
    DrawConfidences(&canvas, area, prediction);
    return canvas;
  }
  const v1::ImageShape& shape = response.image_shape();
  const auto& steps = response.image_preparation().steps();
  const double notes = 34.0 * steps.size();
  const double side = std::min(area.width * 0.42, area.height - notes - 20);
  const picture::Rect image = {area.left, area.top, side, area.height - notes - 10};
  picture::DrawTiles(
      &canvas, {image, shape.width(), shape.height()},
      {picture::Tile{picture::DataColours(PictureOf(response).data(),
                                          shape.width() * shape.height(), shape.channels(), 0, 1),
                     "as the model sees it"}});
  DrawConfidences(&canvas, {image.right() + 70, area.top, area.width - side - 70, image.height},
                  prediction);
  double y = area.bottom() - notes + 20;
  for (const std::string& step : steps) {
    canvas.Text({area.left, y}, step, {22, picture::kMuted});
    y += 34;
  }
  return canvas;
}

}  // namespace percept::cli
