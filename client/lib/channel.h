#ifndef PERCEPT_CLIENT_LIB_CHANNEL_H_
#define PERCEPT_CLIENT_LIB_CHANNEL_H_

#include <memory>
#include <string>

#include "absl/strings/string_view.h"
#include <grpcpp/channel.h>
#include <grpcpp/support/channel_arguments.h>

namespace percept::client {

// What a server's name begins with when it speaks TLS.
inline constexpr absl::string_view kTlsScheme = "https://";

// Whom a client trusts, and what it shows to servers that ask. All in PEM.
struct TlsOptions {
  std::string ca;  // Who may have signed the server's certificate; empty: whom this machine
                   // trusts.
  std::string certificate;  // Followed by those that signed it; empty: none to show.
  std::string key;          // Set with `certificate`.
};

// A way to `server`, which is HOST:PORT, unix:PATH, or https://HOST:PORT for TLS. It connects on
// the first call.
std::shared_ptr<grpc::Channel> MakeChannel(absl::string_view server, const TlsOptions& tls,
                                           const grpc::ChannelArguments& arguments);

}  // namespace percept::client

#endif  // PERCEPT_CLIENT_LIB_CHANNEL_H_
