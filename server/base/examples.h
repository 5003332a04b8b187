#ifndef PERCEPT_SERVER_BASE_EXAMPLES_H_
#define PERCEPT_SERVER_BASE_EXAMPLES_H_

#include <cstdint>

namespace percept {

// N examples of D inputs each, borrowed from whoever owns the data set; the owner keeps them
// unchanged for as long as a view is used. Inputs are either dense floats or the non-zero bytes of
// pixels; exactly one of `dense` and `sparse.row_start` is set.
struct Examples {
  // Non-zero pixels by row; a pixel stands for the float value / 255.
  struct SparseRows {
    const uint32_t* row_start = nullptr;  // [N + 1], places in the two arrays below.
    const uint16_t* columns = nullptr;    // Ascending within a row.
    const uint8_t* values = nullptr;      // In [1, 255].
  };

  int64_t count = 0;             // N
  int32_t inputs = 0;            // D
  const float* dense = nullptr;  // [N, D] row-major.
  SparseRows sparse;
  const int32_t* labels = nullptr;  // [N], each in [0, K).

  bool is_sparse() const { return sparse.row_start != nullptr; }

  // The examples [first, first + number).
  Examples Rows(int64_t first, int64_t number) const {
    Examples rows = *this;
    rows.count = number;
    rows.labels += first;
    if (is_sparse()) {
      rows.sparse.row_start += first;
    } else {
      rows.dense += first * inputs;
    }
    return rows;
  }
};

}  // namespace percept

#endif  // PERCEPT_SERVER_BASE_EXAMPLES_H_
