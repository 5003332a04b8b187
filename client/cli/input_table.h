#ifndef PERCEPT_CLIENT_CLI_INPUT_TABLE_H_
#define PERCEPT_CLIENT_CLI_INPUT_TABLE_H_

#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

namespace percept::cli {

// Inputs of examples, as a file on this machine holds them.
struct InputTable {
  int64_t rows = 0;           // Examples.
  int64_t columns = 0;        // Inputs of each.
  std::vector<float> values;  // [rows, columns].
};

// Most rows that are asked about at once.
inline constexpr int64_t kMostInputRows = 10'000;
// Most bytes of a file of inputs, and of an array that was compressed in it.
inline constexpr int64_t kMostInputBytes = int64_t{256} << 20;

// Errors of all below are DataLoss with a message that begins with `name` and says where in the
// file the fault is.

// CSV: a row of names, then as many numbers in each row. Numbers may stand in double quotes, lines
// may end in CR LF. Empty lines at the end are passed over.
absl::StatusOr<InputTable> ParseCsvInputs(absl::string_view content, absl::string_view name);

// NumPy's archive: the array `x`, or the only one there is. Of shape [columns], [rows, columns] or
// [rows, …], of which all but the first are laid flat; float32 and float64 are taken as they are,
// uint8 is scaled by 1/255. In C order; ZIP entries stored or deflated.
absl::StatusOr<InputTable> ParseNpzInputs(absl::string_view content, absl::string_view name);

// Reads a file by what its name ends in, .csv or .npz. InvalidArgument for another name.
absl::StatusOr<InputTable> ReadInputTable(const std::string& path);

}  // namespace percept::cli

#endif  // PERCEPT_CLIENT_CLI_INPUT_TABLE_H_
