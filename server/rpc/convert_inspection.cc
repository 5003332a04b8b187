#include "server/rpc/convert_inspection.h"

#include "absl/types/span.h"

#include "server/rpc/convert_dataset.h"

namespace percept::rpc {
namespace {

template <typename Numbers, typename Field>
void AddAll(const Numbers& numbers, Field* field) {
  field->Add(numbers.begin(), numbers.end());
}

v1::Range RangeToProto(double min, double max) {
  v1::Range range;
  range.set_min(min);
  range.set_max(max);
  return range;
}

}  // namespace

void AddToProto(const inspect::Predictions& predictions, const ChosenExamples& chosen,
                google::protobuf::RepeatedPtrField<v1::Prediction>* proto) {
  proto->Reserve(proto->size() + static_cast<int>(predictions.count()));
  for (int64_t n = 0; n < predictions.count(); ++n) {
    v1::Prediction* prediction = proto->Add();
    prediction->set_label(predictions.labels[static_cast<size_t>(n)]);
    AddAll(predictions.probabilities_of(n), prediction->mutable_probabilities());
    AddAll(predictions.scores_of(n), prediction->mutable_scores());
    if (!chosen.split.has_value()) continue;
    prediction->set_true_label(chosen.examples.labels[n]);
    prediction->set_example_index(chosen.row(n));
    prediction->set_split(static_cast<v1::Split>(static_cast<int>(*chosen.split) + 1));
  }
}

int64_t PredictionBytes(int64_t count, int32_t classes) {
  constexpr int64_t kRest = 48;  // Labels, the index and what frames them.
  return count * (2 * int64_t{classes} * static_cast<int64_t>(sizeof(float)) + kRest);
}

void AddInputsToProto(const Examples& examples, google::protobuf::RepeatedField<float>* proto) {
  if (!examples.is_sparse()) {
    proto->Add(examples.dense, examples.dense + examples.count * examples.inputs);
    return;
  }
  const Examples::SparseRows& sparse = examples.sparse;
  for (int64_t n = 0; n < examples.count; ++n) {
    const int begin = proto->size();
    proto->Resize(begin + examples.inputs, 0.0f);
    for (uint32_t entry = sparse.row_start[n]; entry < sparse.row_start[n + 1]; ++entry) {
      proto->Set(begin + sparse.columns[entry], static_cast<float>(sparse.values[entry]) / 255.0f);
    }
  }
}

v1::DecisionGridResponse ToProto(const inspect::DecisionGrid& grid) {
  v1::DecisionGridResponse proto;
  *proto.mutable_x_range() = RangeToProto(grid.x_range.min, grid.x_range.max);
  *proto.mutable_y_range() = RangeToProto(grid.y_range.min, grid.y_range.max);
  proto.set_columns(grid.columns);
  proto.set_rows(grid.rows);
  proto.set_labels(grid.labels);
  proto.set_confidence(grid.confidence);
  for (const inspect::BoundaryLine& line : grid.lines) {
    v1::BoundaryLine* to = proto.add_lines();
    to->set_label(line.label);
    to->set_weight_x(line.weight_x);
    to->set_weight_y(line.weight_y);
    to->set_offset(line.offset);
  }
  proto.set_x_input(grid.x_input);
  proto.set_y_input(grid.y_input);
  AddAll(grid.base_inputs, proto.mutable_base_inputs());
  return proto;
}

v1::DecisionPlane ToProto(const inspect::DecisionPlane& plane) {
  v1::DecisionPlane proto;
  proto.set_label(plane.label);
  AddAll(plane.weights, proto.mutable_weights());
  proto.set_offset(plane.offset);
  return proto;
}

v1::ConfusionMatrixResponse ToProto(const inspect::Confusion& confusion) {
  v1::ConfusionMatrixResponse proto;
  proto.set_classes(confusion.classes);
  AddAll(confusion.counts, proto.mutable_counts());
  proto.set_accuracy(confusion.accuracy);
  proto.set_loss(confusion.loss);
  for (size_t label = 0; label < confusion.measures.size(); ++label) {
    const inspect::ClassMeasures& measures = confusion.measures[label];
    v1::ClassMeasures* to = proto.add_class_measures();
    to->set_label(static_cast<int32_t>(label));
    if (measures.precision.has_value()) to->set_precision(*measures.precision);
    if (measures.recall.has_value()) to->set_recall(*measures.recall);
  }
  for (const inspect::Mistake& mistake : confusion.mistakes) {
    v1::Mistake* to = proto.add_mistakes();
    to->set_example_index(mistake.example);
    to->set_true_label(mistake.true_label);
    to->set_predicted_label(mistake.predicted_label);
    to->set_confidence(mistake.confidence);
    to->set_score(mistake.score);
  }
  return proto;
}

v1::WeightImagesResponse ToProto(const inspect::WeightImages& images) {
  v1::WeightImagesResponse proto;
  *proto.mutable_shape() = ToProto(images.shape);
  for (const inspect::WeightImage& image : images.images) {
    v1::WeightImage* to = proto.add_images();
    to->set_unit(image.unit);
    AddAll(image.weights, to->mutable_weights());
    if (image.bias.has_value()) to->set_bias(*image.bias);
    *to->mutable_range() = RangeToProto(image.lowest, image.highest);
  }
  proto.set_units(images.units);
  return proto;
}

}  // namespace percept::rpc
