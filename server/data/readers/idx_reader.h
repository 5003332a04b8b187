#ifndef PERCEPT_SERVER_DATA_READERS_IDX_READER_H_
#define PERCEPT_SERVER_DATA_READERS_IDX_READER_H_

#include <cstdint>
#include <string>

#include "absl/status/statusor.h"
#include "absl/types/span.h"

#include "server/data/dataset.h"
#include "server/data/readers/input_file.h"

// Reads the format of MNIST's files (http://yann.lecun.com/exdb/mnist): two zero bytes, the type
// 8 (unsigned byte), the number of dimensions, each dimension as a big-endian 32-bit number, and
// the values. N images of H x W pixels, D = H * W; K classes.
namespace percept::data {

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
absl::StatusOr<IdxSplit> ReadIdx(const InputFile& images, const InputFile& labels, int32_t classes);

// Reads a data set from train images and train labels[, validation images and validation labels],
// in this order, none of them compressed; K is the largest training label + 1. As above, and
// InvalidArgument for another number of files, for no training examples, and for validation images
// of another shape; ResourceExhausted for more than `limits` allow.
absl::StatusOr<Dataset> ReadIdxDataset(absl::Span<const InputFile> files, const ReadLimits& limits);

}  // namespace percept::data

#endif  // PERCEPT_SERVER_DATA_READERS_IDX_READER_H_
