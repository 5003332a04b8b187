#include "server/rpc/access/call_meters.h"

#include <vector>

#include "absl/strings/strip.h"

namespace percept::rpc {

absl::Span<CallMeter> CallMeters() {
  static auto* const meters = [] {
    auto* made = new std::vector<CallMeter>(Permissions().size());
    for (size_t row = 0; row < made->size(); ++row) {
      const Permission& permission = Permissions()[row];
      absl::string_view method = permission.method;
      absl::ConsumePrefix(&method, "/percept.v1.");
      (*made)[row].method = std::string(method);
      (*made)[row].is_viewing = permission.is_viewing;
    }
    return made;
  }();
  return absl::MakeSpan(*meters);
}

CallMeter& MeterOf(const Permission& permission) {
  return CallMeters()[static_cast<size_t>(&permission - Permissions().data())];
}

absl::string_view CodeName(int code) {
  static constexpr std::array<absl::string_view, CallMeter::kCodes> kNames = {"OK",
                                                                              "CANCELLED",
                                                                              "UNKNOWN",
                                                                              "INVALID_ARGUMENT",
                                                                              "DEADLINE_EXCEEDED",
                                                                              "NOT_FOUND",
                                                                              "ALREADY_EXISTS",
                                                                              "PERMISSION_DENIED",
                                                                              "RESOURCE_EXHAUSTED",
                                                                              "FAILED_PRECONDITION",
                                                                              "ABORTED",
                                                                              "OUT_OF_RANGE",
                                                                              "UNIMPLEMENTED",
                                                                              "INTERNAL",
                                                                              "UNAVAILABLE",
                                                                              "DATA_LOSS",
                                                                              "UNAUTHENTICATED"};
  return code >= 0 && code < CallMeter::kCodes ? kNames[static_cast<size_t>(code)] : kNames[2];
}

}  // namespace percept::rpc
