#ifndef PERCEPT_SERVER_BASE_STATUS_H_
#define PERCEPT_SERVER_BASE_STATUS_H_

#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"

namespace percept {

// A client's text for use in a message: in double quotes, cut after at most 120 bytes (between two
// characters of UTF-8).
std::string Quoted(absl::string_view text);

// One broken rule of a request.
struct FieldViolation {
  std::string field;        // Path within the request, such as `mlp.hidden_units[1]`.
  std::string description;  // Rule and value, such as `must be in [1, 4096], got 0`.
};

// Collects the violations of one request, so that a client learns of all of them at once.
class FieldViolations {
 public:
  // Adds `field: RULE, got VALUE`.
  template <typename Value>
  void Add(absl::string_view field, absl::string_view rule, const Value& value) {
    violations_.push_back({std::string(field), absl::StrCat(rule, ", got ", value)});
  }

  // Adds `field: DESCRIPTION`, for rules about something that is absent.
  void Add(absl::string_view field, absl::string_view description) {
    violations_.push_back({std::string(field), std::string(description)});
  }

  // Adds a violation unless `value` lies in [min, max]; NaN never does.
  template <typename Value>
  void CheckRange(absl::string_view field, Value value, Value min, Value max) {
    if (!(value >= min && value <= max)) {
      Add(field, absl::StrCat("must be in [", min, ", ", max, "]"), value);
    }
  }

  bool empty() const { return violations_.empty(); }

  // Ok when empty; otherwise InvalidArgument whose message joins all violations by "; " and which
  // carries them for `FieldViolationsOf`.
  absl::Status ToStatus() const;

 private:
  std::vector<FieldViolation> violations_;
};

// InvalidArgument with the single violation `field: RULE, got VALUE`.
template <typename Value>
absl::Status InvalidField(absl::string_view field, absl::string_view rule, const Value& value) {
  FieldViolations violations;
  violations.Add(field, rule, value);
  return violations.ToStatus();
}

// The violations a status carries; empty when it carries none.
std::vector<FieldViolation> FieldViolationsOf(const absl::Status& status);

// The same status with `path` before the field of each violation it carries, such as "topics[2].".
absl::Status WithinField(const absl::Status& status, absl::string_view path);

// Marks an error with a stable, machine-readable reason in UPPER_SNAKE_CASE.
absl::Status WithReason(absl::Status status, absl::string_view reason);

// The reason a status was marked with; empty when it was not.
std::string ReasonOf(const absl::Status& status);

// The same status with `prefix` and ": " before its message.
absl::Status Annotate(const absl::Status& status, absl::string_view prefix);

}  // namespace percept

// Leaves the enclosing function with the status of `expression` unless it is ok.
#define PERCEPT_RETURN_IF_ERROR(expression)          \
  do {                                               \
    absl::Status percept_status = (expression);      \
    if (!percept_status.ok()) return percept_status; \
  } while (false)

#define PERCEPT_CONCAT_INNER(a, b) a##b
#define PERCEPT_CONCAT(a, b) PERCEPT_CONCAT_INNER(a, b)

// Declares or assigns `target` from a StatusOr, or leaves the enclosing function with its status.
#define PERCEPT_ASSIGN_OR_RETURN(target, expression) \
  PERCEPT_ASSIGN_OR_RETURN_IMPL(PERCEPT_CONCAT(percept_result_, __LINE__), target, expression)
#define PERCEPT_ASSIGN_OR_RETURN_IMPL(result, target, expression) \
  auto result = (expression);                                     \
  if (!result.ok()) return std::move(result).status();            \
  target = *std::move(result)

#endif  // PERCEPT_SERVER_BASE_STATUS_H_
