#include <cmath>
#include <string>

#include "absl/strings/str_cat.h"

#include "server/base/status.h"
#include "server/rpc/convert_demo.h"

namespace percept::rpc {
namespace {

constexpr int kMaxNumbers = 64;
constexpr float kMaxMagnitude = 1e6f;

template <typename Number>
std::vector<Number> GivenOr(const google::protobuf::RepeatedField<Number>& given,
                            std::vector<Number> otherwise) {
  if (given.empty()) return otherwise;
  return {given.begin(), given.end()};
}

// Rows of a matrix [rows, columns]; 0 with a violation where there are no whole ones.
int32_t RowsOf(absl::string_view field, const std::vector<float>& values, int32_t columns,
               FieldViolations& violations) {
  const auto size = static_cast<int32_t>(values.size());
  if (size <= kMaxNumbers && size % columns == 0) return size / columns;
  violations.Add(field,
                 absl::StrCat("must be whole rows of input_count, ", columns, ", and at most ",
                              kMaxNumbers, " numbers"),
                 size);
  return 0;
}

void CheckNumbers(absl::string_view field, const std::vector<float>& values,
                  FieldViolations& violations) {
  for (size_t place = 0; place < values.size(); ++place) {
    if (std::abs(values[place]) <= kMaxMagnitude) continue;
    violations.Add(absl::StrCat(field, "[", place, "]"),
                   absl::StrCat("must be within ", kMaxMagnitude, " of 0"), values[place]);
  }
}

void CheckSize(absl::string_view field, size_t size, int32_t expected, absl::string_view what,
               FieldViolations& violations) {
  if (static_cast<int64_t>(size) == expected) return;
  violations.Add(field, absl::StrCat("must be ", what, ", ", expected, " numbers"), size);
}

void CheckTargets(const v1::BackpropExampleRequest& request, const inspect::BackpropSpec& spec,
                  FieldViolations& violations) {
  if (!spec.output_gradient.empty()) {
    if (!request.targets().empty())
      violations.Add("targets", "must be unset with output_gradient, which stands in for the loss");
    return;
  }
  CheckSize("targets", spec.targets.size(), spec.examples, "one for each row of inputs",
            violations);
  for (size_t row = 0; row < spec.targets.size(); ++row) {
    violations.CheckRange<int32_t>(absl::StrCat("targets[", row, "]"), spec.targets[row], 0,
                                   spec.classes - 1);
  }
}

}  // namespace

absl::StatusOr<inspect::BackpropSpec> FromProto(const v1::BackpropExampleRequest& request) {
  inspect::BackpropSpec spec;
  FieldViolations violations;
  spec.input_count = request.has_input_count() ? request.input_count() : 2;
  violations.CheckRange<int32_t>("input_count", spec.input_count, 1, kMaxNumbers);
  if (!v1::DemoActivation_IsValid(request.activation())) {
    violations.Add("activation", "must be one of the enumeration's values",
                   static_cast<int>(request.activation()));
  } else if (request.activation() != v1::DEMO_ACTIVATION_UNSPECIFIED) {
    spec.activation = static_cast<inspect::DemoActivation>(request.activation());
  }
  PERCEPT_RETURN_IF_ERROR(violations.ToStatus());
  spec.inputs = GivenOr(request.inputs(), {0.3f, -0.5f, -0.4f, 1.0f});
  spec.weights = GivenOr(request.weights(), {0.55f, -0.12f, -0.32f, 0.5f});
  spec.biases = GivenOr(request.biases(), {0.4f, -0.2f});
  spec.targets = GivenOr(request.targets(), {1, 0});
  spec.output_gradient.assign(request.output_gradient().begin(), request.output_gradient().end());
  spec.examples = RowsOf("inputs", spec.inputs, spec.input_count, violations);
  spec.classes = RowsOf("weights", spec.weights, spec.input_count, violations);
  PERCEPT_RETURN_IF_ERROR(violations.ToStatus());
  CheckNumbers("inputs", spec.inputs, violations);
  CheckNumbers("weights", spec.weights, violations);
  CheckNumbers("biases", spec.biases, violations);
  CheckNumbers("output_gradient", spec.output_gradient, violations);
  CheckSize("biases", spec.biases.size(), spec.classes, "one for each row of weights", violations);
  if (!spec.output_gradient.empty()) {
    CheckSize("output_gradient", spec.output_gradient.size(), spec.examples * spec.classes,
              "one for each row of inputs and of weights", violations);
  }
  CheckTargets(request, spec, violations);
  PERCEPT_RETURN_IF_ERROR(violations.ToStatus());
  return spec;
}

v1::BackpropExampleResponse ToProto(const inspect::BackpropSpec& spec,
                                    const inspect::BackpropExample& example) {
  v1::BackpropExampleResponse response;
  const auto show = [](const auto& values, auto* field) {
    field->Add(values.begin(), values.end());
  };
  response.set_examples(spec.examples);
  response.set_classes(spec.classes);
  show(example.linear, response.mutable_linear());
  show(example.activated, response.mutable_activated());
  show(example.probabilities, response.mutable_probabilities());
  response.set_loss(example.loss);
  show(example.activated_gradient, response.mutable_activated_gradient());
  show(example.linear_gradient, response.mutable_linear_gradient());
  show(example.weight_gradient, response.mutable_weight_gradient());
  show(example.bias_gradient, response.mutable_bias_gradient());
  show(example.input_gradient, response.mutable_input_gradient());
  show(example.positive_counts, response.mutable_positive_counts());
  return response;
}

}  // namespace percept::rpc
