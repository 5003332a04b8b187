#ifndef PERCEPT_SERVER_DATA_ROWS_H_
#define PERCEPT_SERVER_DATA_ROWS_H_

#include <cstdint>

#include "absl/types/span.h"

#include "server/data/dataset.h"

namespace percept::data {

// Appends the examples of `from` with these numbers to `to`, in the order given, in memory that is
// just large enough. Both are splits of sets with the inputs of `dataset`.
void AppendRows(const Dataset& dataset, const Split& from, absl::Span<const int64_t> rows,
                Split& to);

}  // namespace percept::data

#endif  // PERCEPT_SERVER_DATA_ROWS_H_
