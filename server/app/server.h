#ifndef PERCEPT_SERVER_APP_SERVER_H_
#define PERCEPT_SERVER_APP_SERVER_H_

#include <memory>
#include <string>

#include "absl/status/statusor.h"

#include "server/app/options.h"

namespace percept::app {

// A whole server: opens the data folder, takes up unfinished jobs, listens, trains.
class Server {
 public:
  // Serves when it returns. Every failure is one line that names what is wrong.
  static absl::StatusOr<std::unique_ptr<Server>> Start(const Options& options);

  // Stops as `Stop` does.
  virtual ~Server() = default;

  // Where it listens for gRPC.
  virtual const std::string& grpc_address() const = 0;

  // Where it listens for HTTP; empty where it does not.
  virtual const std::string& http_address() const = 0;

  // Where a browser finds the dashboard, such as https://127.0.0.1:7880/; empty where there is
  // none.
  virtual std::string dashboard_url() const = 0;

  // Reports not serving and takes no new jobs; all else goes on.
  virtual void BeginLameDuck() = 0;

  // Reports not serving, ends watches, puts running jobs back into the queue, waits for calls under
  // way and closes the store.
  virtual void Stop() = 0;
};

}  // namespace percept::app

#endif  // PERCEPT_SERVER_APP_SERVER_H_
