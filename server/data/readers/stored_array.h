#ifndef PERCEPT_SERVER_DATA_READERS_STORED_ARRAY_H_
#define PERCEPT_SERVER_DATA_READERS_STORED_ARRAY_H_

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

#include "server/data/dataset.h"
#include "server/data/image.h"
#include "server/data/readers/input_file.h"
#include "server/data/readers/npy_header.h"
#include "server/data/readers/zip_reader.h"

// Arrays of NumPy within an archive: inputs [N, D] (whatever the shape they are stored in), labels
// [N] and pictures. All errors are InvalidArgument that name file, array and rule, but for
// ResourceExhausted where memory is limited and Unavailable where the file cannot be read.
namespace percept::data {

// NumPy's types, less the byte order. Integers come first.
enum class ElementType {
  kInt8,
  kInt16,
  kInt32,
  kInt64,
  kUint8,
  kUint16,
  kUint32,
  kUint64,
  kFloat32,
  kFloat64,
};

// An array whose values are still to be read.
struct StoredArray {
  std::string where;  // File and array, to begin a message with.
  NpyHeader header;
  ElementType type = ElementType::kUint8;
  int64_t element_size = 1;                   // Bytes.
  int64_t rows = 0;                           // N
  int64_t columns = 1;                        // D; 1 for labels.
  std::unique_ptr<ZipMemberReader> contents;  // At the first value.
};

// InvalidArgument with the array's place before the rule.
absl::Status RefuseArray(const StoredArray& array, absl::string_view rule);

// Read the array's header and hold its type and shape to what inputs and labels may have, and its
// size to the bytes that are there. `file` must outlive the array.
absl::StatusOr<StoredArray> OpenInputs(const InputFile& file, const ZipMember& member,
                                       absl::string_view name);
absl::StatusOr<StoredArray> OpenLabels(const InputFile& file, const ZipMember& member,
                                       absl::string_view name);

// As above, of RGB pictures [N, H, W, 3] with H and W at most 4096, uint8 or floats in [0, 1].
absl::StatusOr<StoredArray> OpenPictures(const InputFile& file, const ZipMember& member,
                                         absl::string_view name);

// Reads one of the pictures, once, as bytes; of floats the nearest. Those before it are passed
// over, and no checksum is looked at. `index` is in [0, N).
absl::StatusOr<Image> ReadPicture(StoredArray& pictures, int64_t index);

// The picture that an example is; nothing where it is none.
std::optional<ImageShape> ImageShapeOf(const StoredArray& inputs);

// Read all values, once. Labels are in [0, end), or refused with `reason` behind that rule; floats
// are finite. Floats take N * D * 4 bytes; ResourceExhausted where the bytes would take more than
// `max_bytes`.
absl::StatusOr<std::vector<int32_t>> ReadLabels(StoredArray& array, int32_t end,
                                                absl::string_view reason);
absl::StatusOr<std::vector<float>> ReadFloats(StoredArray& inputs);
absl::StatusOr<SparseBytes> ReadBytes(StoredArray& array, int64_t max_bytes,
                                      const ReadLimits& limits);

}  // namespace percept::data

#endif  // PERCEPT_SERVER_DATA_READERS_STORED_ARRAY_H_
