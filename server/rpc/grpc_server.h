#ifndef PERCEPT_SERVER_RPC_GRPC_SERVER_H_
#define PERCEPT_SERVER_RPC_GRPC_SERVER_H_

#include <memory>
#include <string>

#include "absl/status/statusor.h"
#include "absl/time/time.h"

#include "server/base/certificate_files.h"
#include "server/base/clock.h"
#include "server/data/catalogue.h"
#include "server/data/photographs.h"
#include "server/data/uploads.h"
#include "server/rpc/access/access_control.h"
#include "server/storage/repositories.h"
#include "server/training/scheduler.h"

namespace percept::rpc {

// The gRPC side of the server: all services, standard health and reflection, on one address.
class GrpcServer {
 public:
  struct Options {
    std::string address;      // HOST:PORT; port 0 picks a free one.
    std::string socket_name;  // Also listens on this abstract socket of Linux's; empty for none.
    std::shared_ptr<const CertificateFiles> certificates;  // Null: no TLS. The socket has none.
    std::string version;
    int64_t max_upload_bytes = 0;
    // Of streams to viewers, as ViewerStreams::Options says.
    int64_t max_streams = 10'000;
    absl::Duration stall_limit = absl::Minutes(1);
  };

  // What the services answer from; all must outlive the server.
  struct Parts {
    AccessControl* access = nullptr;
    training::Scheduler* scheduler = nullptr;
    data::Catalogue* catalogue = nullptr;
    data::Uploads* uploads = nullptr;
    const data::Photographs* photographs = nullptr;
    storage::Store* store = nullptr;
    const Clock* clock = nullptr;
  };

  // Listens and serves. Unavailable when the address cannot be had.
  static absl::StatusOr<std::unique_ptr<GrpcServer>> Start(const Options& options,
                                                           const Parts& parts);

  virtual ~GrpcServer() = default;

  // Where it listens, with the port that was picked.
  virtual const std::string& address() const = 0;

  // Lets GetServerInfo and the class link say where the HTTP listener is.
  virtual void SetHttpAddress(const std::string& address) = 0;

  // Reports not serving; all calls still go through.
  virtual void BecomeNotReady() = 0;

  // Reports not serving and ends all streams to viewers with Unavailable; other calls still go
  // through.
  virtual void BeginStop() = 0;

  // Takes no more calls, waits for those under way, at most `timeout`, then cancels them.
  virtual void Stop(absl::Duration timeout) = 0;
};

// Checks a listening address: HOST:PORT with a port in [0, 65535]. InvalidArgument naming `option`.
absl::Status CheckAddress(absl::string_view option, absl::string_view address);

// Whether only this machine can reach the address.
bool IsLoopback(absl::string_view address);

}  // namespace percept::rpc

#endif  // PERCEPT_SERVER_RPC_GRPC_SERVER_H_
