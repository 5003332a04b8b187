#include "client/cli/parse.h"

#include <limits>
#include <type_traits>

#include "absl/status/status.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"

namespace percept::cli {
namespace {

absl::Status Unreadable(absl::string_view rule, absl::string_view text) {
  return absl::InvalidArgumentError(absl::StrCat("must be ", rule, ", got '", text, "'"));
}

bool IsWholeNumber(absl::string_view text) {
  absl::string_view digits = text;
  if (!absl::ConsumePrefix(&digits, "-")) absl::ConsumePrefix(&digits, "+");
  return !digits.empty() && digits.find_first_not_of("0123456789") == absl::string_view::npos;
}

template <typename Number>
absl::StatusOr<std::vector<Number>> ParseList(const std::string& text, absl::string_view rule) {
  std::vector<Number> numbers;
  for (const absl::string_view part : absl::StrSplit(text, ',')) {
    const absl::StatusOr<Number> number = ParseNumber<Number>(std::string(part));
    if (!number.ok()) return Unreadable(rule, text);
    numbers.push_back(*number);
  }
  return numbers;
}

}  // namespace

template <typename Number>
absl::StatusOr<Number> ParseNumber(const std::string& text) {
  Number number{};
  if constexpr (std::is_floating_point_v<Number>) {
    if (!absl::SimpleAtod(text, &number)) return Unreadable("a number", text);
  } else {
    if (!IsWholeNumber(text)) return Unreadable("a whole number", text);
    if (!absl::SimpleAtoi(text, &number)) {
      using Limits = std::numeric_limits<Number>;
      return Unreadable(absl::StrCat("a whole number from ", Limits::min(), " to ", Limits::max()),
                        text);
    }
  }
  return number;
}

template absl::StatusOr<int32_t> ParseNumber<int32_t>(const std::string& text);
template absl::StatusOr<int64_t> ParseNumber<int64_t>(const std::string& text);
template absl::StatusOr<uint64_t> ParseNumber<uint64_t>(const std::string& text);
template absl::StatusOr<double> ParseNumber<double>(const std::string& text);

absl::StatusOr<std::vector<int32_t>> ParseNumbers(const std::string& text) {
  return ParseList<int32_t>(text, "whole numbers with commas between, such as 64,32");
}

absl::StatusOr<std::vector<int64_t>> ParseIndices(const std::string& text) {
  return ParseList<int64_t>(text, "indices with commas between, such as 0,17");
}

absl::StatusOr<std::vector<double>> ParseValues(const std::string& text) {
  return ParseList<double>(text, "numbers with commas between, such as 0.1,-2");
}

absl::StatusOr<Matrix> ParseMatrix(const std::string& text) {
  constexpr absl::string_view kRule =
      "rows of as many numbers each, such as '0.3,-0.5;-0.4,1' with two rows";
  Matrix matrix;
  for (const absl::string_view row : absl::StrSplit(text, ';')) {
    const absl::StatusOr<std::vector<double>> values = ParseValues(std::string(row));
    if (!values.ok()) return Unreadable(kRule, text);
    const int columns = static_cast<int>(values->size());
    if (matrix.rows > 0 && columns != matrix.columns) return Unreadable(kRule, text);
    matrix.columns = columns;
    ++matrix.rows;
    matrix.values.insert(matrix.values.end(), values->begin(), values->end());
  }
  return matrix;
}

absl::StatusOr<Point2> ParsePoint(const std::string& text) {
  const absl::StatusOr<std::vector<double>> values = ParseValues(text);
  if (!values.ok() || values->size() != 2) return Unreadable("two numbers, such as 0,3.5", text);
  return Point2{(*values)[0], (*values)[1]};
}

absl::StatusOr<Interval> ParseInterval(const std::string& text) {
  const std::vector<std::string> parts = absl::StrSplit(text, ':');
  if (parts.size() == 2) {
    const absl::StatusOr<double> min = ParseNumber<double>(parts[0]);
    const absl::StatusOr<double> max = ParseNumber<double>(parts[1]);
    if (min.ok() && max.ok()) return Interval{*min, *max};
  }
  return Unreadable("two numbers with a colon between, such as -3:3", text);
}

absl::StatusOr<std::string> ParseSnapshot(const std::string& text) {
  if (text == "last" || text == "best") return text;
  const absl::StatusOr<int64_t> index = ParseNumber<int64_t>(text);
  if (!index.ok()) return Unreadable("last, best or the index of a snapshot", text);
  return absl::StrCat(*index);
}

absl::StatusOr<absl::Duration> ParseDuration(const std::string& text) {
  double seconds = 0;
  absl::Duration duration;
  const bool is_number = absl::SimpleAtod(text, &seconds);
  if (is_number) duration = absl::Seconds(seconds);
  const bool is_read = is_number || absl::ParseDuration(text, &duration);
  const bool is_finite =
      duration < absl::InfiniteDuration() && duration > -absl::InfiniteDuration();
  if (is_read && is_finite) return duration;
  return Unreadable("a time such as 90s, 5m or 1h30m", text);
}

absl::StatusOr<v1::TrainingSpec> ParseSchedule(const std::string& text) {
  constexpr absl::string_view kRule = "constant, step:GAMMA,SIGMA or inverse:GAMMA,RHO";
  v1::TrainingSpec spec;
  if (text == "constant") {
    spec.mutable_constant();
    return spec;
  }
  const std::vector<std::string> parts = absl::StrSplit(text, absl::MaxSplits(':', 1));
  if (parts.size() != 2) return Unreadable(kRule, text);
  const std::vector<std::string> numbers = absl::StrSplit(parts[1], ',');
  if (numbers.size() != 2) return Unreadable(kRule, text);
  const absl::StatusOr<double> gamma = ParseNumber<double>(numbers[0]);
  if (parts[0] == "step") {
    const absl::StatusOr<int64_t> sigma = ParseNumber<int64_t>(numbers[1]);
    if (!gamma.ok() || !sigma.ok()) return Unreadable(kRule, text);
    spec.mutable_step()->set_gamma(*gamma);
    spec.mutable_step()->set_sigma(*sigma);
    return spec;
  }
  const absl::StatusOr<double> rho = ParseNumber<double>(numbers[1]);
  if (parts[0] != "inverse" || !gamma.ok() || !rho.ok()) return Unreadable(kRule, text);
  spec.mutable_inverse()->set_gamma(*gamma);
  spec.mutable_inverse()->set_rho(*rho);
  return spec;
}

absl::StatusOr<int64_t> ParseNumberOrAuto(const std::string& text) {
  if (text == "auto") return 0;
  absl::StatusOr<int64_t> number = ParseNumber<int64_t>(text);
  if (!number.ok()) return Unreadable("a whole number or auto", text);
  return number;
}

}  // namespace percept::cli
