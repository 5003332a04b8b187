#include "client/cli/demo/activations_view.h"

#include <algorithm>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"

#include "client/cli/picture/axes.h"
#include "client/cli/picture/slide.h"
#include "client/cli/render_values.h"
#include "client/cli/sparkline.h"
#include "client/cli/table.h"

namespace percept::cli {
namespace {

using Values = google::protobuf::RepeatedField<double>;
using picture::Axes;

constexpr int kTablePoints = 9;

std::vector<double> Copy(const Values& values) { return {values.begin(), values.end()}; }

// A function's course on one line, with its range.
std::vector<std::string> Row(const std::string& name, const Values& values, int curve,
                             const Page& page) {
  const std::vector<double> course = Copy(values);
  if (course.empty()) return {name, "", "", ""};
  const auto [low, high] = std::minmax_element(course.begin(), course.end());
  const int width = std::max(8, std::min(60, page.width - 34));
  const auto number = [](double value) { return absl::StrFormat("%.4g", value); };
  const std::string line = Sparkline(course, *low, *high, width, page.terminal.utf8);
  return {name, number(*low), Coloured(line, picture::ClassColour(curve), page.terminal),
          number(*high)};
}

// The values at a few points, one column for each function and one for its derivative.
std::string ValueTable(const v1::CompareActivationsResponse& response, bool derivatives) {
  std::vector<Column> columns = {{"X", Align::kRight, 6}};
  for (const v1::ActivationCurve& curve : response.curves()) {
    columns.push_back({absl::StrCat(ActivationText(curve.activation()), derivatives ? "'" : ""),
                       Align::kRight, 8});
  }
  std::vector<std::vector<std::string>> rows;
  const int points = response.x_size();
  const int shown = std::min(points, kTablePoints);
  for (int i = 0; i < shown; ++i) {
    const int at = shown > 1 ? i * (points - 1) / (shown - 1) : 0;
    std::vector<std::string> row = {absl::StrFormat("%.3g", response.x(at))};
    for (const v1::ActivationCurve& curve : response.curves()) {
      const Values& values = derivatives ? curve.derivatives() : curve.values();
      row.push_back(absl::StrFormat("%.4f", values[at]));
    }
    rows.push_back(std::move(row));
  }
  return RenderTable(columns, rows);
}

void DrawPanel(picture::Canvas* canvas, const picture::Rect& area,
               const v1::CompareActivationsResponse& response, bool derivatives) {
  std::vector<double> all;
  for (const v1::ActivationCurve& curve : response.curves()) {
    const Values& values = derivatives ? curve.derivatives() : curve.values();
    all.insert(all.end(), values.begin(), values.end());
  }
  const std::vector<double> xs = Copy(response.x());
  const picture::Scale x = {xs.front(), xs.back()};
  Axes axes(canvas, {area, x, picture::Covering(all, 0.06),
                     derivatives ? "derivatives f′(x)" : "functions f(x)", "x", ""});
  axes.Horizontal(0, {picture::kMuted, 1.5});
  axes.Vertical(0, {picture::kMuted, 1.5});
  for (int i = 0; i < response.curves_size(); ++i) {
    const v1::ActivationCurve& curve = response.curves(i);
    axes.Line(xs, Copy(derivatives ? curve.derivatives() : curve.values()),
              {picture::ClassColour(i), 5});
  }
}

}  // namespace

std::string ActivationText(v1::DemoActivation activation) {
  if (activation == v1::DEMO_ACTIVATION_RELU) return "ReLU";
  if (activation == v1::DEMO_ACTIVATION_GELU) return "GELU";
  return Word(activation);
}

std::string RenderActivations(const v1::CompareActivationsResponse& response, const Page& page) {
  std::vector<std::vector<std::string>> rows;
  for (int i = 0; i < response.curves_size(); ++i) {
    const v1::ActivationCurve& curve = response.curves(i);
    const std::string name = ActivationText(curve.activation());
    rows.push_back(Row(name, curve.values(), i, page));
    rows.push_back(Row(name + "'", curve.derivatives(), i, page));
  }
  std::string text;
  if (response.x_size() > 0) {
    text = absl::StrCat("x from ", PlainText(response.x(0)), " to ",
                        PlainText(response.x(response.x_size() - 1)), ", ' for the derivative\n\n");
  }
  return absl::StrCat(text,
                      RenderTable({{"FUNCTION", Align::kLeft, 9},
                                   {"LOWEST", Align::kRight, 8},
                                   {"COURSE"},
                                   {"HIGHEST", Align::kRight, 8}},
                                  rows),
                      "\n", ValueTable(response, false), "\n", ValueTable(response, true));
}

picture::Canvas DrawActivations(const v1::CompareActivationsResponse& response) {
  picture::Canvas canvas;
  picture::Rect area = picture::DrawHeading(&canvas, "Activation functions", "");
  std::vector<picture::LegendEntry> legend;
  for (int i = 0; i < response.curves_size(); ++i) {
    legend.push_back(
        {ActivationText(response.curves(i).activation()), picture::ClassColour(i), {}});
  }
  picture::DrawLegendRow(&canvas, area, legend);
  area.top += picture::kLegendLine + 12;
  area.height -= picture::kLegendLine + 12;
  const std::vector<picture::Rect> panels = picture::Columns(area, 2, 32);
  if (response.x_size() > 1) {
    DrawPanel(&canvas, panels[0], response, false);
    DrawPanel(&canvas, panels[1], response, true);
  }
  return canvas;
}

}  // namespace percept::cli
