#ifndef PERCEPT_SERVER_RPC_ACCESS_CALL_METERS_H_
#define PERCEPT_SERVER_RPC_ACCESS_CALL_METERS_H_

#include <array>
#include <string>

#include "absl/strings/string_view.h"
#include "absl/types/span.h"

#include "server/base/meter.h"
#include "server/rpc/access/permissions.h"

namespace percept::rpc {

// What is counted of the calls to a method. Thread-safe.
struct CallMeter {
  static constexpr int kCodes = 17;  // Of gRPC.

  std::string method;       // `JobService/CreateJob`.
  bool is_viewing = false;  // A stream to a viewer, which is open as long as somebody looks.
  Count in_flight;
  std::array<Count, kCodes> ended;  // By code.
  Durations duration;               // Of those that are no viewing.
};

// Of each method of the table, in its order, since the process began.
absl::Span<CallMeter> CallMeters();

// That of a row of the table.
CallMeter& MeterOf(const Permission& permission);

// The name of one of gRPC's codes, such as `NOT_FOUND`; that of UNKNOWN for any other.
absl::string_view CodeName(int code);

}  // namespace percept::rpc

#endif  // PERCEPT_SERVER_RPC_ACCESS_CALL_METERS_H_
