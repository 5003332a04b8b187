#include <algorithm>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <utility>

#include "client/cli/commands.h"
#include "client/cli/inspect/confusion_view.h"
#include "client/cli/show.h"

namespace percept::cli {
namespace {

constexpr int kMostDrawn = 12;  // Mistakes whose examples a picture shows.

struct Options {
  SnapshotOptions snapshot;
  std::optional<v1::Split> split;
  std::optional<int32_t> max_mistakes;
  std::string output;
};

// Gets what a picture shows of the mistakes.
absl::Status ReadMistakes(Session& session, Confusion* confusion) {
  const absl::StatusOr<v1::Dataset> dataset = DatasetOfJob(session, confusion->job);
  if (!dataset.ok()) return dataset.status();
  if (!dataset->has_image_shape() || confusion->response.mistakes().empty()) {
    return absl::OkStatus();
  }
  v1::ReadExamplesRequest request;
  request.set_name(dataset->name());
  request.set_split(confusion->response.split());
  const int count = std::min(confusion->response.mistakes_size(), kMostDrawn);
  for (int i = 0; i < count; ++i) {
    request.add_indices(confusion->response.mistakes(i).example_index());
  }
  const absl::StatusOr<v1::ReadExamplesResponse> examples = session.client().ReadExamples(request);
  if (!examples.ok()) return examples.status();
  confusion->shape = dataset->image_shape();
  confusion->mistakes = PointsOf(*examples, confusion->response.split());
  return absl::OkStatus();
}

absl::StatusOr<ExitCode> Run(Session& session, const Options& options) {
  v1::ConfusionMatrixRequest request;
  request.set_snapshot(SnapshotName(options.snapshot));
  if (options.split) request.set_split(*options.split);
  if (options.max_mistakes) request.set_max_mistakes(*options.max_mistakes);
  absl::StatusOr<v1::ConfusionMatrixResponse> response = session.client().ConfusionMatrix(request);
  if (!response.ok()) return response.status();
  absl::Status status = CheckConfusion(*response);
  if (!status.ok()) return status;
  Confusion confusion = {options.snapshot.job, *std::move(response), {}, {}};
  if (!options.output.empty()) status = ReadMistakes(session, &confusion);
  if (!status.ok()) return status;
  return Show(
      session, options.output, confusion.response,
      [&](const Page& page) { return RenderConfusion(confusion, page); },
      [&] { return DrawConfusion(confusion); });
}

}  // namespace

void AddInspectConfusion(CLI::App& parent, Action* chosen) {
  const auto options = std::make_shared<Options>();
  CLI::App* command = AddCommand(
      parent, "confusion",
      "Counts predictions by true and predicted class, with precision and recall and the surest "
      "mistakes.",
      "percept inspect confusion 7f3k9m2p0q --snapshot best -o confusion.png");
  AddSnapshotOptions(command, &options->snapshot);
  AddEnum(command, "--split", &options->split,
          "Which split, but not test. Default validation, where there is one.");
  AddNumber(command, "--max-mistakes", &options->max_mistakes,
            "Most mistakes to list. Default 20.");
  AddPicture(command, &options->output);
  command->callback([options, chosen] {
    *chosen = [options](Session& session) { return Run(session, *options); };
  });
}

}  // namespace percept::cli
