#include "client/cli/inspect/start.h"

#include "absl/strings/str_cat.h"

#include "client/cli/parse.h"

namespace percept::cli {
namespace {

// The most probable class but the predicted one, the lowest of equals.
int32_t RunnerUp(const v1::Prediction& prediction) {
  int32_t best = prediction.label() == 0 ? 1 : 0;
  for (int k = 0; k < prediction.probabilities_size(); ++k) {
    if (k != prediction.label() && prediction.probabilities(k) > prediction.probabilities(best)) {
      best = k;
    }
  }
  return best;
}

}  // namespace

void AddStartOptions(CLI::App* command, StartOptions* options) {
  AddSnapshotOptions(command, &options->snapshot);
  AddParsed(command, "--values", &options->values, "F[,F...]", "Inputs to start from.",
            ParseValues);
  AddNumber(command, "--index", &options->index,
            "Example of the job's data to start from. Default 0.");
  AddEnum(command, "--split", &options->split,
          "Split of the example. Default validation, where there is one.");
  AddNumber(command, "--target", &options->target,
            "Class to end in. Default the one that comes second at the start.");
}

void CheckStart(const StartOptions& options) {
  if (options.values && (options.index || options.split)) {
    throw CLI::ValidationError("--values", "does not go with --index or --split");
  }
}

absl::StatusOr<Start> SettleStart(Session& session, const StartOptions& options) {
  Start start;
  if (options.values) {
    for (const double value : *options.values) {
      start.point.mutable_values()->add_values(static_cast<float>(value));
    }
  } else {
    start.point.mutable_example()->add_indices(options.index.value_or(0));
    if (options.split) start.point.mutable_example()->set_split(*options.split);
  }
  v1::PredictRequest request;
  request.set_snapshot(SnapshotName(options.snapshot));
  if (start.point.has_values()) {
    *request.mutable_values() = start.point.values();
  } else {
    *request.mutable_examples() = start.point.example();
  }
  const absl::StatusOr<v1::PredictResponse> response = session.client().Predict(request);
  if (!response.ok()) return response.status();
  if (response->predictions_size() != 1) {
    return absl::InvalidArgumentError(absl::StrCat(
        "--values: must be the inputs of one example, got ", response->predictions_size()));
  }
  start.snapshot = absl::StrCat(options.snapshot.job, "/snapshots/", response->snapshot_index());
  start.target_label = options.target.value_or(RunnerUp(response->predictions(0)));
  return start;
}

}  // namespace percept::cli
