#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <utility>

#include "absl/strings/str_cat.h"

#include "client/cli/commands.h"
#include "client/cli/inspect/batch_view.h"
#include "client/cli/inspect/boundary_view.h"
#include "client/cli/inspect/decision_regions.h"
#include "client/cli/inspect/plane_points.h"
#include "client/cli/show.h"

namespace percept::cli {
namespace {

// As many as a reader looks at.
constexpr int kDefaultShown = 20;
// Models of more inputs have no plane to show a batch in.
constexpr int kMostPlaneInputs = 16;

struct Options {
  SnapshotOptions snapshot;
  std::optional<int32_t> max_examples;
  std::string output;
};

// As much of the batch as is shown; JSON has all that was asked for.
v1::BatchResponse Shown(const Options& options, v1::BatchResponse batch) {
  const int sent = batch.predictions_size();
  const int shown = std::min(sent, options.max_examples.value_or(kDefaultShown));
  if (shown == sent) return batch;
  const int inputs = batch.inputs_size() / sent;
  batch.mutable_predictions()->DeleteSubrange(shown, sent - shown);
  batch.mutable_inputs()->Truncate(shown * inputs);
  return batch;
}

// What the model decides in the plane of the batch's examples; nothing where they lie in none.
absl::StatusOr<std::optional<Boundary>> BoundaryOf(Session& session, const Options& options,
                                                   const v1::BatchResponse& batch) {
  Boundary boundary = {options.snapshot.job, {}, PointsOf(batch), BatchText(batch), true};
  if (boundary.points.inputs < 2 || boundary.points.inputs > kMostPlaneInputs ||
      !LieInPlane(boundary.points, 0, 1)) {
    return std::nullopt;
  }
  v1::DecisionGridRequest request;
  request.set_snapshot(absl::StrCat(options.snapshot.job, "/snapshots/", batch.snapshot_index()));
  if (!options.output.empty()) {
    request.set_columns(kPictureResolution);
    request.set_rows(kPictureResolution);
  }
  absl::StatusOr<v1::DecisionGridResponse> grid = session.client().DecisionGrid(request);
  if (absl::IsInvalidArgument(grid.status())) return std::nullopt;  // More than two inputs vary.
  if (!grid.ok()) return grid.status();
  const absl::Status status = CheckGrid(*grid);
  if (!status.ok()) return status;
  boundary.grid = *std::move(grid);
  return boundary;
}

absl::StatusOr<ExitCode> Run(Session& session, const Options& options) {
  v1::BatchRequest request;
  request.set_snapshot(SnapshotName(options.snapshot));
  if (options.max_examples) {
    request.set_max_examples(*options.max_examples);
  } else if (!session.json()) {
    request.set_max_examples(kDefaultShown);
  }
  const absl::StatusOr<v1::BatchResponse> response = session.client().Batch(request);
  if (!response.ok()) return response.status();
  const absl::Status status = CheckBatch(*response);
  if (!status.ok()) return status;
  const v1::BatchResponse shown = Shown(options, *response);
  std::optional<Boundary> boundary;
  if (!options.output.empty() && !shown.predictions().empty()) {
    absl::StatusOr<std::optional<Boundary>> made = BoundaryOf(session, options, shown);
    if (!made.ok()) return made.status();
    boundary = *std::move(made);
  }
  return Show(
      session, options.output, *response,
      [&](const Page& page) { return RenderBatch(options.snapshot.job, shown, page); },
      [&] {
        return boundary ? DrawBoundary(*boundary, "The batch of a snapshot")
                        : DrawBatch(options.snapshot.job, shown);
      });
}

}  // namespace

void AddInspectBatch(CLI::App& parent, Action* chosen) {
  const auto options = std::make_shared<Options>();
  CLI::App* command = AddCommand(
      parent, "batch",
      "Shows the examples that a snapshot is about to be trained on; for the perceptron, the one "
      "that caused the change.",
      "percept inspect batch 7f3k9m2p0q --snapshot 3 -o batch.png");
  AddSnapshotOptions(command, &options->snapshot);
  AddNumber(command, "--max-examples", &options->max_examples,
            absl::StrCat("Most examples to show. Default ", kDefaultShown,
                         ", with --json as many as the server sends."));
  AddPicture(command, &options->output);
  command->callback([options, chosen] {
    *chosen = [options](Session& session) { return Run(session, *options); };
  });
}

}  // namespace percept::cli
