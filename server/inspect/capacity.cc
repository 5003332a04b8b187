#include "server/inspect/capacity.h"

#include "absl/strings/str_cat.h"

namespace percept::inspect {

const char* ActivationName(Activation activation) {
  switch (activation) {
    case Activation::kTanh:
      return "tanh";
    case Activation::kSigmoid:
      return "sigmoid";
    case Activation::kRelu:
      return "relu";
    case Activation::kGelu:
      return "gelu";
  }
  return "";
}

std::vector<LayerCapacity> CapacityOf(const ModelSpec& spec, ml::ModelShape shape) {
  if (spec.kind == ModelKind::kPerceptron) {
    return {{"weight", shape.inputs, 1, shape.inputs, 0, "step"}};
  }
  std::vector<LayerCapacity> layers;
  int32_t inputs = shape.inputs;
  const auto add = [&](int32_t outputs, std::string activation) {
    layers.push_back({absl::StrCat("linear", layers.size()), inputs, outputs,
                      int64_t{inputs} * outputs, outputs, std::move(activation)});
    inputs = outputs;
  };
  for (const int32_t units : spec.hidden_units) add(units, ActivationName(spec.activation));
  add(shape.classes, spec.kind == ModelKind::kMultiperceptron ? "tanh, softmax" : "softmax");
  return layers;
}

}  // namespace percept::inspect
