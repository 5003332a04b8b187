#include "client/cli/inspect/latent_view.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <numeric>
#include <set>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"

#include "client/cli/cell_plot.h"
#include "client/cli/format.h"
#include "client/cli/picture/axes.h"
#include "client/cli/picture/marker.h"
#include "client/cli/picture/projection.h"
#include "client/cli/picture/slide.h"
#include "client/cli/plane.h"
#include "client/cli/render_values.h"
#include "client/cli/snapshot_heading.h"
#include "client/cli/table.h"

namespace percept::cli {
namespace {

using picture::Scale;

constexpr int kMostRows = 10;  // Examples in the table.
// More planes than these hide all else.
constexpr int kMostPlanes = 3;

// Coordinates of the examples and of the further points: the activations themselves, or where they
// were projected those on the principal components.
struct LatentSpace {
  int dimensions = 0;           // C.
  std::vector<float> examples;  // [B, C].
  std::vector<float> points;    // [B, C].
  std::vector<v1::DecisionPlane> planes;
  std::vector<std::string> names;  // Of the axes.
};

LatentSpace SpaceOf(const v1::LatentResponse& response) {
  LatentSpace space;
  if (response.has_projection()) {
    const v1::Projection& projection = response.projection();
    space.dimensions = projection.components();
    space.examples.assign(projection.example_coordinates().begin(),
                          projection.example_coordinates().end());
    space.points.assign(projection.point_coordinates().begin(),
                        projection.point_coordinates().end());
    space.planes.assign(projection.planes().begin(), projection.planes().end());
    for (int axis = 0; axis < space.dimensions; ++axis) {
      space.names.push_back(absl::StrCat("PC", axis + 1));
    }
    return space;
  }
  space.dimensions = response.units();
  space.examples.assign(response.example_activations().begin(),
                        response.example_activations().end());
  space.points.assign(response.point_activations().begin(), response.point_activations().end());
  space.planes.assign(response.planes().begin(), response.planes().end());
  for (int axis = 0; axis < space.dimensions; ++axis) {
    space.names.push_back(absl::StrCat("h", axis));
  }
  return space;
}

// The class that an example is drawn as: its own, or where it has none the predicted one.
int LabelOf(const v1::Prediction& prediction) {
  return prediction.has_true_label() ? prediction.true_label() : prediction.label();
}

std::vector<double> Coordinate(const std::vector<float>& values, int dimensions, int axis) {
  std::vector<double> coordinate;
  for (size_t i = static_cast<size_t>(axis); i < values.size();
       i += static_cast<size_t>(dimensions)) {
    coordinate.push_back(values[i]);
  }
  return coordinate;
}

Scale AxisScale(const v1::LatentResponse& response, const LatentSpace& space, int axis) {
  const bool is_projected = response.has_projection();
  if (!is_projected && response.has_activation_range()) {
    const double min = response.activation_range().min();
    const double max = response.activation_range().max();
    const double margin = 0.05 * (max - min);
    if (max > min) return {min - margin, max + margin};
  }
  std::vector<double> all = Coordinate(space.examples, space.dimensions, axis);
  const std::vector<double> points = Coordinate(space.points, space.dimensions, axis);
  all.insert(all.end(), points.begin(), points.end());
  return picture::Covering(all);
}

std::vector<int> ClassesIn(const v1::LatentResponse& response) {
  std::set<int> labels;
  for (const v1::Prediction& prediction : response.example_predictions()) {
    labels.insert(LabelOf(prediction));
  }
  return {labels.begin(), labels.end()};
}

// "layer 0, 64 units, projected on 3 principal components that hold 0.83 of the variance".
std::string LayerText(const v1::LatentResponse& response) {
  std::string text = absl::StrCat("hidden layer ", response.layer(), ", ",
                                  CountText(response.units(), "unit", "units"));
  if (!response.has_projection()) return text;
  const v1::Projection& projection = response.projection();
  const double held = std::accumulate(projection.variance_shares().begin(),
                                      projection.variance_shares().end(), 0.0);
  return absl::StrCat(
      text, ", on ",
      CountText(projection.components(), "principal component", "principal components"), " with ",
      absl::StrFormat("%.0f", held * 100), " % of the variance");
}

void DrawInTwo(picture::Canvas* canvas, const picture::Rect& area,
               const v1::LatentResponse& response, const LatentSpace& space,
               const LatentOptions& options) {
  const bool has_second = space.dimensions > 1;
  const Scale y = has_second ? AxisScale(response, space, 1)
                             : Scale{-0.5, std::max(1, response.example_predictions_size()) - 0.5};
  picture::Axes axes(canvas, {area, AxisScale(response, space, 0), y, "", space.names[0],
                              has_second ? space.names[1] : "example"});
  const auto stride = static_cast<size_t>(space.dimensions);
  const auto at_y = [&](const std::vector<float>& values, size_t i) {
    return has_second ? values[i * stride + 1] : static_cast<double>(i);
  };
  if (options.has_planes && space.dimensions == 2 && space.planes.size() <= kMostPlanes) {
    for (const v1::DecisionPlane& plane : space.planes) {
      axes.Boundary(plane.weights(0), plane.weights(1), plane.offset(),
                    {picture::ClassColour(plane.label()), 4});
    }
  }
  for (int i = 0; i < response.example_predictions_size(); ++i) {
    const auto index = static_cast<size_t>(i);
    axes.Marker(space.examples[index * stride], at_y(space.examples, index), 18,
                LabelOf(response.example_predictions(i)));
  }
  std::vector<double> xs = Coordinate(space.points, space.dimensions, 0);
  if (has_second && !xs.empty()) {
    axes.Line(xs, Coordinate(space.points, space.dimensions, 1), {picture::kInk, 5});
  }
  axes.Frame();
}

void DrawInThree(picture::Canvas* canvas, const picture::Rect& area,
                 const v1::LatentResponse& response, const LatentSpace& space,
                 const LatentOptions& options) {
  picture::Projection projection(
      canvas, area,
      {AxisScale(response, space, 0), AxisScale(response, space, 1), AxisScale(response, space, 2)},
      options.azimuth, options.elevation);
  projection.DrawBox({space.names[0], space.names[1], space.names[2]});
  if (options.has_planes && space.planes.size() <= kMostPlanes) {
    for (const v1::DecisionPlane& plane : space.planes) {
      const picture::Colour colour = picture::ClassColour(plane.label());
      projection.DrawPlane({{plane.weights(0), plane.weights(1), plane.weights(2)}, plane.offset()},
                           picture::WithOpacity(colour, picture::kRegionOpacity), {colour, 3});
    }
  }
  const auto position = [](const std::vector<float>& values, size_t i) {
    return picture::Vector3{values[3 * i], values[3 * i + 1], values[3 * i + 2]};
  };
  // The farther ones first, so that nearer ones cover them.
  std::vector<size_t> order(static_cast<size_t>(response.example_predictions_size()));
  std::iota(order.begin(), order.end(), size_t{0});
  std::stable_sort(order.begin(), order.end(), [&](size_t a, size_t b) {
    return projection.Depth(position(space.examples, a)) <
           projection.Depth(position(space.examples, b));
  });
  for (const size_t i : order) {
    picture::DrawMarker(canvas, projection.At(position(space.examples, i)), 18,
                        LabelOf(response.example_predictions(static_cast<int>(i))));
  }
  std::vector<picture::Point> path;
  for (size_t i = 0; i < space.points.size() / 3; ++i) {
    path.push_back(projection.At(position(space.points, i)));
  }
  if (path.empty()) return;
  canvas->Line(path, {picture::kInk, 5});
  canvas->Ring(path.front(), 13, {picture::kInk, 4});
  canvas->Disc(path.back(), 11, picture::kInk);
}

std::string ExampleTable(const v1::LatentResponse& response, const LatentSpace& space) {
  std::vector<Column> columns = {
      {"INDEX", Align::kRight}, {"LABEL", Align::kRight}, {"PREDICTED", Align::kRight}};
  for (const std::string& name : space.names) columns.push_back({name, Align::kRight, 8});
  std::vector<std::vector<std::string>> rows;
  for (int i = 0; i < std::min(response.example_predictions_size(), kMostRows); ++i) {
    const v1::Prediction& prediction = response.example_predictions(i);
    std::vector<std::string> row = {
        prediction.has_example_index() ? FormatCount(prediction.example_index())
                                       : std::string(kNone),
        prediction.has_true_label() ? absl::StrCat(prediction.true_label()) : std::string(kNone),
        absl::StrCat(prediction.label())};
    for (int axis = 0; axis < space.dimensions; ++axis) {
      row.push_back(absl::StrFormat(
          "%.4f", space.examples[static_cast<size_t>(i * space.dimensions + axis)]));
    }
    rows.push_back(std::move(row));
  }
  std::string table = RenderTable(columns, rows);
  const int left = response.example_predictions_size() - kMostRows;
  if (left > 0) absl::StrAppend(&table, "... and ", FormatCount(left), " more\n");
  return table;
}

// A number of a sum, with its sign: " 2.4" or " -2.4" at the beginning, " + 2.4" or " - 2.4" later.
std::string Term(double value, bool is_first) {
  if (is_first) return absl::StrFormat(" %.4g", value);
  return absl::StrFormat(" %c %.4g", std::signbit(value) ? '-' : '+', std::abs(value));
}

std::string PlaneLines(const LatentSpace& space, const Terminal& terminal) {
  std::string text;
  for (const v1::DecisionPlane& plane : space.planes) {
    absl::StrAppend(&text, "plane of ", ClassText(plane.label(), terminal), ":");
    for (int axis = 0; axis < space.dimensions; ++axis) {
      absl::StrAppend(&text, Term(plane.weights(axis), axis == 0), " ",
                      space.names[static_cast<size_t>(axis)]);
    }
    absl::StrAppend(&text, Term(plane.offset(), /*is_first=*/false), " = 0\n");
  }
  return text;
}

}  // namespace

absl::Status CheckLatent(const v1::LatentResponse& response) {
  const bool is_projected = response.has_projection();
  const int64_t dimensions = is_projected ? response.projection().components() : response.units();
  const int64_t examples = is_projected ? response.projection().example_coordinates_size()
                                        : response.example_activations_size();
  const int64_t points = is_projected ? response.projection().point_coordinates_size()
                                      : response.point_activations_size();
  bool is_whole = dimensions >= 1 && examples == dimensions * response.example_predictions_size() &&
                  points == dimensions * response.point_predictions_size();
  const auto& planes = is_projected ? response.projection().planes() : response.planes();
  for (const v1::DecisionPlane& plane : planes) {
    is_whole = is_whole && plane.weights_size() == dimensions;
  }
  return is_whole
             ? absl::OkStatus()
             : absl::InternalError("the server sent another number of activations than it says");
}

std::string RenderLatent(const std::string& job, const v1::LatentResponse& response,
                         const Page& page) {
  const LatentSpace space = SpaceOf(response);
  const bool has_second = space.dimensions > 1;
  const Scale y = has_second ? AxisScale(response, space, 1) : Scale{-1, 1};
  CellPlot plot(page, 24, AxisScale(response, space, 0), y);
  const std::vector<double> xs = Coordinate(space.examples, space.dimensions, 0);
  const std::vector<double> ys =
      has_second ? Coordinate(space.examples, space.dimensions, 1) : std::vector<double>(xs.size());
  for (size_t i = 0; i < xs.size(); ++i) {
    plot.Mark(xs[i], ys[i], LabelOf(response.example_predictions(static_cast<int>(i))));
  }
  std::string axes = absl::StrCat(space.names[0], " to the right");
  if (has_second) absl::StrAppend(&axes, ", ", space.names[1], " upwards");
  // A table of more columns than these nobody reads.
  const bool has_table = space.dimensions <= 6;
  return absl::StrCat(SnapshotHeading(job, response.snapshot_index()), "\n", LayerText(response),
                      "\n", axes, "\n\n", plot.Render(), "\n",
                      ClassLegend(ClassesIn(response), page),
                      has_table ? PlaneLines(space, page.terminal) : "",
                      has_table ? "\n" + ExampleTable(response, space) : "");
}

void DrawLatentSpace(picture::Canvas* canvas, const picture::Rect& area,
                     const v1::LatentResponse& response, const LatentOptions& options) {
  const LatentSpace space = SpaceOf(response);
  if (space.dimensions == 3) {
    DrawInThree(canvas, area, response, space, options);
  } else {
    DrawInTwo(canvas, area, response, space, options);
  }
}

picture::Canvas DrawLatent(const std::string& job, const v1::LatentResponse& response,
                           const LatentOptions& options) {
  picture::Canvas canvas;
  const picture::Rect area = picture::DrawHeading(
      &canvas, "How the network sees the data",
      absl::StrCat(SnapshotHeading(job, response.snapshot_index()), ",  ", LayerText(response)));
  std::vector<picture::LegendEntry> legend;
  for (const int label : ClassesIn(response)) {
    legend.push_back({absl::StrCat("class ", label), picture::ClassColour(label), label});
  }
  const double side = picture::LegendWidth(canvas, legend) + 40;
  DrawLatentSpace(&canvas, {area.left, area.top, area.width - side, area.height}, response,
                  options);
  picture::DrawLegend(&canvas, {area.right() - side + 30, area.top + 20, side, area.height},
                      legend);
  return canvas;
}

}  // namespace percept::cli
