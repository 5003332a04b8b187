#include "server/data/transforms.h"

namespace percept::data {

absl::StatusOr<Dataset> TakeTwoClasses(const Dataset&, int32_t, int32_t, absl::string_view) {
  return absl::UnimplementedError("");
}
absl::StatusOr<Dataset> ComputeFeatures(const Dataset&, absl::Span<const Expression>,
                                        std::optional<double>, absl::string_view) {
  return absl::UnimplementedError("");
}
Dataset Normalise(const Dataset& dataset) { return dataset; }
absl::StatusOr<Dataset> Carve(Dataset, const Carving&) { return absl::UnimplementedError(""); }
Dataset JoinTrainAndValidation(const Dataset& dataset) { return dataset; }

}  // namespace percept::data
