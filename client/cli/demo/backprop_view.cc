#include "client/cli/demo/backprop_view.h"

#include <algorithm>
#include <cmath>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_replace.h"
#include "absl/strings/strip.h"

#include "client/cli/demo/activations_view.h"
#include "client/cli/format.h"
#include "client/cli/picture/grid.h"
#include "client/cli/picture/scale.h"
#include "client/cli/picture/slide.h"
#include "client/cli/text_blocks.h"

namespace percept::cli {
namespace {

// A quantity of the example, under its name and with what it is.
struct Quantity {
  std::string name;     // "h".
  std::string meaning;  // ": inputs" or " = x Wᵀ + b"; may be empty.
  int rows = 0;
  int columns = 0;
  std::vector<double> values;  // [rows, columns].
  bool is_count = false;       // Whole numbers.
};

template <typename Values>
Quantity Of(const std::string& name, const std::string& meaning, int columns, const Values& values,
            bool is_count = false) {
  Quantity quantity = {name, meaning, 0, std::max(1, columns), {}, is_count};
  quantity.values.assign(values.begin(), values.end());
  quantity.rows = static_cast<int>(quantity.values.size()) / quantity.columns;
  return quantity;
}

// What goes in.
std::vector<Quantity> Given(const v1::BackpropExampleRequest& request) {
  const int inputs = std::max(1, request.input_count());
  return {Of("x", ": inputs", inputs, request.inputs()),
          Of("W", ": weights", inputs, request.weights()),
          Of("b", ": biases", request.biases_size(), request.biases()),
          Of("t", ": targets", 1, request.targets(), /*is_count=*/true)};
}

std::vector<Quantity> Forwards(const v1::BackpropExampleRequest& request,
                               const v1::BackpropExampleResponse& response) {
  const int classes = response.classes();
  const v1::DemoActivation activation = request.activation() == v1::DEMO_ACTIVATION_UNSPECIFIED
                                            ? v1::DEMO_ACTIVATION_TANH
                                            : request.activation();
  const std::string function =
      activation == v1::DEMO_ACTIVATION_IDENTITY ? "h" : ActivationText(activation) + "(h)";
  return {Of("h", " = x Wᵀ + b", classes, response.linear()),
          Of("s", " = " + function, classes, response.activated()),
          Of("p", " = softmax(s)", classes, response.probabilities()),
          Of("yes", ": count of s > 0", 1, response.positive_counts(), /*is_count=*/true)};
}

std::vector<Quantity> Backwards(const v1::BackpropExampleRequest& request,
                                const v1::BackpropExampleResponse& response) {
  const int classes = response.classes();
  return {Of("dL/ds", "", classes, response.activated_gradient()),
          Of("dL/dh", "", classes, response.linear_gradient()),
          Of("dL/dW", "", request.input_count(), response.weight_gradient()),
          Of("dL/db", "", classes, response.bias_gradient()),
          Of("dL/dx", "", request.input_count(), response.input_gradient())};
}

std::string CellText(const Quantity& quantity, int row, int column) {
  const double value = quantity.values[static_cast<size_t>(row * quantity.columns + column)];
  if (quantity.is_count) return absl::StrFormat("%.0f", value);
  const std::string text = absl::StrFormat("%.4f", value);
  return text == "-0.0000" ? "0.0000" : text;
}

TextBlock Block(const Quantity& quantity, bool utf8) {
  const std::string meaning =
      utf8 ? quantity.meaning : absl::StrReplaceAll(quantity.meaning, {{"ᵀ", "^T"}});
  const std::string title = quantity.name + meaning;
  return MatrixBlock(title, quantity.rows, quantity.columns, utf8,
                     [&](int row, int column) { return CellText(quantity, row, column); });
}

std::string Section(const std::string& name, const std::vector<Quantity>& quantities,
                    const Page& page) {
  std::vector<TextBlock> blocks;
  for (const Quantity& quantity : quantities) {
    if (!quantity.values.empty()) blocks.push_back(Block(quantity, page.terminal.utf8));
  }
  return absl::StrCat(Styled(name, Style::kBold, page.terminal), "\n",
                      SideBySide(blocks, page.width));
}

std::string LossLine(const v1::BackpropExampleRequest& request,
                     const v1::BackpropExampleResponse& response) {
  if (request.output_gradient_size() > 0) return "the gradient at p was given";
  return absl::StrFormat("L = mean of -log p(target) = %.4f", response.loss());
}

picture::Grid GridOf(const Quantity& quantity) {
  picture::Grid grid;
  grid.columns = quantity.columns;
  grid.title = quantity.name;
  grid.text_size = 24;
  grid.caption = std::string(absl::StripPrefix(absl::StripPrefix(quantity.meaning, ": "), " "));
  double range = 0;
  for (const double value : quantity.values) range = std::max(range, std::abs(value));
  for (int i = 0; i < static_cast<int>(quantity.values.size()); ++i) {
    const double value = quantity.values[static_cast<size_t>(i)];
    // Half the scale's strength keeps the numbers easy to read.
    const picture::Colour ground =
        quantity.is_count || range == 0 ? picture::kPaper : picture::Diverging(0.5 * value / range);
    const std::string text = CellText(quantity, i / quantity.columns, i % quantity.columns);
    grid.cells.push_back({text, ground});
  }
  return grid;
}

std::vector<picture::Grid> Grids(const std::vector<Quantity>& quantities) {
  std::vector<picture::Grid> grids;
  for (const Quantity& quantity : quantities) {
    if (!quantity.values.empty()) grids.push_back(GridOf(quantity));
  }
  return grids;
}

}  // namespace

std::string RenderBackprop(const v1::BackpropExampleRequest& request,
                           const v1::BackpropExampleResponse& response, const Page& page) {
  return absl::StrCat(Section("given", Given(request), page), "\n",
                      Section("forwards", Forwards(request, response), page), "\n",
                      LossLine(request, response), "\n\n",
                      Section("backwards", Backwards(request, response), page));
}

picture::Canvas DrawBackprop(const v1::BackpropExampleRequest& request,
                             const v1::BackpropExampleResponse& response) {
  picture::Canvas canvas;
  const picture::Rect area =
      picture::DrawHeading(&canvas, "Backpropagation, worked by hand",
                           absl::StrReplaceAll(LossLine(request, response), {{"-log", "−log"}}));
  struct Row {
    std::string name;
    std::vector<picture::Grid> grids;
  };
  const Row rows[] = {{"given", Grids(Given(request))},
                      {"forwards", Grids(Forwards(request, response))},
                      {"backwards", Grids(Backwards(request, response))}};
  constexpr double kName = 190;
  const double height = area.height / 3;
  for (int i = 0; i < 3; ++i) {
    const picture::Rect strip = {area.left + kName, area.top + i * height, area.width - kName,
                                 height};
    canvas.Text({area.left, strip.centre().y}, rows[i].name, {28, picture::kMuted});
    picture::DrawGrids(&canvas, strip, rows[i].grids, 122, 58);
  }
  return canvas;
}

}  // namespace percept::cli
