// The answer to LatentRequest; the others are in inspect_answers.cc.
#include <memory>
#include <optional>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"

#include "server/base/status.h"
#include "server/inspect/latent.h"
#include "server/inspect/predictions.h"
#include "server/rpc/convert_inspection.h"
#include "server/rpc/inspect_answers.h"

namespace percept::rpc {
namespace {

constexpr int32_t kMaxComponents = 3;

// The examples, and what the layer and the model make of them.
struct Seen {
  ChosenExamples chosen;
  std::vector<float> activations;  // [B, H]
  inspect::Predictions predictions;
};

absl::StatusOr<Seen> See(const InspectSubject& subject, ml::ModelCopy& copy, int32_t layer,
                         ChosenExamples chosen, GoesOn goes_on) {
  Seen seen;
  PERCEPT_ASSIGN_OR_RETURN(
      seen.activations, inspect::Activations(subject.model, copy, layer, chosen.examples, goes_on));
  PERCEPT_ASSIGN_OR_RETURN(seen.predictions,
                           inspect::Predict(subject.model, copy, chosen.examples, goes_on));
  seen.chosen = std::move(chosen);
  return seen;
}

absl::Status CheckComponents(int32_t components, int32_t units) {
  FieldViolations violations;
  violations.CheckRange<int32_t>("components", components, 0, kMaxComponents);
  if (violations.empty() && components > units) {
    violations.Add("components", absl::StrCat("must be at most the layer's units, ", units),
                   components);
  }
  return violations.ToStatus();
}

absl::Status CheckSize(const ChosenExamples& examples, const ChosenExamples& points, int32_t units,
                       int32_t components, int32_t classes) {
  const int64_t count = examples.examples.count + points.examples.count;
  // Planes take as much as a row of activations for each class, the axes for each component.
  const int64_t rows = components == 0 ? count + classes : 2 * classes + components + 1;
  const int64_t numbers = rows * units + count * components;
  return CheckAnswerSize(
      numbers * static_cast<int64_t>(sizeof(float)) + PredictionBytes(count, classes),
      "ask for fewer examples, or for principal components");
}

absl::StatusOr<v1::Projection> ProjectionOf(const Seen& examples, const Seen& points, int32_t units,
                                            int32_t components,
                                            const std::vector<inspect::DecisionPlane>& planes) {
  PERCEPT_ASSIGN_OR_RETURN(const inspect::Pca pca,
                           inspect::FitPca(examples.activations, units, components));
  v1::Projection projection;
  projection.set_components(components);
  projection.mutable_mean()->Add(pca.mean.begin(), pca.mean.end());
  projection.mutable_axes()->Add(pca.axes.begin(), pca.axes.end());
  projection.mutable_variance_shares()->Add(pca.variance_shares.begin(), pca.variance_shares.end());
  const auto add = [&](const Seen& seen, google::protobuf::RepeatedField<float>* to) {
    const std::vector<float> coordinates = inspect::Project(pca, seen.activations);
    to->Add(coordinates.begin(), coordinates.end());
  };
  add(examples, projection.mutable_example_coordinates());
  add(points, projection.mutable_point_coordinates());
  for (const inspect::DecisionPlane& plane : planes) {
    *projection.add_planes() = ToProto(inspect::Project(pca, plane));
  }
  return projection;
}

}  // namespace

absl::StatusOr<v1::LatentResponse> Answer(const v1::LatentRequest& request,
                                          const InspectSubject& subject, GoesOn goes_on) {
  const inspect::TrainedModel& model = subject.model;
  PERCEPT_ASSIGN_OR_RETURN(
      const int32_t layer,
      inspect::HiddenLayer(
          model, request.has_layer() ? std::optional<int32_t>(request.layer()) : std::nullopt));
  const int32_t units = model.spec.hidden_units[static_cast<size_t>(layer)];
  PERCEPT_RETURN_IF_ERROR(CheckComponents(request.components(), units));
  PERCEPT_ASSIGN_OR_RETURN(ChosenExamples chosen,
                           ChooseExamples("examples", request.examples(), subject.dataset));
  ChosenExamples given;
  given.examples.inputs = model.shape.inputs;
  if (!request.points().values().empty()) {
    PERCEPT_ASSIGN_OR_RETURN(given, ValuesToAsk("points", request.points(), model.shape.inputs));
  }
  PERCEPT_RETURN_IF_ERROR(
      CheckSize(chosen, given, units, request.components(), model.shape.classes));

  PERCEPT_ASSIGN_OR_RETURN(const std::unique_ptr<ml::ModelCopy> copy,
                           inspect::LoadCopy(model, subject.instruction_set()));
  PERCEPT_ASSIGN_OR_RETURN(const Seen examples,
                           See(subject, *copy, layer, std::move(chosen), goes_on));
  PERCEPT_ASSIGN_OR_RETURN(const Seen points,
                           See(subject, *copy, layer, std::move(given), goes_on));
  PERCEPT_ASSIGN_OR_RETURN(const std::vector<inspect::DecisionPlane> planes,
                           inspect::DecisionPlanes(model, layer));
  v1::LatentResponse response;
  response.set_snapshot_index(subject.snapshot_index());
  response.set_layer(layer);
  response.set_units(units);
  AddToProto(examples.predictions, examples.chosen, response.mutable_example_predictions());
  AddToProto(points.predictions, points.chosen, response.mutable_point_predictions());
  for (const inspect::DecisionPlane& plane : planes) *response.add_planes() = ToProto(plane);
  if (const auto range = inspect::RangeOf(model.spec.activation); range.has_value()) {
    response.mutable_activation_range()->set_min(range->first);
    response.mutable_activation_range()->set_max(range->second);
  }
  if (request.components() > 0) {
    PERCEPT_ASSIGN_OR_RETURN(*response.mutable_projection(),
                             ProjectionOf(examples, points, units, request.components(), planes));
  } else {
    response.mutable_example_activations()->Add(examples.activations.begin(),
                                                examples.activations.end());
    response.mutable_point_activations()->Add(points.activations.begin(), points.activations.end());
  }
  return response;
}

}  // namespace percept::rpc
