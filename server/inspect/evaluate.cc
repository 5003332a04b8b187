#include "server/inspect/evaluate.h"

#include <memory>
#include <optional>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"

#include "server/base/status.h"
#include "server/data/examples.h"

namespace percept::inspect {

absl::StatusOr<Examples> ExamplesFor(const TrainedModel& model, const data::Dataset& dataset,
                                     data::SplitKind split) {
  const Examples examples = data::ExamplesOf(dataset, split);
  if (examples.count == 0) {
    return absl::FailedPreconditionError(
        absl::StrCat("the data set has no ", data::SplitName(split), " examples"));
  }
  if (examples.inputs != model.shape.inputs || dataset.classes > model.shape.classes) {
    return absl::InvalidArgumentError(absl::StrCat(
        "dataset: must have ", model.shape.inputs, " inputs and at most ", model.shape.classes,
        " classes, as the model has, got ", examples.inputs, " and ", dataset.classes));
  }
  return examples;
}

absl::StatusOr<Evaluation> Evaluate(const TrainedModel& model, const data::Dataset& dataset,
                                    data::SplitKind split, absl::string_view instruction_set,
                                    GoesOn goes_on) {
  PERCEPT_ASSIGN_OR_RETURN(const Examples examples, ExamplesFor(model, dataset, split));
  PERCEPT_ASSIGN_OR_RETURN(const std::unique_ptr<ml::ModelCopy> copy,
                           LoadCopy(model, instruction_set));
  const std::optional<ml::Score> score = copy->EvaluateWhile(examples, goes_on);
  if (!score.has_value()) return AskerIsGone();
  const double count = static_cast<double>(score->examples);
  return Evaluation{score->examples, static_cast<double>(score->correct) / count,
                    score->loss_sum / count};
}

}  // namespace percept::inspect
