#include "client/lib/channel.h"

#include "absl/strings/strip.h"
#include <grpcpp/create_channel.h>
#include <grpcpp/security/credentials.h>

namespace percept::client {
namespace {

// What a server may send ahead of the reader, for each call. gRPC would find out how much pays, by
// a ping after each message that comes alone: a stream of small ones would cost twice as much.
constexpr int kWindowBytes = 1 << 20;

}  // namespace

std::shared_ptr<grpc::Channel> MakeChannel(absl::string_view server, const TlsOptions& tls,
                                           const grpc::ChannelArguments& arguments) {
  std::shared_ptr<grpc::ChannelCredentials> credentials = grpc::InsecureChannelCredentials();
  if (absl::ConsumePrefix(&server, kTlsScheme)) {
    credentials = grpc::SslCredentials(
        {.pem_root_certs = tls.ca, .pem_private_key = tls.key, .pem_cert_chain = tls.certificate});
  }
  grpc::ChannelArguments own = arguments;
  own.SetInt(GRPC_ARG_HTTP2_BDP_PROBE, 0);
  own.SetInt(GRPC_ARG_HTTP2_STREAM_LOOKAHEAD_BYTES, kWindowBytes);
  own.SetInt(GRPC_ARG_ENABLE_CHANNELZ, 0);  // Counts what nobody asks for.
  return grpc::CreateCustomChannel(std::string(server), credentials, own);
}

}  // namespace percept::client
