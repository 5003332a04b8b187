#ifndef PERCEPT_SERVER_DATA_READERS_NPY_HEADER_H_
#define PERCEPT_SERVER_DATA_READERS_NPY_HEADER_H_

#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

namespace percept::data {

// What a .npy file begins with, after its magic bytes, version and length: a Python dictionary.
struct NpyHeader {
  std::string descr;  // NumPy's name of the type, such as "<f4".
  bool fortran_order = false;
  std::vector<int64_t> shape;  // Each at least 0.
};

// Reads a dictionary such as {'descr': '<f4', 'fortran_order': False, 'shape': (2, 3), } with its
// keys in any order and spaces anywhere between its parts. InvalidArgument, naming the byte (from
// 0) and the rule, for all else; a structured type, whose descr is a list, is refused.
absl::StatusOr<NpyHeader> ParseNpyHeader(absl::string_view text);

// A shape as Python writes it, such as (2, 3) and (2,).
std::string ShapeText(const std::vector<int64_t>& shape);

}  // namespace percept::data

#endif  // PERCEPT_SERVER_DATA_READERS_NPY_HEADER_H_
