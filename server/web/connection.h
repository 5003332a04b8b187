// Private to server/web: includes Boost, which takes long to compile.
#ifndef PERCEPT_SERVER_WEB_CONNECTION_H_
#define PERCEPT_SERVER_WEB_CONNECTION_H_

#include <atomic>
#include <functional>
#include <memory>

#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/ssl/context.hpp>
#include <boost/asio/thread_pool.hpp>

#include "server/web/grpc_call.h"
#include "server/web/http_server.h"
#include "server/web/site.h"

namespace percept::web {

// What all connections share; outlives them.
struct ConnectionParts {
  const HttpServer::Options* options = nullptr;
  const Site* site = nullptr;
  GrpcChannel* channel = nullptr;
  boost::asio::thread_pool* scrapes = nullptr;  // Where pages of metrics are made.
  std::atomic<size_t> pending_body_bytes = 0;
  std::atomic<bool> stopping = false;
};

// A client's connection: its requests one after the other. Everything happens on the executor of
// its socket, which must be a strand.
class Connection {
 public:
  virtual ~Connection() = default;

  // Ends it after the request under way, at once where there is none. From any thread.
  virtual void Drain() = 0;

  // Ends it now, with the call under way. From any thread.
  virtual void Drop() = 0;
};

// Serves the client until the end, by TLS unless `tls` is null. `on_end` is called once, then, on
// the connection's strand.
std::shared_ptr<Connection> StartConnection(boost::asio::ip::tcp::socket socket,
                                            std::shared_ptr<boost::asio::ssl::context> tls,
                                            ConnectionParts* parts, std::function<void()> on_end);

}  // namespace percept::web

#endif  // PERCEPT_SERVER_WEB_CONNECTION_H_
