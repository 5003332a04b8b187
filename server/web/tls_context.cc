#include "server/web/tls_context.h"

#include <string>

#include <openssl/ssl.h>

#include "server/base/logging.h"

namespace percept::web {
namespace {

namespace asio = boost::asio;
namespace ssl = asio::ssl;

// The one protocol spoken here, as ALPN has it: its length first. A client that insists on others
// is refused, one that says nothing is served.
int ChooseProtocol(SSL*, const unsigned char** chosen, unsigned char* chosen_length,
                   const unsigned char* offered, unsigned int offered_length, void*) {
  static constexpr unsigned char kHttp11[] = "\x08http/1.1";
  unsigned char* found = nullptr;
  const int outcome = SSL_select_next_proto(&found, chosen_length, kHttp11, sizeof(kHttp11) - 1,
                                            offered, offered_length);
  *chosen = found;
  return outcome == OPENSSL_NPN_NEGOTIATED ? SSL_TLSEXT_ERR_OK : SSL_TLSEXT_ERR_ALERT_FATAL;
}

std::shared_ptr<ssl::context> MakeContext(const Certificates& certificates) {
  auto context = std::make_shared<ssl::context>(ssl::context::tls_server);
  SSL_CTX* const handle = context->native_handle();
  SSL_CTX_set_min_proto_version(handle, TLS1_2_VERSION);
  SSL_CTX_set_options(handle, SSL_OP_NO_COMPRESSION | SSL_OP_NO_RENEGOTIATION);
  SSL_CTX_set_mode(handle, SSL_MODE_RELEASE_BUFFERS);
  // Clients keep their sessions themselves; a store of ours would be theirs to fill.
  SSL_CTX_set_session_cache_mode(handle, SSL_SESS_CACHE_OFF);
  static constexpr unsigned char kSessions[] = "percept";
  SSL_CTX_set_session_id_context(handle, kSessions, sizeof(kSessions) - 1);
  SSL_CTX_set_alpn_select_cb(handle, ChooseProtocol, nullptr);
  context->use_certificate_chain(asio::buffer(certificates.chain));
  context->use_private_key(asio::buffer(certificates.key), ssl::context::pem);
  if (!certificates.client_ca.empty()) {
    context->add_certificate_authority(asio::buffer(certificates.client_ca));
    context->set_verify_mode(ssl::verify_peer | ssl::verify_fail_if_no_peer_cert);
  }
  return context;
}

}  // namespace

std::shared_ptr<ssl::context> TlsContext::Newest() {
  if (certificates_ == nullptr) return nullptr;
  std::shared_ptr<const Certificates> newest = certificates_->current();
  if (newest == used_) return context_;
  used_ = std::move(newest);
  try {
    context_ = MakeContext(*used_);
  } catch (const std::exception& error) {
    // They have been tried before, so this is a shortage, of memory most likely.
    log::Warning("cannot use the certificate; keeping the one before", {{"error", error.what()}});
  }
  return context_;
}

}  // namespace percept::web
