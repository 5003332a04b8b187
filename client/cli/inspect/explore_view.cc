#include "client/cli/inspect/explore_view.h"

#include <algorithm>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"

#include "client/cli/cell_plot.h"
#include "client/cli/format.h"
#include "client/cli/inspect/decision_regions.h"
#include "client/cli/inspect/latent_view.h"
#include "client/cli/inspect/search_view.h"
#include "client/cli/picture/slide.h"
#include "client/cli/plane.h"
#include "client/cli/render_pictures.h"
#include "client/cli/render_values.h"
#include "client/cli/snapshot_heading.h"
#include "client/cli/table.h"

namespace percept::cli {
namespace {

constexpr int kMostInputs = 4;  // Columns of the table of steps.
constexpr int kMostRows = 12;

const v1::ExploreStep& First(const Exploration& exploration) {
  return exploration.response.steps(0);
}
const v1::ExploreStep& Last(const Exploration& exploration) {
  return exploration.response.steps(exploration.response.steps_size() - 1);
}

std::vector<ClassCourse> Courses(const Exploration& exploration) {
  std::vector<ClassCourse> courses;
  for (const int label :
       {exploration.response.result().original_label(), exploration.target_label}) {
    ClassCourse course = {label, {}};
    for (const v1::ExploreStep& step : exploration.response.steps()) {
      if (label >= 0 && label < step.probabilities_size()) {
        course.probabilities.push_back(step.probabilities(label));
      }
    }
    courses.push_back(std::move(course));
  }
  return courses;
}

std::string OutcomeText(const Exploration& exploration) {
  const v1::ExploreResult& result = exploration.response.result();
  const std::string steps = CountText(result.steps(), "step", "steps");
  if (!result.has_flip_step()) {
    return absl::StrCat("class ", exploration.target_label, " did not lead within ", steps);
  }
  return absl::StrCat("class ", exploration.target_label, " leads from step ", result.flip_step(),
                      " on; ", steps, " made");
}

// The inputs on the grid's axes at each step.
struct Path {
  std::vector<double> xs;
  std::vector<double> ys;
};

Path PathOf(const Exploration& exploration) {
  Path path;
  for (const v1::ExploreStep& step : exploration.response.steps()) {
    path.xs.push_back(step.inputs(exploration.grid->x_input()));
    path.ys.push_back(step.inputs(exploration.grid->y_input()));
  }
  return path;
}

Alteration AlterationOf(const Exploration& exploration) {
  const auto& original = First(exploration).inputs();
  const auto& altered = Last(exploration).inputs();
  Alteration alteration;
  alteration.shape = exploration.response.image_shape();
  alteration.original = absl::MakeConstSpan(original.data(), static_cast<size_t>(original.size()));
  alteration.altered.assign(altered.begin(), altered.end());
  for (int i = 0; i < original.size(); ++i) {
    alteration.difference.push_back(altered[i] - original[i]);
  }
  const v1::ExploreResult& result = exploration.response.result();
  alteration.original_caption = absl::StrCat("start: class ", result.original_label());
  alteration.altered_caption = absl::StrCat("end: class ", result.final_label());
  return alteration;
}

bool IsImage(const Exploration& exploration) {
  return IsPicture(exploration.response.image_shape(), First(exploration).inputs_size());
}

std::string StepTable(const Exploration& exploration) {
  const auto& steps = exploration.response.steps();
  const int inputs = std::min(First(exploration).inputs_size(), kMostInputs);
  std::vector<Column> columns = {{"STEP", Align::kRight}};
  for (int d = 0; d < inputs; ++d) columns.push_back({InputName(d), Align::kRight, 8});
  for (const ClassCourse& course : Courses(exploration)) {
    columns.push_back({absl::StrCat("P(", course.label, ")"), Align::kRight});
  }
  std::vector<std::vector<std::string>> rows;
  const int shown = std::min(steps.size(), kMostRows);
  for (int row = 0; row < shown; ++row) {
    const int i = shown > 1 ? row * (steps.size() - 1) / (shown - 1) : 0;
    std::vector<std::string> cells = {FormatCount(steps[i].step())};
    for (int d = 0; d < inputs; ++d) cells.push_back(absl::StrFormat("%.4f", steps[i].inputs(d)));
    for (const ClassCourse& course : Courses(exploration)) {
      cells.push_back(FormatAccuracy(course.probabilities[static_cast<size_t>(i)]));
    }
    rows.push_back(std::move(cells));
  }
  return RenderTable(columns, rows);
}

void DrawPath(picture::Canvas* canvas, const picture::Rect& area, const Exploration& exploration) {
  const v1::DecisionGridResponse& grid = *exploration.grid;
  const Plane plane = PlaneOfGrid(grid);
  picture::Axes axes(canvas, {area, plane.x, plane.y, "inputs", InputName(grid.x_input()),
                              InputName(grid.y_input()), /*has_grid=*/false});
  FillGrid(&axes, grid);
  const Path path = PathOf(exploration);
  axes.Line(path.xs, path.ys, {picture::kInk, 5});
  axes.Marker(path.xs.front(), path.ys.front(), 26, exploration.response.result().original_label());
  axes.Ring(path.xs.front(), path.ys.front(), 20, {picture::kInk, 3});
  axes.Marker(path.xs.back(), path.ys.back(), 26, exploration.response.result().final_label());
  axes.Frame();
}

}  // namespace

absl::Status CheckExploration(const Exploration& exploration) {
  const auto& steps = exploration.response.steps();
  bool is_whole = exploration.response.has_result() && !steps.empty();
  const int original = exploration.response.result().original_label();
  for (const v1::ExploreStep& step : steps) {
    is_whole = is_whole && step.inputs_size() == steps[0].inputs_size() &&
               original < step.probabilities_size() &&
               exploration.target_label < step.probabilities_size();
  }
  if (is_whole && exploration.grid) {
    is_whole =
        std::max(exploration.grid->x_input(), exploration.grid->y_input()) < steps[0].inputs_size();
  }
  return is_whole ? absl::OkStatus()
                  : absl::InternalError("the server sent steps of another size than the first");
}

std::string RenderExploration(const Exploration& exploration, const Page& page) {
  std::string text = absl::StrCat(
      SnapshotHeading(exploration.job, exploration.response.snapshot_index()), "\nfrom class ",
      exploration.response.result().original_label(), " to class ", exploration.target_label, ": ",
      OutcomeText(exploration), "\n\n", RenderCourses(Courses(exploration), page), "\n");
  if (exploration.grid) {
    const Plane plane = PlaneOfGrid(*exploration.grid);
    CellPlot plot(page, 22, plane.x, plane.y);
    plot.FillRegions([&](double x, double y) { return LabelAt(*exploration.grid, x, y); });
    const Path path = PathOf(exploration);
    for (size_t i = 1; i < path.xs.size(); ++i) {
      plot.Put(path.xs[i], path.ys[i], page.terminal.utf8 ? "●" : "@");
    }
    plot.Put(path.xs[0], path.ys[0], "S");
    absl::StrAppend(&text, plot.Render(), "\nS start, ", page.terminal.utf8 ? "●" : "@", " steps\n",
                    RegionLegend(Labels(*exploration.grid), page), "\n");
  }
  if (IsImage(exploration) && exploration.response.image_shape().width() <= page.width) {
    absl::StrAppend(&text, RenderAlteration(AlterationOf(exploration), page));
    return text;
  }
  return text + StepTable(exploration);
}

picture::Canvas DrawExploration(const Exploration& exploration) {
  picture::Canvas canvas;
  const v1::ExploreResult& result = exploration.response.result();
  const picture::Rect area = picture::DrawHeading(
      &canvas,
      absl::StrCat("Following the gradient on the input, from class ", result.original_label(),
                   " to class ", exploration.target_label),
      absl::StrCat(SnapshotHeading(exploration.job, exploration.response.snapshot_index()), ",  ",
                   OutcomeText(exploration)));
  const int flip = result.has_flip_step() ? result.flip_step() : -1;
  if (IsImage(exploration)) {
    const double upper = area.height * 0.52;
    DrawAlteration(&canvas, {area.left, area.top, area.width, upper}, AlterationOf(exploration));
    DrawCourses(&canvas, {area.left, area.top + upper + 20, area.width, area.height - upper - 20},
                Courses(exploration), flip);
    return canvas;
  }
  const int panels = 1 + (exploration.grid ? 1 : 0) + (exploration.latent ? 1 : 0);
  const std::vector<picture::Rect> columns = picture::Columns(area, panels, 30);
  size_t next = 0;
  if (exploration.grid) DrawPath(&canvas, columns[next++], exploration);
  if (exploration.latent) {
    DrawLatentSpace(&canvas, columns[next++], *exploration.latent, LatentOptions());
  }
  DrawCourses(&canvas, columns[next], Courses(exploration), flip);
  return canvas;
}

}  // namespace percept::cli
