#include <algorithm>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"

#include "client/cli/format.h"
#include "client/cli/inspect/capacity_view.h"
#include "client/cli/picture/network.h"
#include "client/cli/picture/slide.h"
#include "client/cli/render_values.h"

namespace percept::cli {
namespace {

constexpr int kMostCircles = 16;

std::string InputShape(const v1::CapacityResponse& response, absl::string_view times) {
  const v1::ImageShape& shape = response.image_shape();
  std::string text = absl::StrCat(shape.height(), times, shape.width());
  if (shape.channels() > 1) absl::StrAppend(&text, times, shape.channels());
  return text;
}

int Inputs(const v1::CapacityResponse& response) {
  return response.layers().empty() ? 0 : response.layers(0).inputs();
}

// "○ ○ ○ ○ ...".
std::string Circles(int units, bool utf8) {
  std::string text;
  for (int i = 0; i < std::min(units, kMostCircles); ++i) {
    absl::StrAppend(&text, i > 0 ? " " : "", utf8 ? "○" : "o");
  }
  return units > kMostCircles ? absl::StrCat(text, " ...") : text;
}

// "784-64-10".
std::string WidthsText(const v1::CapacityResponse& response) {
  std::string text = absl::StrCat(Inputs(response));
  for (const v1::LayerCapacity& layer : response.layers()) {
    absl::StrAppend(&text, "-", layer.outputs());
  }
  return text;
}

}  // namespace

std::string RenderDiagram(const std::string& job, const v1::CapacityResponse& response,
                          const Page& page) {
  const bool utf8 = page.terminal.utf8;
  const std::string line = utf8 ? "    │   " : "    |   ";
  const std::string head = utf8 ? "    ▼" : "    v";
  std::string text = absl::StrCat(Printable(job), "  ", WidthsText(response), "\n\n");
  absl::StrAppend(&text, "  [", Circles(Inputs(response), utf8), "]  ",
                  CountText(Inputs(response), "input", "inputs"));
  if (response.has_image_shape()) {
    absl::StrAppend(&text, ", ", InputShape(response, utf8 ? " × " : " x "));
  }
  text += "\n";
  for (int i = 0; i < response.layers_size(); ++i) {
    const v1::LayerCapacity& layer = response.layers(i);
    absl::StrAppend(&text, line, Printable(layer.name()), ": ", FormatCount(layer.inputs()),
                    utf8 ? " × " : " x ", FormatCount(layer.outputs()), " weights");
    if (layer.biases() > 0) {
      absl::StrAppend(&text, ", ", CountText(layer.biases(), "bias", "biases"));
    }
    const bool is_last = i + 1 == response.layers_size();
    absl::StrAppend(
        &text, "\n", head, "\n  [", Circles(layer.outputs(), utf8), "]  ",
        CountText(layer.outputs(), is_last ? "output" : "unit", is_last ? "outputs" : "units"),
        "\n", line, Printable(layer.activation()), "\n");
  }
  return absl::StrCat(text, head, "\n");
}

picture::Canvas DrawDiagram(const std::string& job, const v1::CapacityResponse& response) {
  picture::Canvas canvas;
  const picture::Rect area = picture::DrawHeading(
      &canvas, absl::StrCat("The network ", WidthsText(response)),
      absl::StrCat(job, ",  ", FormatCount(response.parameter_count()), " parameters"));
  std::vector<picture::NetworkLayer> layers;
  layers.push_back({"inputs", FormatCount(Inputs(response)),
                    response.has_image_shape() ? InputShape(response, " × ") : "", Inputs(response),
                    ""});
  for (const v1::LayerCapacity& layer : response.layers()) {
    layers.push_back({layer.name(), FormatCount(layer.outputs()),
                      absl::StrCat("output ", FormatCount(layer.outputs())), layer.outputs(),
                      layer.activation()});
  }
  picture::DrawNetwork(&canvas, area, layers);
  return canvas;
}

}  // namespace percept::cli
