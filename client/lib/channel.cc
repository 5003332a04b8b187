#include "client/lib/channel.h"

#include "absl/strings/strip.h"
#include <grpcpp/create_channel.h>
#include <grpcpp/security/credentials.h>

namespace percept::client {

std::shared_ptr<grpc::Channel> MakeChannel(absl::string_view server, const TlsOptions& tls,
                                           const grpc::ChannelArguments& arguments) {
  std::shared_ptr<grpc::ChannelCredentials> credentials = grpc::InsecureChannelCredentials();
  if (absl::ConsumePrefix(&server, kTlsScheme)) {
    credentials = grpc::SslCredentials(
        {.pem_root_certs = tls.ca, .pem_private_key = tls.key, .pem_cert_chain = tls.certificate});
  }
  return grpc::CreateCustomChannel(std::string(server), credentials, arguments);
}

}  // namespace percept::client
