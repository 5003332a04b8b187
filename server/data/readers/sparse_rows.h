#ifndef PERCEPT_SERVER_DATA_READERS_SPARSE_ROWS_H_
#define PERCEPT_SERVER_DATA_READERS_SPARSE_ROWS_H_

#include <cstdint>
#include <limits>
#include <utility>
#include <vector>

#include "server/data/dataset.h"

namespace percept::data {

// Bytes of all rows together: what `SparseBytes` can number.
inline constexpr int64_t kMaxPixels = std::numeric_limits<uint32_t>::max();

// Makes the sparse form of N rows of D bytes, taking memory for the non-zero ones alone.
class SparseRowsBuilder {
 public:
  // N * D is at most kMaxPixels, D at most kMaxInputs. Takes memory for N: check before that a file
  // holds as much.
  SparseRowsBuilder(int64_t rows, int64_t inputs, int64_t max_bytes);

  // Adds whole rows, `count` of them, until there are N. False, with the rows lost, where the
  // result would take more than `max_bytes`.
  [[nodiscard]] bool Append(const char* bytes, int64_t count);

  // What was added; call last.
  SparseBytes Take() { return std::move(rows_); }

 private:
  void ReserveAhead(int64_t count);
  void AppendRow(const char* row);
  int64_t max_pixels() const;

  const int64_t row_count_;
  const int64_t inputs_;
  const int64_t max_bytes_;
  int64_t done_ = 0;
  SparseBytes rows_;
  // Room for one row.
  std::vector<uint16_t> columns_;
  std::vector<uint8_t> values_;
};

}  // namespace percept::data

#endif  // PERCEPT_SERVER_DATA_READERS_SPARSE_ROWS_H_
