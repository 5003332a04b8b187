#include "server/web/http_server.h"

#include <pthread.h>

#include <map>
#include <thread>
#include <utility>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/synchronization/mutex.h"
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/strand.hpp>
#include <boost/asio/thread_pool.hpp>

#include "server/base/descriptors.h"
#include "server/base/logging.h"
#include "server/base/status.h"
#include "server/web/connection.h"
#include "server/web/tls_context.h"

namespace percept::web {
namespace {

namespace asio = boost::asio;
using asio::ip::tcp;
using boost::system::error_code;

constexpr int kThreads = 2;
// How long to accept nobody when there are no descriptors left.
constexpr std::chrono::milliseconds kAcceptPause(100);
constexpr absl::Duration kDropLimit = absl::Seconds(2);

class HttpServerImpl final : public HttpServer {
 public:
  explicit HttpServerImpl(const Options& options)
      : options_(options),
        work_(asio::make_work_guard(context_)),
        acceptor_(asio::make_strand(context_)),
        accept_pause_(acceptor_.get_executor()),
        tls_(options.certificates),
        channel_(std::make_unique<GrpcChannel>(options.grpc_target)) {}

  ~HttpServerImpl() override { Stop(absl::ZeroDuration()); }

  absl::Status Listen() {
    const size_t colon = options_.address.rfind(':');
    std::string host = options_.address.substr(0, colon);
    const std::string port = options_.address.substr(colon + 1);
    const std::string shown_host = host;
    if (host.size() > 2 && host.front() == '[') host = host.substr(1, host.size() - 2);
    error_code error;
    tcp::resolver resolver(context_);
    const auto found = resolver.resolve(
        host, port, tcp::resolver::passive | tcp::resolver::numeric_service, error);
    if (error || found.empty()) {
      return InvalidField("--http-address", "must name an address of this machine",
                          Quoted(options_.address));
    }
    const tcp::endpoint endpoint = found.begin()->endpoint();
    acceptor_.open(endpoint.protocol(), error);
    if (!error) acceptor_.set_option(tcp::acceptor::reuse_address(true), error);
    if (!error) acceptor_.bind(endpoint, error);
    if (!error) acceptor_.listen(asio::socket_base::max_listen_connections, error);
    if (error) {
      return absl::UnavailableError(
          absl::StrCat("cannot listen on ", options_.address, ": ", error.message()));
    }
    address_ = absl::StrCat(shown_host, ":", acceptor_.local_endpoint().port());
    if (options_.certificates != nullptr && tls_.Newest() == nullptr) {
      return absl::UnavailableError("cannot serve TLS with the certificate of --tls-cert");
    }
    auto files = StaticFiles::Load(options_.dashboard_dir);
    if (!files.ok()) {
      if (!absl::IsNotFound(files.status())) return files.status();
      log::Warning("there is no dashboard to serve", {{"dashboard_dir", options_.dashboard_dir}});
      files = StaticFiles();
    }
    site_ = std::make_unique<Site>(*std::move(files), endpoint.address().is_loopback());
    parts_.options = &options_;
    parts_.site = site_.get();
    parts_.channel = channel_.get();
    parts_.scrapes = &scrapes_;
    asio::post(acceptor_.get_executor(), [this] { Accept(); });
    for (int i = 0; i < kThreads; ++i) {
      threads_.emplace_back([this] { context_.run(); });
      pthread_setname_np(threads_.back().native_handle(), absl::StrCat("web-", i).c_str());
    }
    return absl::OkStatus();
  }

  const std::string& address() const override { return address_; }

  int64_t connections() const override {
    const absl::MutexLock lock(&mutex_);
    return static_cast<int64_t>(connections_.size());
  }

  void BeginStop() override {
    if (site_ != nullptr) site_->set_ready(false);
    parts_.stopping = true;
  }

  void Stop(absl::Duration timeout) override {
    if (stopped_) return;
    stopped_ = true;
    BeginStop();
    if (!threads_.empty()) {
      asio::post(acceptor_.get_executor(), [this] {
        error_code ignored;
        acceptor_.close(ignored);
        accept_pause_.cancel();
      });
      ForEachConnection([](Connection& connection) { connection.Drain(); });
      if (!WaitForConnections(timeout)) {
        ForEachConnection([](Connection& connection) { connection.Drop(); });
        WaitForConnections(kDropLimit);
      }
    }
    scrapes_.join();
    channel_.reset();  // Ends what calls are left, which may still wake their connections.
    work_.reset();
    context_.stop();
    for (std::thread& thread : threads_) thread.join();
    threads_.clear();
  }

 private:
  // On the acceptor's strand.
  void Accept() {
    acceptor_.async_accept(asio::make_strand(context_),
                           [this](error_code error, tcp::socket socket) {
                             if (error == asio::error::operation_aborted || !acceptor_.is_open())
                               return;
                             if (error) return PauseAccepting(error);
                             is_pausing_ = false;
                             Admit(std::move(socket));
                             Accept();
                           });
  }

  // Most likely there are no descriptors left; some will be when a client leaves.
  void PauseAccepting(error_code error) {
    if (!is_pausing_) log::Warning("cannot accept connections", {{"error", error.message()}});
    is_pausing_ = true;
    accept_pause_.expires_after(kAcceptPause);
    accept_pause_.async_wait([this](error_code aborted) {
      if (!aborted && acceptor_.is_open()) Accept();
    });
  }

  void Admit(tcp::socket socket) ABSL_LOCKS_EXCLUDED(mutex_) {
    const absl::MutexLock lock(&mutex_);
    if (parts_.stopping) return;
    if (static_cast<int64_t>(connections_.size()) >= options_.max_connections ||
        !LeavesDescriptors(socket.native_handle())) {
      return TurnAway(std::move(socket));
    }
    const uint64_t id = next_id_++;
    connections_[id] = StartConnection(std::move(socket), tls_.Newest(), &parts_, [this, id] {
      const absl::MutexLock end_lock(&mutex_);
      connections_.erase(id);
    });
  }

  // One small write, which a new connection always has room for; nothing is awaited. TLS would take
  // a handshake, so there the connection just ends.
  void TurnAway(tcp::socket socket) const {
    static constexpr absl::string_view kFull =
        "HTTP/1.1 503 Service Unavailable\r\nContent-Type: text/plain\r\nRetry-After: 5\r\n"
        "Connection: close\r\n\r\nToo many connections are open (--max-http-connections).\n";
    error_code ignored;
    socket.non_blocking(true, ignored);
    if (options_.certificates == nullptr) {
      socket.write_some(asio::const_buffer(kFull.data(), kFull.size()), ignored);
    }
    socket.shutdown(tcp::socket::shutdown_both, ignored);
  }

  template <typename Action>
  void ForEachConnection(const Action& action) ABSL_LOCKS_EXCLUDED(mutex_) {
    const absl::MutexLock lock(&mutex_);
    for (const auto& [id, connection] : connections_) action(*connection);
  }

  bool WaitForConnections(absl::Duration timeout) ABSL_LOCKS_EXCLUDED(mutex_) {
    const absl::MutexLock lock(&mutex_);
    return mutex_.AwaitWithTimeout(absl::Condition(this, &HttpServerImpl::HasNone), timeout);
  }

  bool HasNone() const ABSL_SHARED_LOCKS_REQUIRED(mutex_) { return connections_.empty(); }

  const Options options_;
  asio::io_context context_{kThreads};
  asio::executor_work_guard<asio::io_context::executor_type> work_;
  tcp::acceptor acceptor_;
  asio::steady_timer accept_pause_;
  bool is_pausing_ = false;  // On the acceptor's strand. Told once, not ten times a second.
  TlsContext tls_;           // On the acceptor's strand, once it listens.
  std::unique_ptr<GrpcChannel> channel_;
  asio::thread_pool scrapes_{1};
  std::unique_ptr<Site> site_;
  ConnectionParts parts_;
  std::string address_;
  bool stopped_ = false;  // Of the thread that owns the server.

  mutable absl::Mutex mutex_;
  uint64_t next_id_ ABSL_GUARDED_BY(mutex_) = 0;
  std::map<uint64_t, std::shared_ptr<Connection>> connections_ ABSL_GUARDED_BY(mutex_);
  std::vector<std::thread> threads_;  // Changed by the thread that owns the server alone.
};

}  // namespace

absl::StatusOr<std::unique_ptr<HttpServer>> HttpServer::Start(const Options& options) {
  auto server = std::make_unique<HttpServerImpl>(options);
  PERCEPT_RETURN_IF_ERROR(server->Listen());
  return std::unique_ptr<HttpServer>(std::move(server));
}

}  // namespace percept::web
