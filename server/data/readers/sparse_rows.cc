#include "server/data/readers/sparse_rows.h"

#include <algorithm>
#include <cstddef>
#include <cstring>

namespace percept::data {
namespace {

constexpr int64_t kPixelBytes = sizeof(uint16_t) + sizeof(uint8_t);

}  // namespace

SparseRowsBuilder::SparseRowsBuilder(int64_t rows, int64_t inputs, int64_t max_bytes)
    : row_count_(rows),
      inputs_(inputs),
      max_bytes_(max_bytes),
      columns_(static_cast<size_t>(inputs)),
      values_(static_cast<size_t>(inputs)) {
  if (max_pixels() >= 0) rows_.row_start.reserve(static_cast<size_t>(rows) + 1);
}

// Non-zero bytes that the memory allows; negative where it does not even allow for the rows.
int64_t SparseRowsBuilder::max_pixels() const {
  const int64_t left = max_bytes_ - (row_count_ + 1) * static_cast<int64_t>(sizeof(uint32_t));
  return left < 0 ? -1 : left / kPixelBytes;
}

bool SparseRowsBuilder::Append(const char* bytes, int64_t count) {
  const int64_t allowed = max_pixels();
  if (allowed < 0) return false;
  ReserveAhead(count);
  for (int64_t row = 0; row < count; ++row) {
    AppendRow(bytes + row * inputs_);
    if (static_cast<int64_t>(rows_.values.size()) > allowed) return false;
  }
  done_ += count;
  return true;
}

// Appends the non-zero pixels of one row.
void SparseRowsBuilder::AppendRow(const char* row) {
  constexpr size_t kWord = sizeof(uint64_t);
  const auto inputs = static_cast<size_t>(inputs_);
  size_t kept = 0;
  size_t column = 0;
  while (column < inputs) {
    if (inputs - column >= kWord) {
      uint64_t word;
      std::memcpy(&word, row + column, kWord);
      if (word == 0) {
        column += kWord;
        continue;
      }
    }
    const size_t end = std::min(column + kWord, inputs);
    for (; column < end; ++column) {
      // Always written, kept only when not zero: no branch to mispredict.
      columns_[kept] = static_cast<uint16_t>(column);
      values_[kept] = static_cast<uint8_t>(row[column]);
      kept += row[column] != 0 ? 1 : 0;
    }
  }
  const auto end = static_cast<ptrdiff_t>(kept);
  rows_.columns.insert(rows_.columns.end(), columns_.begin(), columns_.begin() + end);
  rows_.values.insert(rows_.values.end(), values_.begin(), values_.begin() + end);
  rows_.row_start.push_back(static_cast<uint32_t>(rows_.values.size()));
}

// Makes room for the next `count` rows, and, going by the rows so far, for those that follow: the
// arrays are allocated about once and hardly larger than they come to be.
void SparseRowsBuilder::ReserveAhead(int64_t count) {
  const size_t used = rows_.values.size();
  const auto next = static_cast<size_t>(count * inputs_);
  if (rows_.values.capacity() - used >= next) return;
  const double per_row = done_ == 0 ? 0.0 : static_cast<double>(used) / static_cast<double>(done_);
  const auto ahead = static_cast<size_t>(1.03 * per_row * static_cast<double>(row_count_ - done_));
  // Never more than allowed, but for the next rows.
  const size_t room = std::max(next, std::min(ahead, static_cast<size_t>(max_pixels())));
  rows_.values.reserve(used + room);
  rows_.columns.reserve(used + room);
}

}  // namespace percept::data
