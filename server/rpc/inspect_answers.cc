#include "server/rpc/inspect_answers.h"

#include <algorithm>
#include <optional>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"

#include "server/base/status.h"
#include "server/inspect/capacity.h"
#include "server/inspect/confusion.h"
#include "server/inspect/decision_grid.h"
#include "server/inspect/predictions.h"
#include "server/inspect/weight_images.h"
#include "server/rpc/convert_dataset.h"
#include "server/rpc/convert_inspection.h"
#include "server/rpc/picture_request.h"
#include "server/training/job_parameters.h"

namespace percept::rpc {
namespace {

constexpr int32_t kMaxMistakes = 1000;
constexpr int32_t kDefaultMistakes = 20;
constexpr int32_t kMaxUnits = 1024;
constexpr int32_t kDefaultUnits = 64;
constexpr int32_t kMaxBatchExamples = 1000;
constexpr int32_t kDefaultBatchExamples = 100;

// Weights or inputs in one answer, a single unit or example apart.
constexpr int64_t kMaxPictureBytes = int64_t{2} << 20;

inspect::GridRange RangeFromProto(const v1::Range& range) { return {range.min(), range.max()}; }

inspect::GridWindow WindowFromProto(const v1::DecisionGridRequest& request) {
  inspect::GridWindow window;
  if (request.has_x_range()) window.x_range = RangeFromProto(request.x_range());
  if (request.has_y_range()) window.y_range = RangeFromProto(request.y_range());
  window.columns = request.columns();
  window.rows = request.rows();
  if (request.has_x_input()) window.x_input = request.x_input();
  if (request.has_y_input()) window.y_input = request.y_input();
  window.base_inputs.assign(request.base_inputs().begin(), request.base_inputs().end());
  return window;
}

// What the indices of a batch mean: with training on both splits, those of the validation split
// follow on.
struct BatchRows {
  std::vector<int64_t> train;
  std::vector<int64_t> validation;
  std::vector<bool> is_train;  // By place in the batch.
};

BatchRows SplitRows(absl::Span<const uint32_t> indices, int64_t train_examples) {
  BatchRows rows;
  for (const uint32_t index : indices) {
    rows.is_train.push_back(index < train_examples);
    if (rows.is_train.back()) {
      rows.train.push_back(index);
    } else {
      rows.validation.push_back(index - train_examples);
    }
  }
  return rows;
}

// Predictions and inputs of the rows of one split, which `Batch` puts back into their order.
absl::StatusOr<v1::BatchResponse> AnswerFor(const InspectSubject& subject, data::SplitKind split,
                                            std::vector<int64_t> rows, GoesOn goes_on) {
  v1::BatchResponse part;
  if (rows.empty()) return part;
  const ChosenExamples chosen = GatherExamples(*subject.dataset, split, std::move(rows));
  PERCEPT_ASSIGN_OR_RETURN(
      const inspect::Predictions predictions,
      inspect::Predict(subject.model, chosen.examples, subject.instruction_set(), goes_on));
  AddToProto(predictions, chosen, part.mutable_predictions());
  AddInputsToProto(chosen.examples, part.mutable_inputs());
  return part;
}

}  // namespace

absl::StatusOr<v1::PredictResponse> Answer(const v1::PredictRequest& request,
                                           const InspectSubject& subject, GoesOn goes_on) {
  const ml::ModelShape shape = subject.model.shape;
  absl::StatusOr<ChosenExamples> chosen;
  std::optional<inspect::PreparedInput> picture;
  switch (request.inputs_case()) {
    case v1::PredictRequest::kValues:
      chosen = ValuesToAsk("values", request.values(), shape.inputs);
      break;
    case v1::PredictRequest::kExamples:
      chosen = ChooseExamples("examples", request.examples(), subject.dataset);
      break;
    case v1::PredictRequest::kImage: {
      PERCEPT_ASSIGN_OR_RETURN(picture,
                               PictureToAsk(request.image(), subject.dataset->image_shape));
      chosen = ChosenExamples();
      chosen->examples = {.count = 1, .inputs = shape.inputs, .dense = picture->inputs.data()};
      break;
    }
    case v1::PredictRequest::INPUTS_NOT_SET: {
      FieldViolations violations;
      violations.Add("inputs", "must be set; choose values, examples or image");
      return violations.ToStatus();
    }
  }
  if (!chosen.ok()) return chosen.status();
  PERCEPT_RETURN_IF_ERROR(CheckAnswerSize(PredictionBytes(chosen->examples.count, shape.classes),
                                          "ask for fewer examples at a time"));
  PERCEPT_ASSIGN_OR_RETURN(
      const inspect::Predictions predictions,
      inspect::Predict(subject.model, chosen->examples, subject.instruction_set(), goes_on));
  v1::PredictResponse response;
  response.set_snapshot_index(subject.snapshot_index());
  AddToProto(predictions, *chosen, response.mutable_predictions());
  if (picture.has_value()) {
    response.mutable_image_inputs()->Add(picture->inputs.begin(), picture->inputs.end());
    *response.mutable_image_preparation() = ToProto(picture->preparation);
  }
  if (subject.dataset->image_shape.has_value()) {
    *response.mutable_image_shape() = ToProto(*subject.dataset->image_shape);
  }
  return response;
}

absl::StatusOr<v1::DecisionGridResponse> Answer(const v1::DecisionGridRequest& request,
                                                const InspectSubject& subject, GoesOn goes_on) {
  PERCEPT_ASSIGN_OR_RETURN(
      const inspect::DecisionGrid grid,
      inspect::MakeDecisionGrid(subject.model, *subject.dataset, WindowFromProto(request),
                                subject.instruction_set(), goes_on));
  v1::DecisionGridResponse response = ToProto(grid);
  response.set_snapshot_index(subject.snapshot_index());
  response.set_classes(subject.model.shape.classes);
  return response;
}

absl::StatusOr<v1::WeightImagesResponse> Answer(const v1::WeightImagesRequest& request,
                                                const InspectSubject& subject, GoesOn) {
  if (request.max_units() < 0 || request.max_units() > kMaxUnits) {
    return InvalidField("max_units", absl::StrCat("must be in [0, ", kMaxUnits, "]"),
                        request.max_units());
  }
  const int32_t max_units = request.max_units() == 0 ? kDefaultUnits : request.max_units();
  PERCEPT_ASSIGN_OR_RETURN(
      const inspect::WeightImages images,
      inspect::MakeWeightImages(subject.model, subject.dataset->image_shape, request.layer(),
                                request.start_unit(), max_units, kMaxPictureBytes));
  v1::WeightImagesResponse response = ToProto(images);
  response.set_snapshot_index(subject.snapshot_index());
  response.set_layer(request.layer());
  return response;
}

absl::StatusOr<v1::BatchResponse> Answer(const v1::BatchRequest& request,
                                         const InspectSubject& subject, GoesOn goes_on) {
  if (request.max_examples() < 0 || request.max_examples() > kMaxBatchExamples) {
    return InvalidField("max_examples", absl::StrCat("must be in [0, ", kMaxBatchExamples, "]"),
                        request.max_examples());
  }
  const int64_t wanted =
      request.max_examples() == 0 ? kDefaultBatchExamples : request.max_examples();
  const int64_t example_bytes = subject.dataset->inputs * static_cast<int64_t>(sizeof(float)) +
                                PredictionBytes(1, subject.model.shape.classes);
  const int64_t fitting = std::max<int64_t>(1, kMaxPictureBytes / example_bytes);
  const std::vector<uint32_t>& batch = *subject.found.snapshot.batch_indices;
  const auto shown =
      static_cast<size_t>(std::min({wanted, fitting, static_cast<int64_t>(batch.size())}));

  BatchRows rows = SplitRows(absl::MakeConstSpan(batch).first(shown),
                             subject.dataset->split(data::SplitKind::kTrain).examples);
  PERCEPT_ASSIGN_OR_RETURN(v1::BatchResponse train, AnswerFor(subject, data::SplitKind::kTrain,
                                                              std::move(rows.train), goes_on));
  PERCEPT_ASSIGN_OR_RETURN(
      v1::BatchResponse validation,
      AnswerFor(subject, data::SplitKind::kValidation, std::move(rows.validation), goes_on));
  v1::BatchResponse response;
  int next_train = 0;
  int next_validation = 0;
  for (const bool is_train : rows.is_train) {
    v1::BatchResponse& part = is_train ? train : validation;
    const int at = is_train ? next_train++ : next_validation++;
    response.add_predictions()->Swap(part.mutable_predictions(at));
    const float* const inputs = part.inputs().data() + int64_t{at} * subject.dataset->inputs;
    response.mutable_inputs()->Add(inputs, inputs + subject.dataset->inputs);
  }
  response.set_snapshot_index(subject.snapshot_index());
  response.set_batch_size(static_cast<int32_t>(batch.size()));
  if (subject.dataset->image_shape.has_value()) {
    *response.mutable_image_shape() = ToProto(*subject.dataset->image_shape);
  }
  return response;
}

absl::StatusOr<v1::ConfusionMatrixResponse> Answer(const v1::ConfusionMatrixRequest& request,
                                                   const InspectSubject& subject, GoesOn goes_on) {
  PERCEPT_ASSIGN_OR_RETURN(const data::SplitKind split,
                           SplitToAsk("split", request.split(), *subject.dataset));
  const int32_t max_mistakes =
      request.has_max_mistakes() ? request.max_mistakes() : kDefaultMistakes;
  if (max_mistakes < 0 || max_mistakes > kMaxMistakes) {
    return InvalidField("max_mistakes", absl::StrCat("must be in [0, ", kMaxMistakes, "]"),
                        max_mistakes);
  }
  PERCEPT_ASSIGN_OR_RETURN(
      const inspect::Confusion confusion,
      inspect::MakeConfusion(subject.model, *subject.dataset, split, max_mistakes,
                             subject.instruction_set(), goes_on));
  v1::ConfusionMatrixResponse response = ToProto(confusion);
  response.set_snapshot_index(subject.snapshot_index());
  response.set_split(static_cast<v1::Split>(static_cast<int>(split) + 1));
  return response;
}

v1::CapacityResponse CapacityToProto(const storage::JobRecord& job,
                                     const data::DatasetRecord& dataset) {
  const ml::ModelShape shape = {.inputs = job.inputs, .classes = job.classes};
  v1::CapacityResponse response;
  for (const inspect::LayerCapacity& layer : inspect::CapacityOf(job.spec.model, shape)) {
    v1::LayerCapacity* to = response.add_layers();
    to->set_name(layer.name);
    to->set_inputs(layer.inputs);
    to->set_outputs(layer.outputs);
    to->set_weights(layer.weights);
    to->set_biases(layer.biases);
    to->set_activation(layer.activation);
  }
  response.set_parameter_count(job.parameter_count);
  response.set_parameter_bytes(training::ParameterBytesOf(job));
  response.set_training_examples(job.train_examples);
  if (dataset.image_shape.has_value()) {
    *response.mutable_image_shape() = ToProto(*dataset.image_shape);
  }
  return response;
}

}  // namespace percept::rpc
