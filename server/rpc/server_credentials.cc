#include "server/rpc/server_credentials.h"

#include <string>
#include <utility>

#include "absl/base/thread_annotations.h"
#include "absl/synchronization/mutex.h"
#include <grpc/grpc.h>
#include <grpc/grpc_security.h>

namespace percept::rpc {
namespace {

// gRPC has in C alone what asks for certificates anew. Its C++ file watcher takes whatever it
// reads: a broken file would leave the server without any.
class ReloadedCredentials final : public grpc::ServerCredentials {
 public:
  explicit ReloadedCredentials(std::shared_ptr<const CertificateFiles> certificates)
      : certificates_(std::move(certificates)) {
    const bool asks_clients = !certificates_->current()->client_ca.empty();
    credentials_ = grpc_ssl_server_credentials_create_with_options(
        grpc_ssl_server_credentials_create_options_using_config_fetcher(
            asks_clients ? GRPC_SSL_REQUEST_AND_REQUIRE_CLIENT_CERTIFICATE_AND_VERIFY
                         : GRPC_SSL_DONT_REQUEST_CLIENT_CERTIFICATE,
            Fetch, this));
  }
  ~ReloadedCredentials() override { grpc_server_credentials_release(credentials_); }

  // Nobody sets one: who may do what is decided above the transport.
  void SetAuthMetadataProcessor(const std::shared_ptr<grpc::AuthMetadataProcessor>&) override {}

 private:
  int AddPortToServer(const std::string& address, grpc_server* server) override {
    return grpc_server_add_http2_port(server, address.c_str(), credentials_);
  }

  static grpc_ssl_certificate_config_reload_status Fetch(
      void* self, grpc_ssl_server_certificate_config** config) {
    return static_cast<ReloadedCredentials*>(self)->FetchNewest(config);
  }

  grpc_ssl_certificate_config_reload_status FetchNewest(grpc_ssl_server_certificate_config** config)
      ABSL_LOCKS_EXCLUDED(mutex_) {
    const absl::MutexLock lock(&mutex_);
    std::shared_ptr<const Certificates> newest = certificates_->current();
    if (newest == given_) return GRPC_SSL_CERTIFICATE_CONFIG_RELOAD_UNCHANGED;
    const grpc_ssl_pem_key_cert_pair pair = {newest->key.c_str(), newest->chain.c_str()};
    // gRPC insists on authorities, also where no client is asked.
    const std::string& authorities = newest->client_ca.empty() ? newest->chain : newest->client_ca;
    *config = grpc_ssl_server_certificate_config_create(authorities.c_str(), &pair, 1);
    given_ = std::move(newest);
    return GRPC_SSL_CERTIFICATE_CONFIG_RELOAD_NEW;
  }

  const std::shared_ptr<const CertificateFiles> certificates_;
  grpc_server_credentials* credentials_ = nullptr;  // Set by the constructor alone.
  absl::Mutex mutex_;
  std::shared_ptr<const Certificates> given_ ABSL_GUARDED_BY(mutex_);  // What gRPC has.
};

}  // namespace

std::shared_ptr<grpc::ServerCredentials> CredentialsOf(
    std::shared_ptr<const CertificateFiles> certificates) {
  if (certificates == nullptr) return grpc::InsecureServerCredentials();
  return std::make_shared<ReloadedCredentials>(std::move(certificates));
}

}  // namespace percept::rpc
