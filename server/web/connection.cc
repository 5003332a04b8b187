#include "server/web/connection.h"

#include <algorithm>
#include <array>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include <boost/asio/awaitable.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/read.hpp>
#include <boost/beast/http/string_body.hpp>

#include "server/base/logging.h"
#include "server/base/meters.h"
#include "server/base/request_id.h"
#include "server/web/body_reservation.h"
#include "server/web/call_relay.h"
#include "server/web/client_stream.h"
#include "server/web/cookies.h"
#include "server/web/grpc_web.h"

namespace percept::web {
namespace {

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace http = beast::http;
using asio::ip::tcp;
using boost::system::error_code;
using Parser = http::request_parser<http::string_body>;

// What the kernel may keep for a client that does not read.
constexpr int kSendBufferBytes = 128 << 10;
// The first byte of a client that speaks TLS.
constexpr char kTlsHandshake = 22;

// Codes of gRPC that this listener gives by itself.
constexpr int kInvalidArgument = 3;
constexpr int kResourceExhausted = 8;

constexpr absl::string_view kTlsIsSpoken =
    "HTTP/1.1 400 Bad Request\r\nContent-Type: text/plain\r\nConnection: close\r\n\r\n"
    "This server speaks TLS: its address begins with https://.\n";

asio::const_buffer BufferOf(absl::string_view bytes) { return {bytes.data(), bytes.size()}; }

absl::string_view ToView(boost::string_view text) { return {text.data(), text.size()}; }

// Headers of a request that gRPC sees as metadata: whose call it is. All others are the browser's.
bool IsPassedOn(absl::string_view name) {
  return name == "authorization" || absl::StartsWith(name, "percept-");
}

bool IsMetadataValue(absl::string_view value) {
  return std::all_of(value.begin(), value.end(),
                     [](unsigned char character) { return character >= ' ' && character < 0x7f; });
}

class ConnectionImpl final : public Connection,
                             public std::enable_shared_from_this<ConnectionImpl> {
 public:
  ConnectionImpl(tcp::socket client, std::shared_ptr<asio::ssl::context> tls,
                 ConnectionParts* parts, std::function<void()> on_end)
      : stream_(std::move(client), std::move(tls)),
        parts_(parts),
        on_end_(std::move(on_end)),
        buffer_(parts->options->max_header_bytes + kReadBytes),
        relay_(&stream_, &buffer_, parts->options->write_timeout) {
    error_code ignored;
    const tcp::endpoint peer = socket().remote_endpoint(ignored);
    peer_address_ = peer.address().to_string(ignored);
    socket().set_option(tcp::no_delay(true), ignored);
    socket().set_option(asio::socket_base::send_buffer_size(kSendBufferBytes), ignored);
    Meters::Process().http_connections.Add(1);
  }
  ~ConnectionImpl() override { Meters::Process().http_connections.Add(-1); }

  void Start() {
    asio::co_spawn(
        stream_.get_executor(), [self = shared_from_this()] { return self->Run(); },
        asio::detached);
  }

  void Drain() override {
    asio::post(stream_.get_executor(), [self = shared_from_this()] {
      if (self->is_idle_) self->Close();
    });
  }

  void Drop() override {
    asio::post(stream_.get_executor(), [self = shared_from_this()] {
      self->Close();
      self->relay_.Cancel();
    });
  }

 private:
  // What a step leaves the connection in.
  enum class Next { kRequest, kClose };

  const HttpServer::Options& options() const { return *parts_->options; }

  tcp::socket& socket() { return stream_.transport().socket(); }

  void Expire(absl::Duration timeout) {
    stream_.transport().expires_after(absl::ToChronoMilliseconds(timeout));
  }

  void Close() {
    error_code ignored;
    socket().shutdown(tcp::socket::shutdown_both, ignored);
    stream_.transport().close();
  }

  asio::awaitable<void> Run() {
    try {
      Next next = stream_.is_tls() ? co_await Handshake() : Next::kRequest;
      while (next == Next::kRequest) next = co_await ServeRequest();
    } catch (const std::exception&) {
      // Out of memory, or an error of Boost's own: this client's connection ends, no other.
    }
    co_await Linger();
    Close();
    on_end_();
  }

  // Of TLS. A client that speaks HTTP instead is told so.
  asio::awaitable<Next> Handshake() {
    error_code error;
    Expire(options().handshake_timeout);
    char first = 0;
    const asio::mutable_buffer read = asio::buffer(&first, 1);
    co_await stream_.transport().async_read_some(read,
                                                 asio::redirect_error(asio::use_awaitable, error));
    if (error) co_return Next::kClose;
    if (first != kTlsHandshake) {
      co_await asio::async_write(stream_.transport(), BufferOf(kTlsIsSpoken),
                                 asio::redirect_error(asio::use_awaitable, error));
      co_return Next::kClose;
    }
    co_await stream_.async_handshake(asio::const_buffer(read),
                                     asio::redirect_error(asio::use_awaitable, error));
    if (error) {
      log::Debug("a TLS handshake failed", {{"peer", peer_address_}, {"error", error.message()}});
    }
    is_open_ = !error;
    co_return error ? Next::kClose : Next::kRequest;
  }

  // Lets a client that still sends read our answer: closing with unread bytes would reset it.
  asio::awaitable<void> Linger() {
    constexpr absl::Duration kLongest = absl::Seconds(1);
    constexpr int kReads = 64;
    error_code error;
    Expire(kLongest);
    if (is_open_ && !parts_->stopping) {
      co_await stream_.async_shutdown(asio::redirect_error(asio::use_awaitable, error));
    }
    socket().shutdown(tcp::socket::shutdown_send, error);
    if (error || parts_->stopping) co_return;
    std::array<char, kReadBytes> ignored;
    for (int i = 0; i < kReads && !error; ++i) {
      co_await stream_.transport().async_read_some(
          asio::buffer(ignored), asio::redirect_error(asio::use_awaitable, error));
    }
  }

  asio::awaitable<Next> ServeRequest() {
    error_code error;
    if (buffer_.size() == 0) {
      if (parts_->stopping) co_return Next::kClose;
      is_idle_ = true;
      Expire(options().idle_timeout);
      const size_t bytes = co_await stream_.async_read_some(
          buffer_.prepare(kReadBytes), asio::redirect_error(asio::use_awaitable, error));
      is_idle_ = false;
      if (error) co_return Next::kClose;
      buffer_.commit(bytes);
    }
    kind_ = Meters::kRefused;
    Parser parser;
    parser.header_limit(static_cast<uint32_t>(options().max_header_bytes));
    parser.body_limit(options().max_body_bytes);
    Expire(options().header_timeout);
    co_await http::async_read_header(stream_, buffer_, parser,
                                     asio::redirect_error(asio::use_awaitable, error));
    if (error == http::error::body_limit) co_return co_await RefuseBody(parser.get());
    if (error) co_return co_await RefuseHeader(error);
    const Parser::value_type& request = parser.get();
    keep_alive_ = request.keep_alive() && !parts_->stopping;
    if (request.version() != 11) {
      co_return co_await SendAndClose(TextAnswer(505, "HTTP/1.1 is spoken here.\n"));
    }
    const absl::string_view content_type = ToView(request[http::field::content_type]);
    if (request.method() == http::verb::post && IsMethodPath(ToView(request.target()))) {
      if (!IsGrpcWebContentType(content_type)) {
        co_return co_await SendAndClose(TextAnswer(
            415, "Content-Type: must be application/grpc-web+proto, the binary form.\n"));
      }
      co_return co_await ServeCall(parser);
    }
    if (request.has_content_length() ? parser.content_length().value_or(0) > 0 : parser.chunked()) {
      co_return co_await SendAndClose(TextAnswer(400, "A body is taken with gRPC-Web alone.\n"));
    }
    const absl::string_view target = ToView(request.target());
    const RequestHead head{.method = ToView(request.method_string()),
                           .path = target.substr(0, target.find('?')),
                           .host = ToView(request[http::field::host]),
                           .if_none_match = ToView(request[http::field::if_none_match]),
                           .accept_encoding = ToView(request[http::field::accept_encoding]),
                           .authorization = ToView(request[http::field::authorization]),
                           .origin = ToView(request[http::field::origin]),
                           .is_secure = options().certificates != nullptr};
    kind_ = KindOf(head.path);
    const bool head_only = head.method == "HEAD";
    if (kind_ == Meters::kMetrics && options().metrics != nullptr &&
        (head_only || head.method == "GET") && parts_->site->AcceptsHost(head.host)) {
      co_return co_await ServeMetrics(std::string(head.authorization), head_only);
    }
    co_return co_await Send(parts_->site->AnswerTo(head), head_only);
  }

  static Meters::HttpKind KindOf(absl::string_view path) {
    if (path == "/metrics") return Meters::kMetrics;
    if (path == "/healthz" || path == "/readyz") return Meters::kHealth;
    if (path == "/login" || path == "/logout") return Meters::kLogin;
    return Meters::kPage;
  }

  // Counts the request as answered with a code.
  void Meter(int code) const {
    const int code_class = std::clamp(code / 100 - 2, 0, Meters::kHttpClasses - 1);
    Meters::Process().http_requests[kind_][static_cast<size_t>(code_class)].Add(1);
  }

  // Made elsewhere, since whoever looks into the store may have to wait for the disk.
  asio::awaitable<Next> ServeMetrics(std::string authorization, bool head_only) {
    const absl::StatusOr<std::string> page = co_await asio::co_spawn(
        parts_->scrapes->get_executor(),
        [this, &authorization]() -> asio::awaitable<absl::StatusOr<std::string>> {
          co_return options().metrics(authorization);
        },
        asio::use_awaitable);
    if (page.ok()) {
      Answer answer = TextAnswer(200, *page);
      answer.headers = absl::StrCat(
          "Content-Type: text/plain; version=0.0.4; charset=utf-8\r\nCache-Control: no-store\r\n"
          "X-Content-Type-Options: nosniff\r\n");
      co_return co_await Send(std::move(answer), head_only);
    }
    const std::string message = absl::StrCat(page.status().message(), "\n");
    if (absl::IsPermissionDenied(page.status())) {
      co_return co_await Send(TextAnswer(403, message), head_only);
    }
    if (!absl::IsUnauthenticated(page.status())) {
      co_return co_await Send(TextAnswer(503, message), head_only);
    }
    Answer answer = TextAnswer(401, message);
    absl::StrAppend(&answer.headers, "WWW-Authenticate: Bearer\r\n");
    co_return co_await Send(std::move(answer), head_only);
  }

  // A body that says itself that it is too large; nothing of it has been read.
  asio::awaitable<Next> RefuseBody(const Parser::value_type& request) {
    keep_alive_ = false;
    if (!IsGrpcWebContentType(ToView(request[http::field::content_type]))) {
      co_return co_await SendAndClose(TextAnswer(413, "The request's body is too large.\n"));
    }
    BeginCall(request);
    const std::string message =
        absl::StrCat("body: must have at most ", options().max_body_bytes, " bytes, got ",
                     ToView(request[http::field::content_length]));
    co_return co_await SendStatus(kResourceExhausted, message);
  }

  asio::awaitable<Next> RefuseHeader(error_code error) {
    if (error == http::error::header_limit || error == http::error::buffer_overflow) {
      co_return co_await SendAndClose(TextAnswer(431, "The request's headers are too large.\n"));
    }
    if (error.category() == http::make_error_code(http::error::bad_target).category() &&
        error != http::error::end_of_stream && error != http::error::partial_message) {
      co_return co_await SendAndClose(
          TextAnswer(400, "This is not a request as HTTP/1.1 has them.\n"));
    }
    co_return Next::kClose;  // It has gone, or took too long.
  }

  // Whether all was taken in time.
  asio::awaitable<bool> Write(std::vector<asio::const_buffer> buffers) {
    return stream_.Write(std::move(buffers), options().write_timeout);
  }
  asio::awaitable<bool> Write(asio::const_buffer buffer) {
    return stream_.Write(buffer, options().write_timeout);
  }

  asio::awaitable<Next> SendAndClose(Answer answer) {
    keep_alive_ = false;
    co_return co_await Send(std::move(answer), /*head_only=*/false);
  }

  asio::awaitable<Next> Send(Answer answer, bool head_only) {
    Meter(answer.code);
    const std::string head = absl::StrCat(
        "HTTP/1.1 ", answer.code, " ", Reason(answer.code), "\r\n", answer.headers,
        answer.code == 304 ? std::string()
                           : absl::StrCat("Content-Length: ", answer.body.size(), "\r\n"),
        ConnectionHeader(), "\r\n");
    std::vector<asio::const_buffer> buffers = {asio::buffer(head)};
    if (!head_only) buffers.push_back(BufferOf(answer.body));
    const bool sent = co_await Write(std::move(buffers));
    co_return (sent && keep_alive_) ? Next::kRequest : Next::kClose;
  }

  absl::string_view ConnectionHeader() const {
    return keep_alive_ ? "Connection: keep-alive\r\n" : "Connection: close\r\n";
  }

  // A call that ended before it reached gRPC.
  asio::awaitable<Next> SendStatus(int code, absl::string_view message) {
    Meter(200);
    const std::string head = absl::StrCat(
        "HTTP/1.1 200 OK\r\n", CallHeaders(), "Content-Length: 0\r\ngrpc-status: ", code,
        "\r\ngrpc-message: ", PercentEncoded(message), "\r\n", ConnectionHeader(), "\r\n");
    const bool sent = co_await Write(asio::const_buffer(asio::buffer(head)));
    co_return (sent && keep_alive_) ? Next::kRequest : Next::kClose;
  }

  std::string CallHeaders() const {
    return absl::StrCat("Content-Type: ", kGrpcWebContentType, "\r\n", kRequestIdHeader, ": ",
                        request_id_,
                        "\r\nCache-Control: no-store\r\nX-Content-Type-Options: nosniff\r\n"
                        "Cross-Origin-Resource-Policy: same-origin\r\n");
  }

  void BeginCall(const Parser::value_type& request) {
    kind_ = Meters::kGrpcWeb;
    request_id_ = RequestIdFor(ToView(request[kRequestIdHeader]));
  }

  asio::awaitable<Next> ServeCall(Parser& parser) {
    const Parser::value_type& request = parser.get();
    BeginCall(request);
    // Whatever is refused before its body has been read ends the connection with it.
    const bool keep_alive = std::exchange(keep_alive_, false);
    if (!parts_->site->AcceptsHost(ToView(request[http::field::host]))) {
      co_return co_await SendAndClose(
          TextAnswer(421, "Host: must be localhost or an address of this machine.\n"));
    }
    if (!request.has_content_length()) {
      co_return co_await SendAndClose(TextAnswer(411, "Content-Length: must be given.\n"));
    }
    const size_t body_bytes = parser.content_length().value_or(0);
    const std::optional<BodyReservation> reservation = BodyReservation::Make(
        &parts_->pending_body_bytes, options().max_pending_body_bytes, body_bytes);
    if (!reservation.has_value()) {
      co_return co_await SendStatus(kResourceExhausted,
                                    "the requests under way are too large together; try again");
    }
    if (absl::EqualsIgnoreCase(ToView(request[http::field::expect]), "100-continue")) {
      const bool sent = co_await Write(BufferOf("HTTP/1.1 100 Continue\r\n\r\n"));
      if (!sent) co_return Next::kClose;
    }
    error_code error;
    Expire(options().body_timeout);
    co_await http::async_read(stream_, buffer_, parser,
                              asio::redirect_error(asio::use_awaitable, error));
    if (error) co_return Next::kClose;  // It has gone, or took too long.
    keep_alive_ = keep_alive;
    const absl::StatusOr<GrpcCall::Request> call = CallOf(request);
    if (!call.ok()) co_return co_await SendStatus(kInvalidArgument, call.status().message());
    co_return co_await RelayCall(*call);
  }

  absl::StatusOr<GrpcCall::Request> CallOf(const Parser::value_type& request) const {
    const auto message = UnframedMessage(request.body());
    if (!message.ok()) return message.status();
    GrpcCall::Request call{.method = std::string(ToView(request.target())),
                           .message = std::string(*message)};
    for (const auto& field : request) {
      const std::string name = absl::AsciiStrToLower(ToView(field.name_string()));
      const absl::string_view value = ToView(field.value());
      if (name == "grpc-timeout") {
        const absl::StatusOr<absl::Duration> timeout = ParseTimeout(value);
        if (!timeout.ok()) return timeout.status();
        call.timeout = *timeout;
      } else if (IsPassedOn(name)) {
        if (!IsMetadataValue(value)) {
          return absl::InvalidArgumentError(
              absl::StrCat(name, ": must be printable ASCII characters"));
        }
        call.metadata.emplace_back(name, std::string(value));
      }
    }
    // A page of ours carries its token in a cookie; pages of others, from which a browser sends it
    // too, are not listened to.
    const absl::string_view host = ToView(request[http::field::host]);
    const auto token = TokenIn(ToView(request[http::field::cookie]), host);
    if (token.has_value() && request.find(http::field::authorization) == request.end() &&
        IsFromOwnPage(ToView(request[http::field::origin]), host)) {
      call.metadata.emplace_back("authorization", absl::StrCat("Bearer ", *token));
    }
    call.metadata.emplace_back("x-forwarded-for", peer_address_);
    call.metadata.emplace_back(kRequestIdHeader, request_id_);
    return call;
  }

  asio::awaitable<Next> RelayCall(GrpcCall::Request request) {
    Meter(200);
    std::string head = absl::StrCat("HTTP/1.1 200 OK\r\n", CallHeaders(),
                                    "Transfer-Encoding: chunked\r\n", ConnectionHeader(), "\r\n");
    const bool reached = co_await relay_.Relay(shared_from_this(), parts_->channel,
                                               std::move(request), std::move(head));
    co_return (reached && keep_alive_) ? Next::kRequest : Next::kClose;
  }

  // On the strand, all of it.
  ClientStream stream_;
  ConnectionParts* const parts_;
  const std::function<void()> on_end_;
  beast::flat_buffer buffer_;  // What was read and not yet understood.
  CallRelay relay_;
  std::string peer_address_;
  Meters::HttpKind kind_ = Meters::kRefused;  // Of the request under way.
  std::string request_id_;                    // Of the call under way.
  bool keep_alive_ = true;
  bool is_idle_ = false;
  bool is_open_ = false;  // By TLS, which wants to be closed.
};

}  // namespace

std::shared_ptr<Connection> StartConnection(tcp::socket socket,
                                            std::shared_ptr<asio::ssl::context> tls,
                                            ConnectionParts* parts, std::function<void()> on_end) {
  auto connection =
      std::make_shared<ConnectionImpl>(std::move(socket), std::move(tls), parts, std::move(on_end));
  connection->Start();
  return connection;
}

}  // namespace percept::web
