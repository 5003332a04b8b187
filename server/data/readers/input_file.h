#ifndef PERCEPT_SERVER_DATA_READERS_INPUT_FILE_H_
#define PERCEPT_SERVER_DATA_READERS_INPUT_FILE_H_

#include <cstdint>
#include <istream>
#include <ostream>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

#include "server/data/dataset.h"

// What the readers of files have in common. They take files of strangers: whatever the bytes, they
// answer with a data set or an error, in memory bounded by the limits and time linear in the size.
namespace percept::data {

// A file to read. `in` can seek and stands at the file's beginning.
struct InputFile {
  std::string name;  // Begins every message about the file.
  std::istream& in;
};

struct ReadLimits {
  // Bytes of all the files of a data set together, once decompressed.
  int64_t decompressed_bytes = int64_t{1} << 30;
  // Bytes that the data set takes in memory.
  int64_t content_bytes = int64_t{2} << 30;
};

// Inputs per example and classes that a data set may have, at most.
inline constexpr int64_t kMaxInputs = 65'536;
inline constexpr int32_t kMaxClasses = 4096;

// Length of the file; leaves `in` at its beginning. Unavailable: cannot be read.
absl::StatusOr<int64_t> FileSize(const InputFile& file);

// Whether the bytes are UTF-8 that can be printed.
bool IsPrintable(absl::string_view bytes);

// Bytes of a file for use in a message: as `Quoted` has them where they are UTF-8 that can be
// printed, escaped as in C elsewhere.
std::string QuotedBytes(absl::string_view bytes);

// ResourceExhausted: `what`: must take at most `limits.content_bytes` in memory.
absl::Status TooLargeForMemory(absl::string_view what, const ReadLimits& limits);

// Ok unless the `size` of `what` exceeds `limits.decompressed_bytes`; else ResourceExhausted.
absl::Status CheckDecompressedSize(absl::string_view what, int64_t size, const ReadLimits& limits);

// Whether the file begins like a gzip file. Leaves `in` at its beginning.
bool IsGzip(const InputFile& file);

// Writes the contents of a gzip file (RFC 1952, one or several members) to `out` and returns their
// length. InvalidArgument, naming the file: damaged or cut short; ResourceExhausted: more than
// `max_bytes`; Unavailable: cannot be read or written.
absl::StatusOr<int64_t> Gunzip(const InputFile& file, std::ostream& out, int64_t max_bytes);

// Sets `classes` from the training labels, and checks what every data set must hold to:
// InvalidArgument, naming `file_name`, split, row (from 0) and the rule, for no training examples,
// a label below 0, one of the other splits that training does not reach, or too many classes.
absl::Status SetClasses(const std::string& file_name, Dataset& dataset);

}  // namespace percept::data

#endif  // PERCEPT_SERVER_DATA_READERS_INPUT_FILE_H_
