#include "server/rpc/status_mapping.h"

#include <string>

#include "gmock/gmock.h"

#include "google/rpc/error_details.pb.h"
#include "google/rpc/status.pb.h"
#include "server/base/status.h"

namespace percept::rpc {
namespace {

using ::testing::EndsWith;
using ::testing::IsEmpty;
using ::testing::SizeIs;

google::rpc::Status Details(const grpc::Status& status) {
  google::rpc::Status details;
  EXPECT_TRUE(details.ParseFromString(status.error_details()));
  return details;
}

TEST(StatusMapping, OkIsOkWithoutDetails) {
  const grpc::Status status = ToGrpcStatus(absl::OkStatus());
  EXPECT_TRUE(status.ok());
  EXPECT_THAT(status.error_details(), IsEmpty());
}

TEST(StatusMapping, EveryCodeHasItsNamesake) {
  // The two number their codes alike, from 1 (cancelled) to 16 (unauthenticated).
  for (int code = 1; code <= 16; ++code) {
    const grpc::Status status =
        ToGrpcStatus(absl::Status(static_cast<absl::StatusCode>(code), "why"));
    EXPECT_EQ(static_cast<int>(status.error_code()), code);
    EXPECT_EQ(status.error_message(), "why");
    EXPECT_EQ(Details(status).code(), code);
    EXPECT_EQ(Details(status).message(), "why");
  }
  EXPECT_EQ(ToGrpcStatus(absl::InvalidArgumentError("")).error_code(),
            grpc::StatusCode::INVALID_ARGUMENT);
  EXPECT_EQ(ToGrpcStatus(absl::DataLossError("")).error_code(), grpc::StatusCode::DATA_LOSS);
  EXPECT_EQ(ToGrpcStatus(absl::UnauthenticatedError("")).error_code(),
            grpc::StatusCode::UNAUTHENTICATED);
}

TEST(StatusMapping, CodeThatAbseilMayAddIsUnknown) {
  const grpc::Status status = ToGrpcStatus(absl::Status(static_cast<absl::StatusCode>(77), "new"));
  EXPECT_EQ(status.error_code(), grpc::StatusCode::UNKNOWN);
}

TEST(StatusMapping, FieldViolationsBecomeBadRequest) {
  FieldViolations violations;
  violations.Add("mlp.hidden_units[1]", "must be in [1, 4096]", 0);
  violations.Add("model", "must be set");
  const grpc::Status status = ToGrpcStatus(violations.ToStatus());
  EXPECT_EQ(status.error_message(),
            "mlp.hidden_units[1]: must be in [1, 4096], got 0; model: must be set");
  google::rpc::BadRequest bad_request;
  const google::rpc::Status details = Details(status);
  ASSERT_THAT(details.details(), SizeIs(1));
  ASSERT_TRUE(details.details(0).UnpackTo(&bad_request));
  ASSERT_THAT(bad_request.field_violations(), SizeIs(2));
  EXPECT_EQ(bad_request.field_violations(0).field(), "mlp.hidden_units[1]");
  EXPECT_EQ(bad_request.field_violations(0).description(), "must be in [1, 4096], got 0");
  EXPECT_EQ(bad_request.field_violations(1).field(), "model");
}

TEST(StatusMapping, ReasonBecomesErrorInfo) {
  const grpc::Status status =
      ToGrpcStatus(WithReason(absl::NotFoundError("jobs/x: no such job"), "JOB_NOT_FOUND"));
  google::rpc::ErrorInfo info;
  const google::rpc::Status details = Details(status);
  ASSERT_THAT(details.details(), SizeIs(1));
  ASSERT_TRUE(details.details(0).UnpackTo(&info));
  EXPECT_EQ(info.reason(), "JOB_NOT_FOUND");
  EXPECT_EQ(info.domain(), "percept");
}

TEST(StatusMapping, LongMessageIsCutBetweenCharactersToFitTheHeaders) {
  std::string message = "x";
  for (int count = 0; count < 5000; ++count) message += "é";
  const grpc::Status status = ToGrpcStatus(InvalidField("field", "must be short", message));
  EXPECT_LE(status.error_message().size() + status.error_details().size(), 8000);
  EXPECT_THAT(status.error_message(), EndsWith("é…"));
  EXPECT_THAT(Details(status).details(), IsEmpty());
}

TEST(StatusMapping, TooBusySaysToTryAgain) {
  EXPECT_EQ(TooBusy().error_code(), grpc::StatusCode::RESOURCE_EXHAUSTED);
  EXPECT_THAT(TooBusy().error_message(), EndsWith("try again shortly"));
  EXPECT_THAT(Details(TooBusy()).details(), SizeIs(1));
}

}  // namespace
}  // namespace percept::rpc
