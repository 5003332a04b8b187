#ifndef PERCEPT_CLIENT_CLI_PARSE_H_
#define PERCEPT_CLIENT_CLI_PARSE_H_

#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/time.h"

#include "percept/v1/job.pb.h"

namespace percept::cli {

// Reading what was typed. Errors are InvalidArgument with the rule and the text: "must be a whole
// number, got 'abc'".

// A number of type int32_t, int64_t, uint64_t or double. The sign and the size are not judged, as
// long as the type can hold them.
template <typename Number>
absl::StatusOr<Number> ParseNumber(const std::string& text);

// Whole numbers with commas between: "64,32".
absl::StatusOr<std::vector<int32_t>> ParseNumbers(const std::string& text);

// Indices with commas between: "0,17".
absl::StatusOr<std::vector<int64_t>> ParseIndices(const std::string& text);

// Numbers with commas between: "0.1,-2".
absl::StatusOr<std::vector<double>> ParseValues(const std::string& text);

// Rows of numbers with semicolons between: "0.3,-0.5;-0.4,1".
struct Matrix {
  int rows = 0;
  int columns = 0;
  std::vector<double> values;  // [rows, columns].
};
absl::StatusOr<Matrix> ParseMatrix(const std::string& text);

// A point in two dimensions: "0,3.5".
struct Point2 {
  double x = 0;
  double y = 0;
};
absl::StatusOr<Point2> ParsePoint(const std::string& text);

// Two numbers with a colon between: "-3:3".
struct Interval {
  double min = 0;
  double max = 0;
};
absl::StatusOr<Interval> ParseInterval(const std::string& text);

// A snapshot of a job: `last`, `best` or an index.
absl::StatusOr<std::string> ParseSnapshot(const std::string& text);

// "90s", "1h30m" or a number of seconds.
absl::StatusOr<absl::Duration> ParseDuration(const std::string& text);

// "constant", "step:GAMMA,SIGMA" or "inverse:GAMMA,RHO", as the `schedule` of a spec whose other
// fields are unset.
absl::StatusOr<v1::TrainingSpec> ParseSchedule(const std::string& text);

// A number, or "auto" for 0.
absl::StatusOr<int64_t> ParseNumberOrAuto(const std::string& text);

}  // namespace percept::cli

#endif  // PERCEPT_CLIENT_CLI_PARSE_H_
