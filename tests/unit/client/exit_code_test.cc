#include "client/cli/exit_code.h"

#include <gtest/gtest.h>

namespace percept::cli {
namespace {

TEST(ExitCode, EveryStatusHasTheNumberThatScriptsKnow) {
  using absl::StatusCode;
  const std::pair<StatusCode, int> kNumbers[] = {
      {StatusCode::kOk, 0},
      {StatusCode::kCancelled, 130},
      {StatusCode::kUnknown, 1},
      {StatusCode::kInvalidArgument, 3},
      {StatusCode::kDeadlineExceeded, 6},
      {StatusCode::kNotFound, 3},
      {StatusCode::kAlreadyExists, 3},
      {StatusCode::kPermissionDenied, 7},
      {StatusCode::kResourceExhausted, 3},
      {StatusCode::kFailedPrecondition, 3},
      {StatusCode::kAborted, 3},
      {StatusCode::kOutOfRange, 3},
      {StatusCode::kUnimplemented, 3},
      {StatusCode::kInternal, 1},
      {StatusCode::kUnavailable, 6},
      {StatusCode::kDataLoss, 1},
      {StatusCode::kUnauthenticated, 7},
  };
  for (const auto& [code, number] : kNumbers) {
    const absl::Status status = code == StatusCode::kOk ? absl::OkStatus() : absl::Status(code, "");
    EXPECT_EQ(static_cast<int>(ExitCodeFor(status)), number) << absl::StatusCodeToString(code);
  }
}

TEST(ExitCode, TellsHowAJobEnded) {
  EXPECT_EQ(static_cast<int>(ExitCodeFor(v1::JOB_STATE_SUCCEEDED)), 0);
  EXPECT_EQ(static_cast<int>(ExitCodeFor(v1::JOB_STATE_FAILED)), 4);
  EXPECT_EQ(static_cast<int>(ExitCodeFor(v1::JOB_STATE_CANCELLED)), 5);
}

}  // namespace
}  // namespace percept::cli
