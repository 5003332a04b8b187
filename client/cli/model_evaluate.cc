#include <memory>
#include <string>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"

#include "client/cli/commands.h"
#include "client/cli/render_evaluation.h"

namespace percept::cli {
namespace {

struct Options {
  SnapshotOptions snapshot;
  v1::Split split = v1::SPLIT_UNSPECIFIED;
};

absl::StatusOr<v1::Split> ParseSplit(const std::string& word) {
  if (word == "validation") return v1::SPLIT_VALIDATION;
  if (word == "test") return v1::SPLIT_TEST;
  return absl::InvalidArgumentError(
      absl::StrCat("must be one of validation, test, got '", word, "'"));
}

// Prints the answer as JSON or as `text` has it.
template <typename Response>
absl::StatusOr<ExitCode> Show(Session& session, const absl::StatusOr<Response>& response,
                              const std::string& job) {
  if (!response.ok()) return response.status();
  if (session.json()) {
    session.PrintJson(*response);
  } else {
    session.Print(RenderEvaluation(job, *response));
  }
  return ExitCode::kOk;
}

absl::StatusOr<ExitCode> Run(Session& session, const Options& options) {
  if (options.split == v1::SPLIT_TEST) {
    v1::EvaluateTestRequest request;
    request.set_snapshot(SnapshotName(options.snapshot));
    return Show(session, session.client().EvaluateTest(request), options.snapshot.job);
  }
  v1::EvaluateValidationRequest request;
  request.set_snapshot(SnapshotName(options.snapshot));
  return Show(session, session.client().EvaluateValidation(request), options.snapshot.job);
}

}  // namespace

void AddModelEvaluate(CLI::App& parent, Action* chosen) {
  const auto options = std::make_shared<Options>();
  CLI::App* command =
      AddCommand(parent, "evaluate",
                 "Measures a trained model on the validation or the test split. The test split is "
                 "for the final "
                 "word on a model that was chosen without it: each use is recorded with the job.",
                 "percept model evaluate 7f3k9m2p0q --split validation --snapshot best\n"
                 "percept model evaluate 7f3k9m2p0q --split test");
  AddSnapshotOptions(command, &options->snapshot);
  AddParsed(command, "--split", &options->split, "validation|test", "What to measure it on.",
            ParseSplit)
      ->required();
  command->callback([options, chosen] {
    *chosen = [options](Session& session) { return Run(session, *options); };
  });
}

}  // namespace percept::cli
