#ifndef PERCEPT_SERVER_INSPECT_TRAINED_MODEL_H_
#define PERCEPT_SERVER_INSPECT_TRAINED_MODEL_H_

#include <memory>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"

#include "server/base/model_spec.h"
#include "server/ml/model.h"

namespace percept::inspect {

// A model at one moment of its training, to put questions to.
struct TrainedModel {
  ModelSpec spec;
  ml::ModelShape shape;
  // All tensors' bytes in the order of `layout`, as ml::ModelCopy::ExportParameters writes them.
  std::shared_ptr<const std::string> parameters;

  std::vector<ml::TensorInfo> layout() const { return ml::ParameterLayout(spec, shape); }
};

}  // namespace percept::inspect

#endif  // PERCEPT_SERVER_INSPECT_TRAINED_MODEL_H_
