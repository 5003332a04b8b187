#include "client/cli/demo/gradient_descent_view.h"

#include <algorithm>
#include <cmath>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"

#include "client/cli/cell_plot.h"
#include "client/cli/format.h"
#include "client/cli/picture/axes.h"
#include "client/cli/picture/marker.h"
#include "client/cli/picture/slide.h"
#include "client/cli/render_values.h"
#include "client/cli/table.h"

namespace percept::cli {
namespace {

using Coefficients = google::protobuf::RepeatedField<double>;
using picture::Axes;
using picture::Scale;

constexpr int kCurvePoints = 400;
constexpr int kMostRows = 40;  // Of the table of steps.

double Value(const Coefficients& coefficients, double x) {
  double value = 0;
  for (int i = coefficients.size() - 1; i >= 0; --i) value = value * x + coefficients[i];
  return value;
}

// The curve over the positions of a descent.
struct Curve {
  Scale x;
  Scale y;
  std::vector<double> xs;
  std::vector<double> ys;
};

Curve CurveOf(const std::vector<const Descent*>& descents) {
  std::vector<double> positions;
  std::vector<double> values;
  for (const Descent* descent : descents) {
    for (const v1::ScalarStep& step : descent->response.steps()) {
      // Of what flies off only the beginning can be shown beside the rest.
      if (!(std::abs(step.x()) < 1e6)) break;
      positions.push_back(step.x());
      values.push_back(step.value());
    }
  }
  Curve curve;
  curve.x = picture::Covering(positions, 0.12);
  for (int i = 0; i <= kCurvePoints; ++i) {
    curve.xs.push_back(curve.x.min + curve.x.range() * i / kCurvePoints);
    curve.ys.push_back(Value(descents[0]->request.coefficients(), curve.xs.back()));
  }
  values.insert(values.end(), curve.ys.begin(), curve.ys.end());
  curve.y = picture::Covering(values, 0.06);
  return curve;
}

std::vector<const Descent*> Pointers(const std::vector<Descent>& descents) {
  std::vector<const Descent*> pointers;
  for (const Descent& descent : descents) pointers.push_back(&descent);
  return pointers;
}

// "start -2, η 0.1, μ 0.4".
std::string SettingsText(const Descent& descent, bool utf8) {
  const v1::OptimizeScalarRequest& request = descent.request;
  std::string text = absl::StrCat("start ", PlainText(request.start()), utf8 ? ", η " : ", eta ",
                                  PlainText(request.learning_rate()));
  if (request.momentum() != 0) {
    absl::StrAppend(&text, utf8 ? ", μ " : ", mu ", PlainText(request.momentum()));
  }
  return text;
}

std::string OutcomeText(const Descent& descent) {
  const auto& steps = descent.response.steps();
  if (steps.empty()) return "no step";
  const v1::ScalarStep& last = steps[steps.size() - 1];
  return absl::StrCat(CountText(last.step(), "step", "steps"),
                      " to x = ", absl::StrFormat("%.4g", last.x()),
                      ", y = ", absl::StrFormat("%.4g", last.value()),
                      descent.response.diverged() ? "; then it diverged" : "");
}

std::string StepTable(const Descent& descent) {
  const auto& steps = descent.response.steps();
  std::vector<std::vector<std::string>> rows;
  for (int i = 0; i < steps.size(); ++i) {
    if (steps.size() > kMostRows && i == kMostRows / 2) {
      i = steps.size() - kMostRows / 2;
      rows.push_back({"...", "", "", "", ""});
    }
    const auto number = [](double value) { return absl::StrFormat("%.6g", value); };
    rows.push_back({FormatCount(steps[i].step()), number(steps[i].x()), number(steps[i].value()),
                    number(steps[i].gradient()), number(steps[i].velocity())});
  }
  return RenderTable({{"STEP", Align::kRight},
                      {"X", Align::kRight, 10},
                      {"Y", Align::kRight, 10},
                      {"DY/DX", Align::kRight, 10},
                      {"VELOCITY", Align::kRight, 10}},
                     rows);
}

void DrawPanel(picture::Canvas* canvas, const picture::Rect& area, const Descent& descent,
               int index, bool is_first) {
  const Curve curve = CurveOf({&descent});
  Axes axes(canvas, {area, curve.x, curve.y, SettingsText(descent, /*utf8=*/true), "x",
                     is_first ? "y" : ""});
  axes.Line(curve.xs, curve.ys, {picture::kMuted, 4});
  const picture::Colour colour = picture::ClassColour(index);
  const auto& steps = descent.response.steps();
  for (int i = 0; i + 1 < steps.size(); ++i) {
    const picture::Point from = axes.At(steps[i].x(), steps[i].value());
    const picture::Point to = axes.At(steps[i + 1].x(), steps[i + 1].value());
    // A shorter one would be all head.
    if (!(std::hypot(to.x - from.x, to.y - from.y) > 26)) continue;
    axes.Arrow(steps[i].x(), steps[i].value(), steps[i + 1].x(), steps[i + 1].value(),
               {picture::WithOpacity(colour, 0.55), 3});
  }
  for (const v1::ScalarStep& step : steps) axes.Marker(step.x(), step.value(), 18, index);
  if (!steps.empty()) {
    axes.Ring(steps[0].x(), steps[0].value(), 17, {colour, 3});
    const v1::ScalarStep& last = steps[steps.size() - 1];
    axes.Ring(last.x(), last.value(), 17, {picture::kInk, 4});
  }
}

}  // namespace

std::string PolynomialText(const Coefficients& coefficients, bool utf8) {
  std::string text;
  for (int power = coefficients.size() - 1; power >= 0; --power) {
    const double coefficient = coefficients[power];
    if (coefficient == 0) continue;
    const std::string sign = coefficient < 0 ? (utf8 ? "−" : "-") : "+";
    if (text.empty()) {
      text = coefficient < 0 ? sign : "";
    } else {
      absl::StrAppend(&text, " ", sign, " ");
    }
    const double size = std::abs(coefficient);
    if (size != 1 || power == 0) absl::StrAppend(&text, PlainText(size));
    if (power > 0) absl::StrAppend(&text, "x");
    if (power > 1) {
      absl::StrAppend(&text, utf8 ? picture::Superscript(power) : absl::StrCat("^", power));
    }
  }
  return absl::StrCat("y = ", text.empty() ? "0" : text);
}

std::string RenderDescents(const std::vector<Descent>& descents, const Page& page) {
  const bool utf8 = page.terminal.utf8;
  const Curve curve = CurveOf(Pointers(descents));
  CellPlot plot(page, 20, curve.x, curve.y);
  plot.Trace(curve.xs, curve.ys, utf8 ? "·" : ".");
  for (size_t i = 0; i < descents.size(); ++i) {
    for (const v1::ScalarStep& step : descents[i].response.steps()) {
      plot.Mark(step.x(), step.value(), static_cast<int>(i));
    }
  }
  std::string text =
      absl::StrCat(PolynomialText(descents[0].request.coefficients(), utf8), "\n\n", plot.Render());
  for (size_t i = 0; i < descents.size(); ++i) {
    absl::StrAppend(&text, "\n", ColouredSign(static_cast<int>(i), page.terminal), " ",
                    SettingsText(descents[i], utf8), ": ", OutcomeText(descents[i]), "\n",
                    StepTable(descents[i]));
  }
  return text;
}

picture::Canvas DrawDescents(const std::vector<Descent>& descents) {
  picture::Canvas canvas;
  std::string outcome;
  for (const Descent& descent : descents) {
    absl::StrAppend(&outcome, outcome.empty() ? "" : ";  ", OutcomeText(descent));
  }
  const picture::Rect area = picture::DrawHeading(
      &canvas,
      absl::StrCat("Gradient descent on ",
                   PolynomialText(descents[0].request.coefficients(), /*utf8=*/true)),
      outcome);
  const int count = static_cast<int>(descents.size());
  const std::vector<picture::Rect> panels = picture::Columns(area, count, 24);
  for (size_t i = 0; i < descents.size(); ++i) {
    DrawPanel(&canvas, panels[i], descents[i], static_cast<int>(i), i == 0);
  }
  return canvas;
}

}  // namespace percept::cli
