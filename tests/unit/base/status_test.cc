#include "server/base/status.h"

#include <limits>
#include <memory>

#include "gtest/gtest.h"

namespace percept {
namespace {

TEST(FieldViolations, NoneIsOk) {
  const FieldViolations violations;
  EXPECT_TRUE(violations.empty());
  EXPECT_TRUE(violations.ToStatus().ok());
}

TEST(FieldViolations, AllAreReportedAtOnce) {
  FieldViolations violations;
  violations.Add("mlp.hidden_units[1]", "must be in [1, 4096]", 0);
  violations.Add("dataset", "is required");
  const absl::Status status = violations.ToStatus();
  EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument);
  EXPECT_EQ(status.message(),
            "mlp.hidden_units[1]: must be in [1, 4096], got 0; dataset: is required");
  const std::vector<FieldViolation> carried = FieldViolationsOf(status);
  ASSERT_EQ(carried.size(), 2u);
  EXPECT_EQ(carried[0].field, "mlp.hidden_units[1]");
  EXPECT_EQ(carried[0].description, "must be in [1, 4096], got 0");
  EXPECT_EQ(carried[1].field, "dataset");
  EXPECT_EQ(carried[1].description, "is required");
}

TEST(FieldViolations, CheckRangeTakesBothBoundsAndRefusesNan) {
  FieldViolations violations;
  violations.CheckRange("a", 1, 1, 3);
  violations.CheckRange("b", 3, 1, 3);
  EXPECT_TRUE(violations.empty());
  violations.CheckRange("c", 4, 1, 3);
  violations.CheckRange("d", std::numeric_limits<double>::quiet_NaN(), 0.0, 1.0);
  EXPECT_EQ(violations.ToStatus().message(),
            "c: must be in [1, 3], got 4; d: must be in [0, 1], got nan");
}

TEST(InvalidField, CarriesItsViolation) {
  const absl::Status status = InvalidField("epochs", "must be positive", -1);
  EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument);
  ASSERT_EQ(FieldViolationsOf(status).size(), 1u);
  EXPECT_EQ(FieldViolationsOf(status)[0].field, "epochs");
}

TEST(FieldViolationsOf, IsEmptyForOtherStatuses) {
  EXPECT_TRUE(FieldViolationsOf(absl::OkStatus()).empty());
  EXPECT_TRUE(FieldViolationsOf(absl::NotFoundError("no job")).empty());
}

TEST(WithReason, CarriesTheReason) {
  const absl::Status status = WithReason(absl::ResourceExhaustedError("queue full"), "QUEUE_FULL");
  EXPECT_EQ(status.code(), absl::StatusCode::kResourceExhausted);
  EXPECT_EQ(ReasonOf(status), "QUEUE_FULL");
  EXPECT_EQ(ReasonOf(absl::NotFoundError("no job")), "");
  EXPECT_TRUE(WithReason(absl::OkStatus(), "ANY").ok());
}

TEST(Annotate, KeepsCodeReasonAndViolations) {
  const absl::Status inner = WithReason(InvalidField("epochs", "must be positive", 0), "BAD_SPEC");
  const absl::Status status = Annotate(inner, "jobs/1");
  EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument);
  EXPECT_EQ(status.message(), "jobs/1: epochs: must be positive, got 0");
  EXPECT_EQ(ReasonOf(status), "BAD_SPEC");
  EXPECT_EQ(FieldViolationsOf(status).size(), 1u);
  EXPECT_TRUE(Annotate(absl::OkStatus(), "jobs/1").ok());
}

absl::StatusOr<std::unique_ptr<int>> MakeInt(bool succeed) {
  if (!succeed) return absl::AbortedError("no int");
  return std::make_unique<int>(3);
}

absl::Status Use(bool succeed, int& seen) {
  PERCEPT_ASSIGN_OR_RETURN(const std::unique_ptr<int> value, MakeInt(succeed));
  seen = *value;
  PERCEPT_RETURN_IF_ERROR(absl::OkStatus());
  return absl::OkStatus();
}

TEST(StatusMacros, PassValuesOnAndErrorsUp) {
  int seen = 0;
  EXPECT_TRUE(Use(true, seen).ok());
  EXPECT_EQ(seen, 3);
  EXPECT_EQ(Use(false, seen).code(), absl::StatusCode::kAborted);
}

}  // namespace
}  // namespace percept
