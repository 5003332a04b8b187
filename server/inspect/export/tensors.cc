#include "server/inspect/export/tensors.h"

#include <cstdint>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"

namespace percept::inspect {

absl::StatusOr<std::vector<TensorBytes>> TensorsOf(const TrainedModel& model) {
  std::vector<ml::TensorInfo> layout = model.layout();
  absl::string_view rest = *model.parameters;
  const int64_t size_bytes = ml::ParameterBytes(layout);
  if (static_cast<int64_t>(rest.size()) != size_bytes) {
    return absl::InvalidArgumentError(
        absl::StrCat("parameters: must have ", size_bytes, " bytes, got ", rest.size()));
  }
  std::vector<TensorBytes> tensors;
  tensors.reserve(layout.size());
  for (ml::TensorInfo& info : layout) {
    const absl::string_view bytes = rest.substr(0, static_cast<size_t>(info.size_bytes()));
    rest.remove_prefix(bytes.size());
    tensors.push_back({std::move(info), bytes});
  }
  return tensors;
}

}  // namespace percept::inspect
