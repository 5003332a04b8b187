#ifndef PERCEPT_SERVER_DATA_READERS_CSV_READER_H_
#define PERCEPT_SERVER_DATA_READERS_CSV_READER_H_

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

#include "server/data/dataset.h"
#include "server/data/readers/input_file.h"

namespace percept::data {

// Reads a data set from comma-separated values (RFC 4180) in UTF-8, with a header row; all examples
// go to the training split. `label_column` is the header of the column that holds the label, the
// last one where it is empty; all other columns are inputs, in their order. Lines end with LF or
// CRLF; a byte order mark is skipped; fields may be quoted; empty lines at the end are skipped;
// spaces around a number or a header do not count. Numbers are decimal, such as -3, .5 and 1e-3,
// whatever the locale; a label may be written 3.0.
// InvalidArgument, naming file, row (the line's number, from 1, that of the header) and column (its
// header) and the rule: no rows, a row with another number of fields than the header, an empty or
// repeated header, an unknown label column, a field that is no finite number (as float32) or longer
// than 1000 bytes, a label that is no integer in [0, kMaxClasses), a quote out of place or without
// its end, a carriage return within a line, a zero byte, more than kMaxInputs inputs; more than
// `limits` allow (ResourceExhausted). Unavailable: cannot be read.
absl::StatusOr<Dataset> ReadCsv(const InputFile& file, absl::string_view label_column,
                                const ReadLimits& limits);

}  // namespace percept::data

#endif  // PERCEPT_SERVER_DATA_READERS_CSV_READER_H_
