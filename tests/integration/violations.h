#ifndef PERCEPT_TESTS_INTEGRATION_VIOLATIONS_H_
#define PERCEPT_TESTS_INTEGRATION_VIOLATIONS_H_

#include <string>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"

#include "tests/support/rpc_client.h"

namespace percept::testing {

// InvalidArgument that names the field with its rule and value, in words and for programs.
inline void ExpectViolation(const grpc::Status& status, const std::string& field,
                            const std::string& description) {
  SCOPED_TRACE(status.error_message());
  EXPECT_EQ(status.error_code(), grpc::StatusCode::INVALID_ARGUMENT);
  EXPECT_THAT(status.error_message(), ::testing::HasSubstr(absl::StrCat(field, ": ", description)));
  const ErrorDetails details = DetailsOf(status);
  EXPECT_TRUE(details.parsed);
  bool found = false;
  for (const auto& violation : details.bad_request.field_violations()) {
    found |= violation.field() == field && absl::StrContains(violation.description(), description);
  }
  EXPECT_TRUE(found) << field << " is not among " << details.bad_request.ShortDebugString();
}

}  // namespace percept::testing

#endif  // PERCEPT_TESTS_INTEGRATION_VIOLATIONS_H_
