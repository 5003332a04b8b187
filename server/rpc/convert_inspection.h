#ifndef PERCEPT_SERVER_RPC_CONVERT_INSPECTION_H_
#define PERCEPT_SERVER_RPC_CONVERT_INSPECTION_H_

#include <cstdint>

#include "google/protobuf/repeated_field.h"

#include "percept/v1/inspect_service.pb.h"
#include "server/inspect/confusion.h"
#include "server/inspect/decision_grid.h"
#include "server/inspect/latent.h"
#include "server/inspect/predictions.h"
#include "server/inspect/weight_images.h"
#include "server/rpc/inspect_subject.h"

namespace percept::rpc {

// Appends one prediction per example, with what is known of each.
void AddToProto(const inspect::Predictions& predictions, const ChosenExamples& chosen,
                google::protobuf::RepeatedPtrField<v1::Prediction>* proto);

// Bytes that so many predictions take at most.
int64_t PredictionBytes(int64_t count, int32_t classes);

// Appends the inputs of all examples, [B, D].
void AddInputsToProto(const Examples& examples, google::protobuf::RepeatedField<float>* proto);

v1::DecisionGridResponse ToProto(const inspect::DecisionGrid& grid);
v1::DecisionPlane ToProto(const inspect::DecisionPlane& plane);
v1::ConfusionMatrixResponse ToProto(const inspect::Confusion& confusion);
v1::WeightImagesResponse ToProto(const inspect::WeightImages& images);

}  // namespace percept::rpc

#endif  // PERCEPT_SERVER_RPC_CONVERT_INSPECTION_H_
