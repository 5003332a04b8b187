#ifndef PERCEPT_SERVER_DATA_MAKE_DATASET_H_
#define PERCEPT_SERVER_DATA_MAKE_DATASET_H_

#include <cstdint>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

#include "server/base/status.h"
#include "server/data/dataset.h"
#include "server/data/sources.h"

// Makes the content of a data set from what a client asked for. Fields are named as in the request,
// such as `dataset.derived.features[2]`.
namespace percept::data {

inline constexpr size_t kMaxFeatures = 1024;  // Of a derived set.

struct MakeLimits {
  int64_t content_bytes = 0;       // That the result takes in memory.
  int64_t feature_operations = 0;  // Of all rows of a derived set.
};

// Adds to `violations` unless `id` can be that of a data set.
void CheckDatasetId(absl::string_view field, absl::string_view id, FieldViolations& violations);

// Adds to `violations` what can be seen to be wrong without the data set that the source names;
// sources of uploaded and installed sets always are.
void CheckSource(const Source& source, FieldViolations& violations);

// The data set that a source takes its examples from, and the field that names it.
struct Origin {
  std::string dataset;  // Empty for a source that needs none.
  std::string field;
};
Origin OriginOf(const Source& source);

// ResourceExhausted, naming `field`, where `size_bytes` is more than `limit_bytes`.
absl::Status CheckContentSize(absl::string_view field, int64_t size_bytes, int64_t limit_bytes);

// Makes what a checked source says; `origin` is the content of its origin, null where it has none.
// InvalidArgument naming the field; ResourceExhausted, before any memory is taken, for what exceeds
// the limits.
absl::StatusOr<Dataset> MakeDataset(const Source& source, const Dataset* origin,
                                    const MakeLimits& limits);

}  // namespace percept::data

#endif  // PERCEPT_SERVER_DATA_MAKE_DATASET_H_
