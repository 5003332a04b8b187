#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "nlohmann/json.hpp"

#include "server/inspect/export/export.h"
#include "server/inspect/export/tensors.h"

namespace percept::inspect {
namespace {

// The numbers after the header begin at a multiple of this, so that they can be used in place.
constexpr size_t kAlignment = 8;

// The JSON header, padded.
std::string Header(const std::vector<TensorBytes>& tensors) {
  nlohmann::ordered_json header;
  header["__metadata__"] = {{"format", "pt"}};
  size_t begin = 0;
  for (const TensorBytes& tensor : tensors) {
    const size_t end = begin + tensor.bytes.size();
    nlohmann::ordered_json entry;
    entry["dtype"] = tensor.info.is_float32() ? "F32" : "F64";
    entry["shape"] = tensor.info.shape;
    entry["data_offsets"] = {begin, end};
    header[tensor.info.name] = std::move(entry);
    begin = end;
  }
  std::string text = header.dump();
  text.resize((text.size() + kAlignment - 1) / kAlignment * kAlignment, ' ');
  return text;
}

std::string LittleEndian(uint64_t value) {
  std::string bytes;
  for (int shift = 0; shift < 64; shift += 8) bytes.push_back(static_cast<char>(value >> shift));
  return bytes;
}

}  // namespace

absl::StatusOr<std::string> ExportSafetensors(const TrainedModel& model) {
  const absl::StatusOr<std::vector<TensorBytes>> tensors = TensorsOf(model);
  if (!tensors.ok()) return tensors.status();
  const std::string header = Header(*tensors);
  return absl::StrCat(LittleEndian(header.size()), header, *model.parameters);
}

}  // namespace percept::inspect
