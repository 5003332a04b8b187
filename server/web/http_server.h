#ifndef PERCEPT_SERVER_WEB_HTTP_SERVER_H_
#define PERCEPT_SERVER_WEB_HTTP_SERVER_H_

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"

#include "server/base/certificate_files.h"

namespace percept::web {

// The HTTP side of the server (HTTP/1.1): the dashboard's files, gRPC-Web for its browser, which is
// passed on to the server's own gRPC as it is, /healthz, /readyz and /metrics. Everything a client
// can make it keep or wait for has a limit. Each call has an id, taken from its header x-request-id
// or made, which gRPC and the answer carry on.
class HttpServer {
 public:
  struct Options {
    std::string address;        // HOST:PORT; port 0 picks a free one.
    std::string grpc_target;    // The server's own gRPC, such as `unix-abstract:percept-1`.
    std::string dashboard_dir;  // As StaticFiles::Load; where it is missing, a page says so.
    std::shared_ptr<const CertificateFiles> certificates;  // Null: no TLS.
    // The page of /metrics for the caller with this Authorization header; null where there is none.
    // Called on a thread of its own, one at a time. Unauthenticated is answered 401 and
    // PermissionDenied 403, all other errors 503.
    std::function<absl::StatusOr<std::string>(absl::string_view authorization)> metrics;

    int64_t max_connections = 4096;  // One more is answered 503.
    size_t max_header_bytes = 16 << 10;
    size_t max_body_bytes = (4 << 20) + (4 << 10);  // Above gRPC's own limit, which names itself.
    size_t max_pending_body_bytes = 64 << 20;       // Of all requests under way.
    absl::Duration handshake_timeout = absl::Seconds(10);  // Of TLS.
    absl::Duration header_timeout = absl::Seconds(10);     // From a request's first byte on.
    absl::Duration body_timeout = absl::Seconds(60);
    absl::Duration idle_timeout = absl::Minutes(2);  // Between requests.
    // For a client to take one message, or the whole of a file.
    absl::Duration write_timeout = absl::Seconds(30);
  };

  // Listens and serves. Unavailable when the address cannot be had; InvalidArgument naming
  // `--http-address` when its host is no address of this machine.
  static absl::StatusOr<std::unique_ptr<HttpServer>> Start(const Options& options);

  // Stops as `Stop` does, at once.
  virtual ~HttpServer() = default;

  // Where it listens, with the port that was picked.
  virtual const std::string& address() const = 0;

  // Connections there are now.
  virtual int64_t connections() const = 0;

  // Says "not ready" from now on; each answer closes its connection.
  virtual void BeginStop() = 0;

  // Takes no more connections, waits for requests under way, at most `timeout`, then drops them.
  virtual void Stop(absl::Duration timeout) = 0;
};

}  // namespace percept::web

#endif  // PERCEPT_SERVER_WEB_HTTP_SERVER_H_
