#include "server/rpc/status_mapping.h"

#include <string>
#include <utility>
#include <vector>

#include "google/rpc/error_details.pb.h"
#include "google/rpc/status.pb.h"
#include "server/base/status.h"

namespace percept::rpc {
namespace {

// Exhaustive on purpose: the compiler names a code that is missing.
grpc::StatusCode ToGrpcCode(absl::StatusCode code) {
  switch (code) {
    case absl::StatusCode::kOk:
      return grpc::StatusCode::OK;
    case absl::StatusCode::kCancelled:
      return grpc::StatusCode::CANCELLED;
    case absl::StatusCode::kUnknown:
      return grpc::StatusCode::UNKNOWN;
    case absl::StatusCode::kInvalidArgument:
      return grpc::StatusCode::INVALID_ARGUMENT;
    case absl::StatusCode::kDeadlineExceeded:
      return grpc::StatusCode::DEADLINE_EXCEEDED;
    case absl::StatusCode::kNotFound:
      return grpc::StatusCode::NOT_FOUND;
    case absl::StatusCode::kAlreadyExists:
      return grpc::StatusCode::ALREADY_EXISTS;
    case absl::StatusCode::kPermissionDenied:
      return grpc::StatusCode::PERMISSION_DENIED;
    case absl::StatusCode::kResourceExhausted:
      return grpc::StatusCode::RESOURCE_EXHAUSTED;
    case absl::StatusCode::kFailedPrecondition:
      return grpc::StatusCode::FAILED_PRECONDITION;
    case absl::StatusCode::kAborted:
      return grpc::StatusCode::ABORTED;
    case absl::StatusCode::kOutOfRange:
      return grpc::StatusCode::OUT_OF_RANGE;
    case absl::StatusCode::kUnimplemented:
      return grpc::StatusCode::UNIMPLEMENTED;
    case absl::StatusCode::kInternal:
      return grpc::StatusCode::INTERNAL;
    case absl::StatusCode::kUnavailable:
      return grpc::StatusCode::UNAVAILABLE;
    case absl::StatusCode::kDataLoss:
      return grpc::StatusCode::DATA_LOSS;
    case absl::StatusCode::kUnauthenticated:
      return grpc::StatusCode::UNAUTHENTICATED;
    default:  // Abseil keeps the enumeration open.
      return grpc::StatusCode::UNKNOWN;
  }
}

// Bound on a message: it travels in headers, which clients take up to 8 KiB of, twice over.
constexpr size_t kMaxMessageBytes = 2000;

std::string Bounded(absl::string_view message) {
  if (message.size() <= kMaxMessageBytes) return std::string(message);
  size_t end = kMaxMessageBytes;
  while (end > 0 && (static_cast<unsigned char>(message[end]) & 0xc0) == 0x80) --end;
  return absl::StrCat(message.substr(0, end), "…");
}

// Adds to `details` unless the headers would grow too large; the message holds what is left out.
void AddIfItFits(const google::protobuf::Message& detail, google::rpc::Status& details) {
  google::protobuf::Any packed;
  packed.PackFrom(detail);
  if (details.ByteSizeLong() + packed.ByteSizeLong() <= 2 * kMaxMessageBytes)
    *details.add_details() = std::move(packed);
}

}  // namespace

grpc::Status ToGrpcStatus(const absl::Status& status) {
  if (status.ok()) return grpc::Status::OK;
  const std::string message = Bounded(status.message());
  google::rpc::Status details;
  details.set_code(static_cast<int>(ToGrpcCode(status.code())));
  details.set_message(message);
  if (const std::vector<FieldViolation> violations = FieldViolationsOf(status);
      !violations.empty()) {
    google::rpc::BadRequest bad_request;
    for (const FieldViolation& violation : violations) {
      auto* added = bad_request.add_field_violations();
      added->set_field(violation.field);
      added->set_description(violation.description);
    }
    AddIfItFits(bad_request, details);
  }
  if (const std::string reason = ReasonOf(status); !reason.empty()) {
    google::rpc::ErrorInfo info;
    info.set_reason(reason);
    info.set_domain("percept");
    AddIfItFits(info, details);
  }
  return {ToGrpcCode(status.code()), message, details.SerializeAsString()};
}

grpc::Status TooBusy() {
  return ToGrpcStatus(WithReason(
      absl::ResourceExhaustedError("the server is too busy to answer; try again shortly"),
      "SERVER_BUSY"));
}

}  // namespace percept::rpc
