#ifndef PERCEPT_TESTS_SUPPORT_STATUS_MATCHERS_H_
#define PERCEPT_TESTS_SUPPORT_STATUS_MATCHERS_H_

#include <ostream>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "gmock/gmock.h"

namespace percept::testing {

inline const absl::Status& StatusOf(const absl::Status& status) { return status; }
template <typename Value>
const absl::Status& StatusOf(const absl::StatusOr<Value>& result) {
  return result.status();
}

// Matches a Status or StatusOr that is ok.
MATCHER(IsOk, "is ok") {
  *result_listener << StatusOf(arg);
  return arg.ok();
}

// Matches one of this code, and with a message that matches.
MATCHER_P(StatusIs, code, "") {
  *result_listener << StatusOf(arg);
  return StatusOf(arg).code() == code;
}
MATCHER_P2(StatusIs, code, message_matcher, "") {
  *result_listener << StatusOf(arg);
  return StatusOf(arg).code() == code &&
         ::testing::ExplainMatchResult(message_matcher, std::string(StatusOf(arg).message()),
                                       result_listener);
}

}  // namespace percept::testing

// Declares or assigns `target` from a StatusOr; ends the test when it is an error.
#define PERCEPT_TEST_CONCAT_INNER(a, b) a##b
#define PERCEPT_TEST_CONCAT(a, b) PERCEPT_TEST_CONCAT_INNER(a, b)
#define ASSERT_OK_AND_ASSIGN(target, expression) \
  ASSERT_OK_AND_ASSIGN_IMPL(PERCEPT_TEST_CONCAT(assigned_, __LINE__), target, expression)
#define ASSERT_OK_AND_ASSIGN_IMPL(result, target, expression) \
  auto result = (expression);                                 \
  ASSERT_TRUE(result.ok()) << result.status();                \
  target = *std::move(result)

#define ASSERT_OK(expression) ASSERT_THAT((expression), ::percept::testing::IsOk())
#define EXPECT_OK(expression) EXPECT_THAT((expression), ::percept::testing::IsOk())

#endif  // PERCEPT_TESTS_SUPPORT_STATUS_MATCHERS_H_
