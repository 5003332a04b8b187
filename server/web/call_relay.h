// Private to server/web: includes Boost, which takes long to compile.
#ifndef PERCEPT_SERVER_WEB_CALL_RELAY_H_
#define PERCEPT_SERVER_WEB_CALL_RELAY_H_

#include <memory>
#include <string>
#include <vector>

#include "absl/time/time.h"
#include <boost/asio/awaitable.hpp>
#include <boost/asio/buffer.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <grpcpp/grpcpp.h>

#include "server/web/client_stream.h"
#include "server/web/grpc_call.h"

namespace percept::web {

// Passes a connection's calls to gRPC and what comes back to the client, one call after the other.
// All of it on the connection's strand.
class CallRelay {
 public:
  // Both must outlive the relay. `buffer` takes what the client sends ahead of its turn.
  CallRelay(ClientStream* stream, boost::beast::flat_buffer* buffer, absl::Duration write_timeout)
      : stream_(stream),
        buffer_(buffer),
        write_timeout_(write_timeout),
        wakeup_(stream->get_executor()) {}

  // Passes messages on as they come, each when the one before has been taken, the first after
  // `head`. `owner` keeps alive what this relay is a part of. Whether the client could be reached
  // until the end.
  boost::asio::awaitable<bool> Relay(std::shared_ptr<void> owner, GrpcChannel* channel,
                                     GrpcCall::Request request, std::string head);

  // Ends the call under way, if there is one.
  void Cancel();

 private:
  boost::asio::awaitable<bool> PassMessages(std::string head);
  boost::asio::awaitable<void> AwaitNews();
  void OnNews();
  void WatchForLeaving(const std::shared_ptr<void>& owner);

  void WriteWhatFits();
  void Frame(const grpc::ByteBuffer& message);
  bool WriteAtOnce();
  void Forget();

  ClientStream* const stream_;
  boost::beast::flat_buffer* const buffer_;
  const absl::Duration write_timeout_;
  boost::asio::steady_timer wakeup_;  // Never expires: it is cancelled when there is news.
  std::shared_ptr<GrpcCall> call_;    // The one under way.
  bool is_waiting_ = false;           // For news.
  bool is_reading_ahead_ = false;     // Into buffer_, while a call is under way.
  bool is_reached_ = true;            // The client, as far as is known.

  // What is still to be written of the message taken last, and where that lies.
  std::vector<boost::asio::const_buffer> unsent_;
  std::string before_;
  std::vector<grpc::Slice> slices_;
};

}  // namespace percept::web

#endif  // PERCEPT_SERVER_WEB_CALL_RELAY_H_
