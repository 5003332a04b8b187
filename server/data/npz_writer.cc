#include "server/data/npz_writer.h"

namespace percept::data {

absl::StatusOr<std::string> WriteNpz(absl::Span<const NpyArray> /*arrays*/) {
  return absl::UnimplementedError("npz");
}

absl::StatusOr<std::string> WriteDatasetNpz(const Dataset& /*dataset*/, bool /*include_test*/) {
  return absl::UnimplementedError("npz");
}

}  // namespace percept::data
