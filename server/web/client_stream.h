// Private to server/web: includes Boost, which takes long to compile.
#ifndef PERCEPT_SERVER_WEB_CLIENT_STREAM_H_
#define PERCEPT_SERVER_WEB_CLIENT_STREAM_H_

#include <memory>
#include <optional>
#include <utility>
#include <vector>

#include "absl/time/time.h"
#include <boost/asio/awaitable.hpp>
#include <boost/asio/buffer.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/ssl/context.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>
#include <boost/beast/core/tcp_stream.hpp>
#include <boost/beast/ssl/ssl_stream.hpp>

namespace percept::web {

// What is read of a client at once.
inline constexpr size_t kReadBytes = 4 << 10;

// A client's connection, plain or by TLS, as one of Boost's asynchronous streams. Time limits are
// set on its transport. Not thread-safe.
class ClientStream {
 public:
  using executor_type = boost::beast::tcp_stream::executor_type;

  // Plain when `tls` is null.
  ClientStream(boost::asio::ip::tcp::socket socket, std::shared_ptr<boost::asio::ssl::context> tls)
      : transport_(std::move(socket)), context_(std::move(tls)) {
    if (context_ != nullptr) tls_.emplace(transport_, *context_);
  }

  executor_type get_executor() { return transport_.get_executor(); }
  boost::beast::tcp_stream& transport() { return transport_; }
  bool is_tls() const { return tls_.has_value(); }

  // Of TLS; `read` is what has already been read of it.
  template <typename Buffers, typename Handler>
  auto async_handshake(const Buffers& read, Handler&& handler) {
    return tls_->async_handshake(boost::asio::ssl::stream_base::server, read,
                                 std::forward<Handler>(handler));
  }
  template <typename Handler>
  auto async_shutdown(Handler&& handler) {
    return tls_->async_shutdown(std::forward<Handler>(handler));
  }

  template <typename Buffers, typename Handler>
  auto async_read_some(const Buffers& buffers, Handler&& handler) {
    if (is_tls()) return tls_->async_read_some(buffers, std::forward<Handler>(handler));
    return transport_.async_read_some(buffers, std::forward<Handler>(handler));
  }

  // Writes all of it. Whether the client took it in time. A vector, since of an array of two Asio
  // leaves a first buffer that is empty once it is written, and Beast's TLS ends there.
  boost::asio::awaitable<bool> Write(std::vector<boost::asio::const_buffer> buffers,
                                     absl::Duration timeout) {
    boost::system::error_code error;
    transport_.expires_after(absl::ToChronoMilliseconds(timeout));
    co_await boost::asio::async_write(
        *this, buffers, boost::asio::redirect_error(boost::asio::use_awaitable, error));
    co_return !error;
  }
  boost::asio::awaitable<bool> Write(boost::asio::const_buffer buffer, absl::Duration timeout) {
    return Write(std::vector<boost::asio::const_buffer>{buffer}, timeout);
  }

  template <typename Buffers, typename Handler>
  auto async_write_some(const Buffers& buffers, Handler&& handler) {
    if (is_tls()) return tls_->async_write_some(buffers, std::forward<Handler>(handler));
    return transport_.async_write_some(buffers, std::forward<Handler>(handler));
  }

 private:
  boost::beast::tcp_stream transport_;
  const std::shared_ptr<boost::asio::ssl::context> context_;
  std::optional<boost::beast::ssl_stream<boost::beast::tcp_stream&>> tls_;
};

}  // namespace percept::web

#endif  // PERCEPT_SERVER_WEB_CLIENT_STREAM_H_
