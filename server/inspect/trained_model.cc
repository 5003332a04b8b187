#include "server/inspect/trained_model.h"

#include "server/ml/kernels/kernels.h"

namespace percept::inspect {
namespace {

const ml::Kernels& KernelsNamed(absl::string_view instruction_set) {
  const absl::StatusOr<ml::InstructionSet> named = ml::ParseInstructionSet(instruction_set);
  return ml::KernelsFor(named.ok() && ml::IsSupported(*named) ? *named : ml::BestInstructionSet());
}

}  // namespace

absl::StatusOr<std::unique_ptr<ml::ModelCopy>> LoadCopy(const TrainedModel& model,
                                                        absl::string_view instruction_set) {
  return ml::LoadModel(model.spec, model.shape, *model.parameters, KernelsNamed(instruction_set));
}

absl::Status AskerIsGone() { return absl::CancelledError("the client went away"); }

}  // namespace percept::inspect
