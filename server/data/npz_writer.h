#ifndef PERCEPT_SERVER_DATA_NPZ_WRITER_H_
#define PERCEPT_SERVER_DATA_NPZ_WRITER_H_

#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/types/span.h"

#include "server/data/dataset.h"

namespace percept::data {

// An array for NumPy.
struct NpyArray {
  std::string name;   // Key in the archive.
  std::string descr;  // NumPy's name of the type: "<f4", "<f8", "|u1", "<i4", "<i8".
  std::vector<int64_t> shape;
  absl::string_view bytes;  // In C order, product(shape) elements; borrowed.
};

// NumPy's archive of the arrays: an uncompressed zip file of .npy files (format version 1), the
// same bytes for the same arrays. ResourceExhausted above the 4 GiB that a plain zip file can hold.
absl::StatusOr<std::string> WriteNpz(absl::Span<const NpyArray> arrays);

// The archive of a data set, with x_train, y_train, x_validation and so on, as `ReadNpz` reads
// them: pixels as uint8, other inputs as float32, both [N, H, W] (or [N, H, W, C]) where they are
// pictures and [N, D] where not; labels as int32. Splits without examples are left out; the test
// split too, unless `include_test`.
absl::StatusOr<std::string> WriteDatasetNpz(const Dataset& dataset, bool include_test);

}  // namespace percept::data

#endif  // PERCEPT_SERVER_DATA_NPZ_WRITER_H_
