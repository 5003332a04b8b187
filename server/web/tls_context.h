// Private to server/web: includes Boost, which takes long to compile.
#ifndef PERCEPT_SERVER_WEB_TLS_CONTEXT_H_
#define PERCEPT_SERVER_WEB_TLS_CONTEXT_H_

#include <memory>
#include <utility>

#include <boost/asio/ssl/context.hpp>

#include "server/base/certificate_files.h"

namespace percept::web {

// What connections speak TLS with. Not thread-safe.
class TlsContext {
 public:
  // Null `certificates`: none.
  explicit TlsContext(std::shared_ptr<const CertificateFiles> certificates)
      : certificates_(std::move(certificates)) {}

  // For a new connection, with the newest certificates; null where there is no TLS. Connections
  // keep what they began with.
  std::shared_ptr<boost::asio::ssl::context> Newest();

 private:
  const std::shared_ptr<const CertificateFiles> certificates_;
  std::shared_ptr<const Certificates> used_;  // What context_ was made of.
  std::shared_ptr<boost::asio::ssl::context> context_;
};

}  // namespace percept::web

#endif  // PERCEPT_SERVER_WEB_TLS_CONTEXT_H_
