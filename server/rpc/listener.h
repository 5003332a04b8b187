#ifndef PERCEPT_SERVER_RPC_LISTENER_H_
#define PERCEPT_SERVER_RPC_LISTENER_H_

#include <functional>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "absl/status/statusor.h"

namespace percept::rpc {

// Accepts TCP connections on a thread of its own. gRPC's own listener gives up for good when there
// are no descriptors left, which any client can bring about; this one goes on when there are some
// again, and leaves the process enough of them for its files. Not thread-safe.
class Listener {
 public:
  // Takes a new connection, which is non-blocking, over.
  using Take = std::function<void(int descriptor)>;

  // Binds HOST:PORT, all addresses the host has; port 0 picks a free one. Connections wait until
  // `Start`. Unavailable when none can be had.
  static absl::StatusOr<std::unique_ptr<Listener>> Bind(const std::string& address);

  ~Listener();
  Listener(const Listener&) = delete;
  Listener& operator=(const Listener&) = delete;

  int port() const { return port_; }

  // Gives connections to `take` from now on, on the thread.
  void Start(Take take);

  // Takes no more; those that wait are turned away. Harmless afterwards.
  void Stop();

 private:
  Listener() = default;
  void Run();
  // Accepts all that wait; false when there are no descriptors left.
  bool AcceptAll(int socket);
  // Until it is stopped, or for so long; true when it is stopped.
  bool WaitForStop(int timeout_millis) const;

  std::vector<int> sockets_;  // Listening.
  int port_ = 0;
  int stop_event_ = -1;    // Readable once it is stopped.
  bool is_short_ = false;  // Of descriptors; on the thread. Told once, not each time.
  Take take_;
  std::thread thread_;
};

}  // namespace percept::rpc

#endif  // PERCEPT_SERVER_RPC_LISTENER_H_
