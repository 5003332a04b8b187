#include "server/rpc/convert_demo.h"

#include <algorithm>
#include <cmath>
#include <string>
#include <utility>

#include "absl/strings/str_cat.h"

#include "server/base/status.h"
#include "server/rpc/convert_training_spec.h"
#include "server/rpc/resource_names.h"

namespace percept::rpc {
namespace {

using inspect::DemoActivation;

constexpr int kMinCoefficients = 2;
constexpr int kMaxCoefficients = 16;
constexpr int32_t kMaxDescentSteps = 10'000;
constexpr int32_t kMinPoints = 2;
constexpr int32_t kMaxPoints = 10'000;
constexpr int kMinClasses = 2;
constexpr int kMaxClasses = 1000;
constexpr double kSumTolerance = 1e-6;
constexpr int64_t kMaxScheduleSteps = 1'000'000'000;
constexpr int32_t kMaxLayers = 1000;
constexpr int32_t kMaxWidth = 64;

void RequireFinite(absl::string_view field, double value, FieldViolations& violations) {
  if (!std::isfinite(value)) violations.Add(field, "must be finite", value);
}

// Adds a violation unless both are finite and in order.
void RequireAscending(absl::string_view min_field, double min, absl::string_view max_field,
                      double max, FieldViolations& violations) {
  RequireFinite(min_field, min, violations);
  RequireFinite(max_field, max, violations);
  if (std::isfinite(min) && std::isfinite(max) && min >= max)
    violations.Add(max_field, absl::StrCat("must be above ", min_field, ", ", min), max);
}

// The functions asked for, each once; `otherwise` where there are none.
std::vector<DemoActivation> ReadActivations(const google::protobuf::RepeatedField<int>& given,
                                            std::vector<DemoActivation> otherwise,
                                            FieldViolations& violations) {
  if (given.empty()) return otherwise;
  std::vector<DemoActivation> activations;
  for (int number = 0; number < given.size(); ++number) {
    const auto activation = static_cast<DemoActivation>(given[number]);
    const std::string field = absl::StrCat("activations[", number, "]");
    if (!v1::DemoActivation_IsValid(given[number]) ||
        given[number] == v1::DEMO_ACTIVATION_UNSPECIFIED) {
      violations.Add(field, "must be one of the enumeration's values", given[number]);
    } else if (std::count(activations.begin(), activations.end(), activation) > 0) {
      violations.Add(field, "must be there once",
                     v1::DemoActivation_Name(static_cast<v1::DemoActivation>(given[number])));
    } else {
      activations.push_back(activation);
    }
  }
  return activations;
}

void CheckDistribution(absl::string_view field,
                       const google::protobuf::RepeatedField<double>& given,
                       FieldViolations& violations) {
  if (given.size() < kMinClasses || given.size() > kMaxClasses) {
    violations.Add(field, absl::StrCat("must be ", kMinClasses, " to ", kMaxClasses, " numbers"),
                   given.size());
    return;
  }
  double sum = 0.0;
  for (int label = 0; label < given.size(); ++label) {
    // Above 1 is left for the sum to find.
    if (!(given[label] >= 0.0) || std::isinf(given[label])) {
      violations.Add(absl::StrCat(field, "[", label, "]"), "must be finite and at least 0",
                     given[label]);
      return;
    }
    sum += given[label];
  }
  if (!(std::abs(sum - 1.0) <= kSumTolerance))
    violations.Add(field, absl::StrCat("must have the sum 1 within ", kSumTolerance), sum);
}

template <typename Number, typename Field>
void Append(const std::vector<Number>& values, Field* field) {
  field->Add(values.begin(), values.end());
}

// The schedule as a job's training has it.
v1::TrainingSpec ScheduleOf(const v1::ScheduleRequest& request) {
  v1::TrainingSpec training;
  switch (request.schedule_case()) {
    case v1::ScheduleRequest::kStep:
      *training.mutable_step() = request.step();
      break;
    case v1::ScheduleRequest::kInverse:
      *training.mutable_inverse() = request.inverse();
      break;
    case v1::ScheduleRequest::kConstant:
    case v1::ScheduleRequest::SCHEDULE_NOT_SET:
      break;
  }
  return training;
}

}  // namespace

absl::StatusOr<inspect::ScalarDescentSpec> FromProto(const v1::OptimizeScalarRequest& request) {
  inspect::ScalarDescentSpec spec;
  FieldViolations violations;
  if (!request.coefficients().empty()) {
    spec.coefficients.assign(request.coefficients().begin(), request.coefficients().end());
    if (request.coefficients_size() < kMinCoefficients ||
        request.coefficients_size() > kMaxCoefficients) {
      violations.Add(
          "coefficients",
          absl::StrCat("must be ", kMinCoefficients, " to ", kMaxCoefficients, " numbers"),
          request.coefficients_size());
    }
    for (size_t power = 0; power < spec.coefficients.size(); ++power) {
      RequireFinite(absl::StrCat("coefficients[", power, "]"), spec.coefficients[power],
                    violations);
    }
  }
  if (request.has_start()) spec.start = request.start();
  RequireFinite("start", spec.start, violations);
  if (request.has_learning_rate()) spec.learning_rate = request.learning_rate();
  CheckLearningRate("learning_rate", spec.learning_rate, violations);
  spec.momentum = request.momentum();
  if (!(spec.momentum >= 0.0 && spec.momentum < 1.0))
    violations.Add("momentum", "must be in [0, 1)", spec.momentum);
  if (request.has_steps()) spec.steps = request.steps();
  violations.CheckRange<int32_t>("steps", spec.steps, 1, kMaxDescentSteps);
  PERCEPT_RETURN_IF_ERROR(violations.ToStatus());
  return spec;
}

v1::OptimizeScalarResponse ToProto(const inspect::ScalarDescent& descent) {
  v1::OptimizeScalarResponse response;
  for (const inspect::ScalarStep& step : descent.steps) {
    v1::ScalarStep* shown = response.add_steps();
    shown->set_step(step.step);
    shown->set_x(step.x);
    shown->set_value(step.value);
    shown->set_gradient(step.gradient);
    shown->set_velocity(step.velocity);
  }
  response.set_diverged(descent.diverged);
  return response;
}

absl::StatusOr<ActivationsQuestion> FromProto(const v1::CompareActivationsRequest& request) {
  ActivationsQuestion question;
  FieldViolations violations;
  question.activations =
      ReadActivations(request.activations(),
                      {DemoActivation::kStep, DemoActivation::kTanh, DemoActivation::kSigmoid,
                       DemoActivation::kRelu, DemoActivation::kGelu},
                      violations);
  const double min = request.has_min() ? request.min() : -4.0;
  const double max = request.has_max() ? request.max() : 4.0;
  RequireAscending("min", min, "max", max, violations);
  const int32_t points = request.has_points() ? request.points() : 201;
  violations.CheckRange<int32_t>("points", points, kMinPoints, kMaxPoints);
  PERCEPT_RETURN_IF_ERROR(violations.ToStatus());
  question.x = inspect::EvenlySpread(min, max, points);
  return question;
}

v1::ActivationCurve ToProto(const inspect::ActivationCurve& curve) {
  v1::ActivationCurve shown;
  shown.set_activation(static_cast<v1::DemoActivation>(curve.activation));
  Append(curve.values, shown.mutable_values());
  Append(curve.derivatives, shown.mutable_derivatives());
  return shown;
}

absl::Status CheckDistributions(const v1::CrossEntropyRequest& request) {
  FieldViolations violations;
  CheckDistribution("p", request.p(), violations);
  CheckDistribution("q", request.q(), violations);
  if (violations.empty() && request.p_size() != request.q_size()) {
    violations.Add("q", absl::StrCat("must be as long as p, ", request.p_size(), " numbers"),
                   request.q_size());
  }
  return violations.ToStatus();
}

v1::CrossEntropyResponse ToProto(const inspect::DistributionComparison& comparison) {
  v1::CrossEntropyResponse response;
  response.set_entropy_p(comparison.entropy_p);
  response.set_entropy_q(comparison.entropy_q);
  response.set_cross_entropy(comparison.cross_entropy);
  response.set_divergence(comparison.divergence);
  Append(comparison.terms, response.mutable_terms());
  return response;
}

absl::StatusOr<ScheduleQuestion> FromProto(const v1::ScheduleRequest& request) {
  ScheduleQuestion question;
  FieldViolations violations;
  ReadSchedule(ScheduleOf(request), /*prefix=*/"", question.training, violations);
  question.training.learning_rate = request.has_learning_rate() ? request.learning_rate() : 0.05;
  CheckLearningRate("learning_rate", question.training.learning_rate, violations);
  question.last_step = request.has_steps() ? request.steps() : 2800;
  violations.CheckRange<int64_t>("steps", question.last_step, 1, kMaxScheduleSteps);
  question.points = request.has_points() ? request.points() : 1000;
  violations.CheckRange<int32_t>("points", question.points, kMinPoints, kMaxPoints);
  PERCEPT_RETURN_IF_ERROR(violations.ToStatus());
  return question;
}

v1::ScheduleResponse ToProto(const inspect::ScheduleCurve& curve) {
  v1::ScheduleResponse response;
  Append(curve.steps, response.mutable_steps());
  Append(curve.learning_rates, response.mutable_learning_rates());
  return response;
}

absl::StatusOr<GradientFlowQuestion> FromProto(const v1::GradientFlowRequest& request) {
  GradientFlowQuestion question;
  FieldViolations violations;
  question.activations = ReadActivations(
      request.activations(), {DemoActivation::kSigmoid, DemoActivation::kRelu}, violations);
  const int32_t layers = request.has_layers() ? request.layers() : 20;
  violations.CheckRange<int32_t>("layers", layers, 1, kMaxLayers);
  const int32_t units = request.has_units() ? request.units() : 2;
  violations.CheckRange<int32_t>("units", units, 1, kMaxWidth);
  const int32_t examples = request.has_examples() ? request.examples() : 3;
  violations.CheckRange<int32_t>("examples", examples, 1, kMaxWidth);
  const double min_weight = request.has_min_weight() ? request.min_weight() : 0.0;
  const double max_weight = request.has_max_weight() ? request.max_weight() : 1.0;
  RequireAscending("min_weight", min_weight, "max_weight", max_weight, violations);
  // Before its length is compared with what may be too large to multiply.
  PERCEPT_RETURN_IF_ERROR(violations.ToStatus());
  const google::protobuf::RepeatedField<double>& gradient = request.output_gradient();
  if (!gradient.empty() && gradient.size() != examples * units) {
    violations.Add("output_gradient",
                   absl::StrCat("must be examples * units, ", examples * units, " numbers"),
                   gradient.size());
  }
  for (int place = 0; place < gradient.size(); ++place) {
    RequireFinite(absl::StrCat("output_gradient[", place, "]"), gradient[place], violations);
  }
  PERCEPT_RETURN_IF_ERROR(violations.ToStatus());
  question.network =
      inspect::DrawNetwork(layers, units, examples, min_weight, max_weight, request.seed());
  if (!gradient.empty()) question.network.output_gradient.assign(gradient.begin(), gradient.end());
  return question;
}

absl::StatusOr<ManualClassifierQuestion> FromProto(const v1::ManualClassifierRequest& request) {
  PERCEPT_ASSIGN_OR_RETURN(std::string dataset,
                           ParseName("dataset", "datasets", request.dataset()));
  ManualClassifierQuestion question;
  question.dataset = std::move(dataset);
  question.line = {request.a(), request.b(), request.c()};
  FieldViolations violations;
  RequireFinite("a", request.a(), violations);
  RequireFinite("b", request.b(), violations);
  RequireFinite("c", request.c(), violations);
  if (!v1::Split_IsValid(request.split())) {
    violations.Add("split", "must be one of the enumeration's values",
                   static_cast<int>(request.split()));
  }
  PERCEPT_RETURN_IF_ERROR(violations.ToStatus());
  if (request.split() == v1::SPLIT_TEST) {
    return WithReason(absl::PermissionDeniedError(
                          "split: SPLIT_TEST is held out: choosing a line by it would spoil it"),
                      "TEST_SPLIT_PROTECTED");
  }
  if (request.split() == v1::SPLIT_VALIDATION) question.split = data::SplitKind::kValidation;
  return question;
}

v1::ManualClassifierResponse ToProto(const inspect::LineVerdict& verdict) {
  v1::ManualClassifierResponse response;
  response.set_accuracy(verdict.accuracy);
  for (const auto& row : verdict.counts) {
    for (const int64_t count : row) response.add_counts(count);
  }
  Append(verdict.wrong_indices, response.mutable_wrong_indices());
  return response;
}

}  // namespace percept::rpc
