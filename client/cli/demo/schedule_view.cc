#include "client/cli/demo/schedule_view.h"

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"

#include "client/cli/cell_plot.h"
#include "client/cli/format.h"
#include "client/cli/picture/axes.h"
#include "client/cli/picture/slide.h"
#include "client/cli/render_values.h"
#include "client/cli/table.h"

namespace percept::cli {
namespace {

using picture::Scale;

constexpr int kTableRows = 11;

std::string NameOf(const v1::ScheduleRequest& request, bool utf8) {
  switch (request.schedule_case()) {
    case v1::ScheduleRequest::kStep:
      return absl::StrCat("step, ", utf8 ? "γ " : "gamma ", PlainText(request.step().gamma()),
                          utf8 ? ", σ " : ", sigma ", FormatCount(request.step().sigma()));
    case v1::ScheduleRequest::kInverse:
      return absl::StrCat("inverse, ", utf8 ? "γ " : "gamma ", PlainText(request.inverse().gamma()),
                          utf8 ? ", ρ " : ", rho ", PlainText(request.inverse().rho()));
    default:
      return "constant";
  }
}

std::vector<double> Steps(const SampledSchedule& schedule) {
  return {schedule.response.steps().begin(), schedule.response.steps().end()};
}

std::vector<double> Rates(const SampledSchedule& schedule) {
  return {schedule.response.learning_rates().begin(), schedule.response.learning_rates().end()};
}

struct Scales {
  Scale x;
  Scale y;
};

// From 0, so that a rate that falls to half is seen to.
Scales ScalesOf(const std::vector<SampledSchedule>& schedules) {
  double last = 1;
  double highest = 0;
  for (const SampledSchedule& schedule : schedules) {
    for (const double step : Steps(schedule)) last = std::max(last, step);
    for (const double rate : Rates(schedule)) highest = std::max(highest, rate);
  }
  return {{0, last}, {0, highest > 0 ? highest * 1.08 : 1}};
}

}  // namespace

std::string RenderSchedules(const std::vector<SampledSchedule>& schedules, const Page& page) {
  const Scales scales = ScalesOf(schedules);
  CellPlot plot(page, 18, scales.x, scales.y);
  std::vector<Column> columns = {{"UPDATE", Align::kRight}};
  for (size_t i = 0; i < schedules.size(); ++i) {
    plot.Line(Steps(schedules[i]), Rates(schedules[i]), static_cast<int>(i));
    columns.push_back({absl::StrCat(Sign(static_cast<int>(i), page.terminal.utf8), " ",
                                    NameOf(schedules[i].request, page.terminal.utf8)),
                       Align::kRight});
  }
  std::vector<std::vector<std::string>> rows;
  const int points = schedules[0].response.steps_size();
  const int shown = std::min(points, kTableRows);
  for (int row = 0; row < shown; ++row) {
    const int at = shown > 1 ? row * (points - 1) / (shown - 1) : 0;
    std::vector<std::string> cells = {FormatCount(schedules[0].response.steps(at))};
    for (const SampledSchedule& schedule : schedules) {
      // All are sampled at the same updates.
      cells.push_back(at < schedule.response.learning_rates_size()
                          ? absl::StrFormat("%.4g", schedule.response.learning_rates(at))
                          : std::string(kNone));
    }
    rows.push_back(std::move(cells));
  }
  return absl::StrCat("learning rate over the updates\n\n", plot.Render(), "\n",
                      RenderTable(columns, rows));
}

picture::Canvas DrawSchedules(const std::vector<SampledSchedule>& schedules) {
  picture::Canvas canvas;
  picture::Rect area = picture::DrawHeading(&canvas, "Learning-rate schedules", "");
  std::vector<picture::LegendEntry> legend;
  for (size_t i = 0; i < schedules.size(); ++i) {
    legend.push_back({NameOf(schedules[i].request, /*utf8=*/true),
                      picture::ClassColour(static_cast<int>(i)),
                      {}});
  }
  picture::DrawLegendRow(&canvas, area, legend);
  area.top += picture::kLegendLine + 12;
  area.height -= picture::kLegendLine + 12;
  const Scales scales = ScalesOf(schedules);
  picture::Axes axes(&canvas, {area, scales.x, scales.y, "", "update τ", "learning rate η"});
  for (size_t i = 0; i < schedules.size(); ++i) {
    axes.Line(Steps(schedules[i]), Rates(schedules[i]),
              {picture::ClassColour(static_cast<int>(i)), 5});
  }
  return canvas;
}

}  // namespace percept::cli
