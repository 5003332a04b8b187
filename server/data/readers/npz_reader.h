#ifndef PERCEPT_SERVER_DATA_READERS_NPZ_READER_H_
#define PERCEPT_SERVER_DATA_READERS_NPZ_READER_H_

#include "absl/status/statusor.h"

#include "server/data/dataset.h"
#include "server/data/readers/input_file.h"

namespace percept::data {

// Reads a data set from NumPy's archive: a zip file, stored or deflated, of .npy arrays (format
// versions 1 to 3, C order, little-endian). Letters: N examples, D inputs, H x W pixels, C
// channels.
//
//   x_train, x_validation, x_test   inputs: uint8, float32 or float64; [N, D], [N, H, W] or
//                                   [N, H, W, C] with C of 1 or 3. uint8 stands for the value / 255
//                                   and stays bytes; floats are taken as they are, as float32.
//   y_train, y_validation, y_test   labels: any integer type; [N] or [N, 1].
//   data, target                    in place of x_train and y_train.
//
// The arrays of training are required; those of the other splits come in pairs or not at all, with
// the inputs' type, shape and D of training. K classes: the largest training label + 1.
// InvalidArgument, naming file, array, row and column (from 0) and the rule: not such an archive,
// damaged (CRC-32), encrypted or zip64; an array of another type, order or shape, or one that is
// not among these; counts that differ; N of 0 for training; an input that is not finite; a label
// outside [0, K) or a K above kMaxClasses; more than `limits` allow (ResourceExhausted). Pickled
// objects are never read.
absl::StatusOr<Dataset> ReadNpz(const InputFile& file, const ReadLimits& limits);

}  // namespace percept::data

#endif  // PERCEPT_SERVER_DATA_READERS_NPZ_READER_H_
