#include <memory>
#include <optional>
#include <string>

#include "client/cli/commands.h"
#include "client/cli/demo/manual_classifier_view.h"
#include "client/cli/parse.h"
#include "client/cli/read_points.h"
#include "client/cli/show.h"

namespace percept::cli {
namespace {

// As many as the service names wrong ones of.
constexpr int kMostPoints = 10'000;

struct Options {
  std::string dataset;
  std::optional<v1::Split> split;
  double a = 0;
  double b = 0;
  double c = 0;
  std::string output;
};

absl::StatusOr<ExitCode> Run(Session& session, const Options& options) {
  v1::ManualClassifierRequest request;
  request.set_dataset(options.dataset);
  request.set_split(options.split.value_or(v1::SPLIT_TRAIN));
  request.set_a(options.a);
  request.set_b(options.b);
  request.set_c(options.c);
  const absl::StatusOr<v1::ManualClassifierResponse> response =
      session.client().ManualClassifier(request);
  if (!response.ok()) return response.status();
  // Programs read them for themselves, by `dataset examples`.
  absl::StatusOr<Points> points = Points();
  if (!session.json() || !options.output.empty()) {
    points = ReadPoints(session, options.dataset, request.split(), kMostPoints);
    if (!points.ok()) return points.status();
  }
  return Show(
      session, options.output, *response,
      [&](const Page& page) { return RenderManualClassifier(request, *response, *points, page); },
      [&] { return DrawManualClassifier(request, *response, *points); });
}

}  // namespace

void AddDemoManualClassifier(CLI::App& parent, Action* chosen) {
  const auto options = std::make_shared<Options>();
  CLI::App* command =
      AddCommand(parent, "manual-classifier",
                 "Measures the line a*x + b*y + c = 0, set by hand, as a classifier of a data set "
                 "with two classes. Points on it and on its positive side are taken for class 1.",
                 "percept demo manual-classifier two-normals --a 1 --b -1 --c 0.5");
  AddDatasetArgument(command, &options->dataset);
  AddEnum(command, "--split", &options->split, "Which split. Default train.");
  AddParsed(command, "--a", &options->a, "F", "Factor of x. Default 0.", ParseNumber<double>);
  AddParsed(command, "--b", &options->b, "F", "Factor of y. Default 0.", ParseNumber<double>);
  AddParsed(command, "--c", &options->c, "F", "The constant. Default 0.", ParseNumber<double>);
  AddPicture(command, &options->output);
  command->callback([options, chosen] {
    *chosen = [options](Session& session) { return Run(session, *options); };
  });
}

}  // namespace percept::cli
