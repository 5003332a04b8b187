#include "client/cli/inspect/capacity_view.h"

#include <algorithm>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"

#include "client/cli/format.h"
#include "client/cli/picture/slide.h"
#include "client/cli/render_values.h"
#include "client/cli/table.h"

namespace percept::cli {
namespace {

int64_t Parameters(const v1::LayerCapacity& layer) { return layer.weights() + layer.biases(); }

// "50,890 parameters, 199 KiB; 60,000 training examples, 0.848 parameters for each".
std::string Summary(const v1::CapacityResponse& response) {
  std::string text = absl::StrCat(CountText(response.parameter_count(), "parameter", "parameters"),
                                  ", ", FormatBytes(response.parameter_bytes()));
  if (response.training_examples() > 0) {
    const double each = static_cast<double>(response.parameter_count()) /
                        static_cast<double>(response.training_examples());
    absl::StrAppend(
        &text, "; ",
        CountText(response.training_examples(), "training example", "training examples"), ", ",
        absl::StrFormat("%.3g", each), " parameters for each");
  }
  return text;
}

}  // namespace

std::string RenderCapacity(const std::string& job, const v1::CapacityResponse& response) {
  std::vector<std::vector<std::string>> rows;
  int64_t weights = 0;
  int64_t biases = 0;
  for (const v1::LayerCapacity& layer : response.layers()) {
    rows.push_back({Printable(layer.name()), FormatCount(layer.inputs()),
                    FormatCount(layer.outputs()), Printable(layer.activation()),
                    FormatCount(layer.weights()), FormatCount(layer.biases()),
                    FormatCount(Parameters(layer))});
    weights += layer.weights();
    biases += layer.biases();
  }
  rows.push_back({"all", "", "", "", FormatCount(weights), FormatCount(biases),
                  FormatCount(response.parameter_count())});
  return absl::StrCat(Printable(job), "\n\n",
                      RenderTable({{"LAYER"},
                                   {"INPUTS", Align::kRight},
                                   {"OUTPUTS", Align::kRight},
                                   {"ACTIVATION"},
                                   {"WEIGHTS", Align::kRight},
                                   {"BIASES", Align::kRight},
                                   {"PARAMETERS", Align::kRight}},
                                  rows),
                      "\n", Summary(response), "\n");
}

picture::Canvas DrawCapacity(const std::string& job, const v1::CapacityResponse& response) {
  picture::Canvas canvas;
  const picture::Rect area = picture::DrawHeading(
      &canvas, absl::StrCat(FormatCount(response.parameter_count()), " parameters"),
      absl::StrCat(job, ",  ", Summary(response)));
  const int layers = response.layers_size();
  if (layers == 0) return canvas;
  int64_t most = 1;
  double names = 0;
  std::vector<std::string> labels;
  for (const v1::LayerCapacity& layer : response.layers()) {
    most = std::max(most, Parameters(layer));
    labels.push_back(absl::StrCat(layer.name(), ",  ", FormatCount(layer.inputs()), " → ",
                                  FormatCount(layer.outputs())));
    names = std::max(names, canvas.TextWidth(labels.back(), {28}));
  }
  constexpr double kCounts = 240;  // Room for the number after the longest bar.
  const double pitch = std::min(area.height / layers, 150.0);
  const double width = area.width - names - 30 - kCounts;
  const double top = area.top + (area.height - pitch * layers) / 2;
  for (int i = 0; i < layers; ++i) {
    const v1::LayerCapacity& layer = response.layers(i);
    const double middle = top + pitch * (i + 0.5);
    picture::TextStyle style = {28};
    style.horizontal = picture::Align::kEnd;
    canvas.Text({area.left + names, middle}, labels[static_cast<size_t>(i)], style);
    const double length =
        width * static_cast<double>(Parameters(layer)) / static_cast<double>(most);
    const picture::Rect bar = {area.left + names + 30, middle - pitch * 0.3, std::max(2.0, length),
                               pitch * 0.6};
    canvas.Fill(bar, picture::ClassColour(0));
    canvas.Text({bar.right() + 16, middle}, FormatCount(Parameters(layer)),
                {30, picture::kInk, /*bold=*/true});
  }
  return canvas;
}

}  // namespace percept::cli
