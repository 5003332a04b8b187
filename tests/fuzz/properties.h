#ifndef PERCEPT_TESTS_FUZZ_PROPERTIES_H_
#define PERCEPT_TESTS_FUZZ_PROPERTIES_H_

#include <cstdint>
#include <cstdio>
#include <cstdlib>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"

#include "server/data/dataset.h"
#include "server/data/readers/input_file.h"

// Ends the program, which the fuzzer reports with the input that led here.
#define FUZZ_CHECK(condition)                                                             \
  do {                                                                                    \
    if (!(condition)) {                                                                   \
      std::fprintf(stderr, "%s:%d: does not hold: %s\n", __FILE__, __LINE__, #condition); \
      std::abort();                                                                       \
    }                                                                                     \
  } while (false)

// What must hold whatever bytes the readers are given.
namespace percept::fuzz {

// Small, so that an input that reaches them is found.
inline data::ReadLimits Limits() {
  data::ReadLimits limits;
  limits.decompressed_bytes = int64_t{8} << 20;
  limits.content_bytes = int64_t{16} << 20;
  return limits;
}

// The data set is one that the rest of the server may use unseen.
void CheckDataset(const data::Dataset& dataset, const data::ReadLimits& limits);

// A refusal blames the input, not the server, begins with `prefix`, and can be sent on.
void CheckRefusal(const absl::Status& status, absl::string_view prefix);

}  // namespace percept::fuzz

#endif  // PERCEPT_TESTS_FUZZ_PROPERTIES_H_
