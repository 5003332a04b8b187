#ifndef PERCEPT_SERVER_INSPECT_TRAINED_MODEL_H_
#define PERCEPT_SERVER_INSPECT_TRAINED_MODEL_H_

#include <memory>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

#include "server/base/model_spec.h"
#include "server/ml/model.h"

namespace percept::inspect {

// Asked again and again while a question is worked on; false ends it, the asker being gone.
using GoesOn = ml::ModelCopy::GoesOn;

// A model at one moment of its training, to put questions to.
struct TrainedModel {
  ModelSpec spec;
  ml::ModelShape shape;
  // All tensors' bytes in the order of `layout`, as ml::ModelCopy::ExportParameters writes them.
  std::shared_ptr<const std::string> parameters;

  std::vector<ml::TensorInfo> layout() const { return ml::ParameterLayout(spec, shape); }

  bool is_perceptron() const { return spec.kind == ModelKind::kPerceptron; }
  // Layers with weights, the output layer being the last.
  int32_t layers() const { return hidden_layers() + 1; }
  int32_t hidden_layers() const { return static_cast<int32_t>(spec.hidden_units.size()); }
};

// The model ready to be applied. `instruction_set` is the one it was trained with, such as
// `x86-64-v3`: where this machine has it the bits are those of training; else, and where it is
// empty, the best one of this machine is taken. InvalidArgument where `parameters` has another
// size than the model's.
absl::StatusOr<std::unique_ptr<ml::ModelCopy>> LoadCopy(const TrainedModel& model,
                                                        absl::string_view instruction_set);

// What a question answers that `goes_on` ended.
absl::Status AskerIsGone();

}  // namespace percept::inspect

#endif  // PERCEPT_SERVER_INSPECT_TRAINED_MODEL_H_
