#ifndef PERCEPT_SERVER_DATA_IDX_READER_H_
#define PERCEPT_SERVER_DATA_IDX_READER_H_

#include <cstdint>
#include <istream>
#include <string>

#include "absl/status/statusor.h"

#include "server/data/dataset.h"

// Reads the format of MNIST's files (http://yann.lecun.com/exdb/mnist): two zero bytes, the type
// 8 (unsigned byte), the number of dimensions, each dimension as a big-endian 32-bit number, and
// the values. N images of H x W pixels, D = H * W; K classes.
namespace percept::data {

// A file to read. `in` can seek and stands at the file's beginning.
struct IdxFile {
  std::string name;  // Begins every message about the file.
  std::istream& in;
};

struct IdxSplit {
  Split split;                // Sparse.
  ImageShape image_shape;     // Of one channel.
  std::string images_sha256;  // Of the files' bytes, in lower-case hexadecimal.
  std::string labels_sha256;
};

// Reads N images and their N labels, row by row: takes memory for the non-zero pixels, not for the
// file. InvalidArgument, naming file, byte offset and rule: not such files, shorter or longer than
// their headers say, different counts, D above 65,536, N * D above 2^32 - 1, a label outside
// [0, classes). Unavailable: a file cannot be read.
absl::StatusOr<IdxSplit> ReadIdx(const IdxFile& images, const IdxFile& labels, int32_t classes);

}  // namespace percept::data

#endif  // PERCEPT_SERVER_DATA_IDX_READER_H_
