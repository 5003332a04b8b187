#include <string>
#include <vector>

#include "absl/status/statusor.h"

#include "server/data/npz_writer.h"
#include "server/inspect/export/export.h"
#include "server/inspect/export/tensors.h"

namespace percept::inspect {

absl::StatusOr<std::string> ExportNpz(const TrainedModel& model) {
  const absl::StatusOr<std::vector<TensorBytes>> tensors = TensorsOf(model);
  if (!tensors.ok()) return tensors.status();
  std::vector<data::NpyArray> arrays;
  arrays.reserve(tensors->size());
  for (const TensorBytes& tensor : *tensors) {
    arrays.push_back({tensor.info.name, tensor.info.is_float32() ? "<f4" : "<f8", tensor.info.shape,
                      tensor.bytes});
  }
  return data::WriteNpz(arrays);
}

}  // namespace percept::inspect
