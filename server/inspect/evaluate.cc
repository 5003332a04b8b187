#include "server/inspect/evaluate.h"

#include <memory>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"

#include "server/data/examples.h"
#include "server/ml/kernels/kernels.h"

namespace percept::inspect {
namespace {

const ml::Kernels& KernelsNamed(absl::string_view instruction_set) {
  const absl::StatusOr<ml::InstructionSet> named = ml::ParseInstructionSet(instruction_set);
  return ml::KernelsFor(named.ok() && ml::IsSupported(*named) ? *named : ml::BestInstructionSet());
}

}  // namespace

absl::StatusOr<Evaluation> Evaluate(const TrainedModel& model, const data::Dataset& dataset,
                                    data::SplitKind split, absl::string_view instruction_set) {
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
  absl::StatusOr<std::unique_ptr<ml::ModelCopy>> copy =
      ml::LoadModel(model.spec, model.shape, *model.parameters, KernelsNamed(instruction_set));
  if (!copy.ok()) return copy.status();
  const ml::Score score = (*copy)->Evaluate(examples);
  const double count = static_cast<double>(score.examples);
  return Evaluation{score.examples, static_cast<double>(score.correct) / count,
                    score.loss_sum / count};
}

}  // namespace percept::inspect
