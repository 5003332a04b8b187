#ifndef PERCEPT_SERVER_DATA_DATASET_H_
#define PERCEPT_SERVER_DATA_DATASET_H_

#include <array>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

// Examples in memory. Letters: N examples of a split, D inputs, K classes.
namespace percept::data {

enum class SplitKind { kTrain = 0, kValidation = 1, kTest = 2 };
inline constexpr int kSplitCount = 3;

// "train", "validation" or "test".
const char* SplitName(SplitKind kind);

// The non-zero bytes of N rows of pixels. Byte v stands for the input v / 255.
struct SparseBytes {
  std::vector<uint32_t> row_start = {0};  // [N + 1]
  std::vector<uint16_t> columns;          // Ascending within a row.
  std::vector<uint8_t> values;            // In [1, 255].
};

// One split. Either `dense` or `sparse` holds the inputs, the same kind in all splits of a data
// set.
struct Split {
  int64_t examples = 0;         // N
  std::vector<float> dense;     // [N, D] row-major; unused in a sparse data set.
  SparseBytes sparse;           // Unused in a dense data set.
  std::vector<int32_t> labels;  // [N], each in [0, K).
};

struct ImageShape {
  int32_t height = 0;
  int32_t width = 0;
  int32_t channels = 0;

  bool operator==(const ImageShape&) const = default;
};

// The content of a data set. Immutable once made, hence shared by all jobs without locks.
struct Dataset {
  int32_t inputs = 0;   // D
  int32_t classes = 0;  // K: the largest training label + 1.
  bool is_sparse = false;
  std::optional<ImageShape> image_shape;
  std::array<Split, kSplitCount> splits;

  const Split& split(SplitKind kind) const { return splits[static_cast<size_t>(kind)]; }
  Split& split(SplitKind kind) { return splits[static_cast<size_t>(kind)]; }

  // Memory the content takes, in bytes.
  int64_t size_bytes() const;
};

// SHA-256 over shape, labels and inputs of all splits in lower-case hexadecimal; the same on every
// machine for the same content.
std::string ContentDigest(const Dataset& dataset);

}  // namespace percept::data

#endif  // PERCEPT_SERVER_DATA_DATASET_H_
