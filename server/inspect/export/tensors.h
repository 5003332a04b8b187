#ifndef PERCEPT_SERVER_INSPECT_EXPORT_TENSORS_H_
#define PERCEPT_SERVER_INSPECT_EXPORT_TENSORS_H_

#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

#include "server/inspect/trained_model.h"

namespace percept::inspect {

// A tensor of a model with its numbers, little-endian and row-major, which the model owns.
struct TensorBytes {
  ml::TensorInfo info;
  absl::string_view bytes;
};

// The tensors of a model in their order. InvalidArgument when the model's parameters are not of
// their size.
absl::StatusOr<std::vector<TensorBytes>> TensorsOf(const TrainedModel& model);

}  // namespace percept::inspect

#endif  // PERCEPT_SERVER_INSPECT_EXPORT_TENSORS_H_
