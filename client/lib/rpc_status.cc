#include "client/lib/rpc_status.h"

#include <optional>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "absl/strings/strip.h"

#include "client/lib/channel.h"

namespace percept::client {
namespace {

constexpr absl::string_view kStartOne =
    "; start one with perceptd or script/demo, or name another with --server";

// What gRPC's own message says of the cause; empty when it says nothing a reader can use.
absl::string_view TransportCause(absl::string_view message) {
  struct Cause {
    absl::string_view text;
    absl::string_view cause;
  };
  constexpr Cause kCauses[] = {
      {"Connection refused", ": connection refused"},
      {"DNS resolution failed", ": the host's name is unknown"},
      {"Domain name not found", ": the host's name is unknown"},
      {"No route to host", ": no route to the host"},
      {"Network is unreachable", ": the network is unreachable"},
      {"Timeout", ": no answer"},
      {"timed out", ": no answer"},
      {"Connection reset", ": the connection was lost"},
      {"Socket closed", ": the connection was lost"},
      {"GOAWAY", ": the connection was lost"},
      {"No such file", ": no such socket"},
  };
  for (const Cause& cause : kCauses) {
    if (absl::StrContains(message, cause.text)) return cause.cause;
  }
  return "";
}

// What to do about a server that is there but not understood; nothing when it may not be there.
std::optional<std::string> TlsCause(absl::string_view message, absl::string_view server) {
  if (absl::StrContains(message, "certificate verify failed")) {
    return "its certificate is not trusted; name who has signed it with --tls-ca";
  }
  if (absl::StrContains(message, "Hostname Verification") ||
      absl::StrContains(message, "is not in peer certificate")) {
    return "its certificate is for another name; call the server as its certificate does";
  }
  absl::string_view address = server;
  const bool is_tls = absl::ConsumePrefix(&address, kTlsScheme);
  if (absl::StrContains(message, "wrong version number")) {
    return absl::StrCat("it does not speak TLS; name it as http://", address);
  }
  constexpr absl::string_view kHandshakeFailed = "Ssl handshake failed: ";
  if (const size_t place = message.find(kHandshakeFailed); place != absl::string_view::npos) {
    return absl::StrCat("TLS failed with ", message.substr(place + kHandshakeFailed.size()));
  }
  // What gRPC says of a server that hung up before it had said anything.
  if (!absl::StrContains(message, "failed to connect") ||
      !absl::StrContains(message, "Socket closed")) {
    return std::nullopt;
  }
  return is_tls ? std::string(
                      "it hung up; if it asks for a certificate, name yours with --tls-cert and "
                      "--tls-key")
                : absl::StrCat("it hung up; if it speaks TLS, name it as ", kTlsScheme, address);
}

std::string Unreachable(absl::string_view message, absl::string_view server) {
  if (const std::optional<std::string> cause = TlsCause(message, server)) {
    return absl::StrCat("cannot talk to the server at ", server, ": ", *cause);
  }
  return absl::StrCat("cannot reach a server at ", server, TransportCause(message), kStartOne);
}

}  // namespace

absl::Status ToStatus(const grpc::Status& status, absl::string_view server) {
  if (status.ok()) return absl::OkStatus();
  const auto code = static_cast<absl::StatusCode>(status.error_code());
  // Our servers attach details to every error; what has none was made up by the transport.
  const bool from_server = !status.error_details().empty();
  std::string message = absl::StrReplaceAll(status.error_message(), {{"\r", ""}, {"\n", "; "}});
  if (!from_server && code == absl::StatusCode::kUnavailable) {
    message = Unreachable(message, server);
  } else if (!from_server && code == absl::StatusCode::kDeadlineExceeded) {
    message = absl::StrCat("the server at ", server, " did not answer in time");
  } else if (!from_server && code == absl::StatusCode::kUnimplemented) {
    message =
        absl::StrCat("the server at ", server, " does not know this request; it may be older");
  } else if (message.empty()) {
    message = absl::StrCat("the server at ", server, " refused: ", absl::StatusCodeToString(code));
  }
  return absl::Status(code, message);
}

bool IsTransient(const absl::Status& status) { return absl::IsUnavailable(status); }

}  // namespace percept::client
