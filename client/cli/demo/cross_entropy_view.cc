#include "client/cli/demo/cross_entropy_view.h"

#include <algorithm>
#include <cmath>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"

#include "client/cli/format.h"
#include "client/cli/picture/axes.h"
#include "client/cli/picture/slide.h"
#include "client/cli/progress_bar.h"
#include "client/cli/table.h"

namespace percept::cli {
namespace {

using picture::Axes;

constexpr int kMostRows = 50;
constexpr int kBar = 16;

std::string FigureText(double value) {
  return std::isinf(value) ? "infinite" : absl::StrCat(FormatLoss(value), " nats");
}

std::vector<std::pair<std::string, std::string>> Figures(const v1::CrossEntropyResponse& response,
                                                         bool utf8) {
  return {{"H(p)", FigureText(response.entropy_p())},
          {"H(q)", FigureText(response.entropy_q())},
          {"H(p, q)", FigureText(response.cross_entropy())},
          {utf8 ? "KL(p‖q)" : "KL(p||q)", FigureText(response.divergence())}};
}

std::string Bar(double share, picture::Colour colour, const Page& page) {
  const std::string bar = ProgressBar(std::clamp(share, 0.0, 1.0), kBar, page.terminal.utf8);
  return Coloured(bar, colour, page.terminal);
}

}  // namespace

std::string RenderCrossEntropy(const v1::CrossEntropyRequest& request,
                               const v1::CrossEntropyResponse& response, const Page& page) {
  const int classes = std::min(request.p_size(), request.q_size());
  std::vector<std::vector<std::string>> rows;
  for (int k = 0; k < std::min(classes, kMostRows); ++k) {
    const double term = k < response.terms_size() ? response.terms(k) : 0;
    rows.push_back({absl::StrCat(k), FormatAccuracy(request.p(k)),
                    Bar(request.p(k), picture::ClassColour(0), page), FormatAccuracy(request.q(k)),
                    Bar(request.q(k), picture::ClassColour(1), page),
                    std::isinf(term) ? "infinite" : FormatLoss(term)});
  }
  std::string text = RenderTable({{"CLASS", Align::kRight},
                                  {"p", Align::kRight},
                                  {""},
                                  {"q", Align::kRight},
                                  {""},
                                  {"-p log q", Align::kRight}},
                                 rows);
  if (classes > kMostRows) absl::StrAppend(&text, "... and ", classes - kMostRows, " more\n");
  return absl::StrCat(text, "\n", RenderFields(Figures(response, page.terminal.utf8)));
}

picture::Canvas DrawCrossEntropy(const v1::CrossEntropyRequest& request,
                                 const v1::CrossEntropyResponse& response) {
  picture::Canvas canvas;
  const picture::Rect area = picture::DrawHeading(&canvas, "Entropy and cross-entropy",
                                                  "H(p, q) = −Σ p log q = H(p) + KL(p‖q)");
  constexpr double kSide = 470;  // For the figures.
  const int classes = std::min(request.p_size(), request.q_size());
  const double highest = std::max(*std::max_element(request.p().begin(), request.p().end()),
                                  *std::max_element(request.q().begin(), request.q().end()));
  Axes axes(&canvas, {{area.left, area.top, area.width - kSide, area.height},
                      {-0.6, classes - 0.4},
                      {0, std::min(1.0, highest * 1.1)},
                      "",
                      "class",
                      "probability",
                      /*has_grid=*/false,
                      /*has_whole_x=*/true});
  for (int k = 0; k < classes; ++k) {
    axes.Bar(k - 0.2, 0.36, 0, request.p(k), picture::ClassColour(0));
    axes.Bar(k + 0.2, 0.36, 0, request.q(k), picture::ClassColour(1));
  }
  axes.Frame();
  const double left = area.right() - kSide + 50;
  picture::DrawLegend(&canvas, {left, area.top + 20, kSide, 200},
                      {{"p, what holds", picture::ClassColour(0), 4},
                       {"q, what is assumed", picture::ClassColour(1), 4}});
  double y = area.top + 190;
  for (const auto& [name, value] : Figures(response, /*utf8=*/true)) {
    canvas.Text({left, y}, name, {30, picture::kMuted});
    canvas.Text({left, y + 50}, value, {40, picture::kInk, /*bold=*/true});
    y += 130;
  }
  return canvas;
}

}  // namespace percept::cli
