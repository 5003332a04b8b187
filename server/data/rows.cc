#include "server/data/rows.h"

#include <cstddef>

namespace percept::data {
namespace {

// Bytes of pixels in these rows.
size_t CountPixels(const Split& split, absl::Span<const int64_t> rows) {
  size_t count = 0;
  for (const int64_t row : rows) {
    const auto at = static_cast<size_t>(row);
    count += split.sparse.row_start[at + 1] - split.sparse.row_start[at];
  }
  return count;
}

void AppendPixels(const SparseBytes& from, size_t row, SparseBytes& to) {
  const auto begin = static_cast<ptrdiff_t>(from.row_start[row]);
  const auto end = static_cast<ptrdiff_t>(from.row_start[row + 1]);
  to.columns.insert(to.columns.end(), from.columns.begin() + begin, from.columns.begin() + end);
  to.values.insert(to.values.end(), from.values.begin() + begin, from.values.begin() + end);
  to.row_start.push_back(static_cast<uint32_t>(to.values.size()));
}

}  // namespace

void AppendRows(const Dataset& dataset, const Split& from, absl::Span<const int64_t> rows,
                Split& to) {
  const auto inputs = static_cast<size_t>(dataset.inputs);
  to.labels.reserve(to.labels.size() + rows.size());
  if (dataset.is_sparse) {
    const size_t pixels = to.sparse.values.size() + CountPixels(from, rows);
    to.sparse.row_start.reserve(to.sparse.row_start.size() + rows.size());
    to.sparse.columns.reserve(pixels);
    to.sparse.values.reserve(pixels);
  } else {
    to.dense.reserve(to.dense.size() + rows.size() * inputs);
  }
  for (const int64_t row : rows) {
    const auto at = static_cast<size_t>(row);
    to.labels.push_back(from.labels[at]);
    if (dataset.is_sparse) {
      AppendPixels(from.sparse, at, to.sparse);
    } else {
      const auto begin = from.dense.begin() + static_cast<ptrdiff_t>(at * inputs);
      to.dense.insert(to.dense.end(), begin, begin + dataset.inputs);
    }
  }
  to.examples += static_cast<int64_t>(rows.size());
}

}  // namespace percept::data
