#include <algorithm>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"

#include "client/cli/commands.h"
#include "client/cli/format.h"
#include "client/cli/inspect/explore_view.h"
#include "client/cli/inspect/latent_view.h"
#include "client/cli/inspect/plane_points.h"
#include "client/cli/inspect/start.h"
#include "client/cli/interrupt.h"
#include "client/cli/parse.h"
#include "client/cli/progress_display.h"
#include "client/cli/show.h"

namespace percept::cli {
namespace {

constexpr int kDefaultSteps = 100;
// Spaces of more dimensions than these, and inputs, cannot be drawn.
constexpr int kMostLatentUnits = 3;
constexpr int kMostPlaneInputs = 3;

struct Options {
  StartOptions start;
  std::optional<double> step_size;
  int32_t max_steps = kDefaultSteps;
  std::string output;
};

// Follows the path to its end; with --json prints each message as it comes.
absl::Status Follow(Session& session, const v1::ExploreRequest& request, v1::ExploreResponse* all) {
  const InterruptGuard guard(&session.cancellation());
  ProgressDisplay<StepsView> display(session.err(), session.quiet());
  return session.client().Explore(request, [&](const v1::ExploreResponse& response) {
    if (session.json()) {
      display.Clear();
      session.PrintJson(response);
    }
    all->MergeFrom(response);
    if (!response.steps().empty()) {
      const v1::ExploreStep& step = response.steps(response.steps_size() - 1);
      const int target = request.target_label();
      const double probability =
          target < step.probabilities_size() ? step.probabilities(target) : 0;
      display.Show({"exploring", step.step(), request.max_steps(),
                    absl::StrCat("probability ", FormatAccuracy(probability))});
    }
    return absl::OkStatus();
  });
}

// The decisions in the plane of the path, where the inputs have one.
absl::Status AddGrid(Session& session, const std::string& snapshot, Exploration* exploration) {
  const auto& steps = exploration->response.steps();
  if (steps[0].inputs_size() > kMostPlaneInputs) return absl::OkStatus();
  const auto path = [&steps](const v1::DecisionGridResponse& grid) {
    std::vector<Point2> points;
    for (const v1::ExploreStep& step : steps) {
      if (std::max(grid.x_input(), grid.y_input()) >= step.inputs_size()) continue;
      points.push_back({step.inputs(grid.x_input()), step.inputs(grid.y_input())});
    }
    return points;
  };
  absl::StatusOr<v1::DecisionGridResponse> grid = GridHolding(session, snapshot, path);
  if (absl::IsInvalidArgument(grid.status())) return absl::OkStatus();  // More inputs vary.
  if (!grid.ok()) return grid.status();
  exploration->grid = *std::move(grid);
  return CheckExploration(*exploration);
}

// The path among the data as the last hidden layer sees them.
absl::Status AddLatent(Session& session, const std::string& snapshot, Exploration* exploration) {
  const int units = exploration->response.steps(0).latent_size();
  if (units < 2 || units > kMostLatentUnits) return absl::OkStatus();
  v1::LatentRequest request;
  request.set_snapshot(snapshot);
  for (const v1::ExploreStep& step : exploration->response.steps()) {
    for (const float value : step.inputs()) request.mutable_points()->add_values(value);
  }
  absl::StatusOr<v1::LatentResponse> latent = session.client().Latent(request);
  if (!latent.ok()) return latent.status();
  const absl::Status status = CheckLatent(*latent);
  if (!status.ok()) return status;
  exploration->latent = *std::move(latent);
  return absl::OkStatus();
}

absl::StatusOr<ExitCode> Run(Session& session, const Options& options) {
  const absl::StatusOr<Start> start = SettleStart(session, options.start);
  if (!start.ok()) return start.status();
  v1::ExploreRequest request;
  request.set_snapshot(start->snapshot);
  *request.mutable_start() = start->point;
  request.set_target_label(start->target_label);
  if (options.step_size) request.set_step_size(*options.step_size);
  request.set_max_steps(options.max_steps);
  Exploration exploration;
  exploration.job = options.start.snapshot.job;
  exploration.target_label = start->target_label;
  absl::Status status = Follow(session, request, &exploration.response);
  if (status.ok()) status = CheckExploration(exploration);
  if (session.json() && options.output.empty()) {
    if (!status.ok()) return status;
    return ExitCode::kOk;
  }
  if (status.ok()) status = AddGrid(session, start->snapshot, &exploration);
  if (status.ok() && !options.output.empty()) {
    status = AddLatent(session, start->snapshot, &exploration);
  }
  if (!status.ok()) return status;
  return Show(
      session, options.output, [] {},
      [&](const Page& page) { return RenderExploration(exploration, page); },
      [&] { return DrawExploration(exploration); });
}

}  // namespace

void AddInspectExplore(CLI::App& parent, Action* chosen) {
  const auto options = std::make_shared<Options>();
  CLI::App* command = AddCommand(
      parent, "explore",
      "Follows the gradient on the input towards another class. With --json each message of the "
      "stream is a line.",
      "percept inspect explore 7f3k9m2p0q --index 5\n"
      "percept inspect explore 7f3k9m2p0q --values 7,7 --target 1 -o path.png");
  AddStartOptions(command, &options->start);
  AddNumber(command, "--step-size", &options->step_size, "Factor of the gradient. Default 1.");
  AddParsed(command, "--max-steps", &options->max_steps, "N",
            absl::StrCat("Most steps. Default ", kDefaultSteps, "."), ParseNumber<int32_t>);
  AddPicture(command, &options->output);
  command->callback([options, chosen] {
    CheckStart(options->start);
    *chosen = [options](Session& session) { return Run(session, *options); };
  });
}

}  // namespace percept::cli
