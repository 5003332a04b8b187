#include "client/cli/demo/gradient_flow_view.h"

#include <algorithm>
#include <limits>
#include <vector>

#include "absl/strings/str_cat.h"

#include "client/cli/cell_plot.h"
#include "client/cli/demo/activations_view.h"
#include "client/cli/format.h"
#include "client/cli/picture/axes.h"
#include "client/cli/picture/slide.h"
#include "client/cli/render_values.h"
#include "client/cli/table.h"

namespace percept::cli {
namespace {

using picture::Scale;

constexpr int kMostRows = 40;
constexpr int kMostMarked = 40;  // Layers; the markers of more would cover each other.

int LayerCount(const v1::GradientFlowResponse& response) {
  int layers = 0;
  for (const auto& curve : response.curves()) {
    layers = std::max(layers, curve.gradient_norms_size());
  }
  return layers;
}

// Layers are counted from 1, the first being the one next to the input.
std::vector<double> LayerNumbers(int layers) {
  std::vector<double> numbers;
  for (int i = 1; i <= layers; ++i) numbers.push_back(i);
  return numbers;
}

// A logarithmic axis has no place for 0: the line breaks there.
std::vector<double> PositiveNorms(const v1::GradientFlowCurve& curve) {
  std::vector<double> norms(curve.gradient_norms().begin(), curve.gradient_norms().end());
  for (double& norm : norms) {
    if (!(norm > 0)) norm = std::numeric_limits<double>::quiet_NaN();
  }
  return norms;
}

Scale NormScale(const v1::GradientFlowResponse& response) {
  std::vector<double> all;
  for (const auto& curve : response.curves()) {
    all.insert(all.end(), curve.gradient_norms().begin(), curve.gradient_norms().end());
  }
  return picture::LogCovering(all);
}

// "ReLU", and why there is no line where that is so.
std::string LegendText(const v1::GradientFlowCurve& curve) {
  const auto is_drawn = [](double norm) { return norm > 0; };
  const std::string name = ActivationText(curve.activation());
  return std::any_of(curve.gradient_norms().begin(), curve.gradient_norms().end(), is_drawn)
             ? name
             : name + ": 0 in all layers";
}

Scale LayerScale(int layers) { return {0.5, layers + 0.5}; }

}  // namespace

std::string RenderGradientFlow(const v1::GradientFlowResponse& response, const Page& page) {
  const int layers = LayerCount(response);
  CellPlot plot(page, 18, LayerScale(layers), NormScale(response));
  std::vector<Column> columns = {{"LAYER", Align::kRight}};
  for (int i = 0; i < response.curves_size(); ++i) {
    plot.Line(LayerNumbers(layers), PositiveNorms(response.curves(i)), i);
    columns.push_back({absl::StrCat(Sign(i, page.terminal.utf8), " ",
                                    ActivationText(response.curves(i).activation())),
                       Align::kRight});
  }
  std::vector<std::vector<std::string>> rows;
  for (int layer = 0; layer < layers; ++layer) {
    if (layers > kMostRows && layer == kMostRows / 2) {
      layer = layers - kMostRows / 2;
      rows.emplace_back(columns.size(), "...");
    }
    std::vector<std::string> row = {FormatCount(layer + 1)};
    for (const auto& curve : response.curves()) {
      row.push_back(layer < curve.gradient_norms_size() ? FormatLoss(curve.gradient_norms(layer))
                                                        : std::string(kNone));
    }
    rows.push_back(std::move(row));
  }
  return absl::StrCat("norm of each layer's weight gradient, layer 1 next to the input\n\n",
                      plot.Render(), "\n", RenderTable(columns, rows));
}

picture::Canvas DrawGradientFlow(const v1::GradientFlowResponse& response) {
  picture::Canvas canvas;
  const int layers = LayerCount(response);
  picture::Rect area = picture::DrawHeading(
      &canvas, "How the gradient reaches the first layers",
      absl::StrCat(CountText(layers, "layer", "layers"), ", layer 1 next to the input"));
  std::vector<picture::LegendEntry> legend;
  for (int i = 0; i < response.curves_size(); ++i) {
    legend.push_back({LegendText(response.curves(i)), picture::ClassColour(i), i});
  }
  picture::DrawLegendRow(&canvas, area, legend);
  area.top += picture::kLegendLine + 12;
  area.height -= picture::kLegendLine + 12;
  picture::Axes axes(&canvas,
                     {area, LayerScale(layers), NormScale(response), "", "layer",
                      "norm of the weight gradient", /*has_grid=*/true, /*has_whole_x=*/true});
  const std::vector<double> numbers = LayerNumbers(layers);
  for (int i = 0; i < response.curves_size(); ++i) {
    const std::vector<double> norms = PositiveNorms(response.curves(i));
    axes.Line(numbers, norms, {picture::ClassColour(i), 4});
    for (size_t layer = 0; layers <= kMostMarked && layer < norms.size(); ++layer) {
      if (norms[layer] > 0) axes.Marker(numbers[layer], norms[layer], 20, i);
    }
  }
  return canvas;
}

}  // namespace percept::cli
