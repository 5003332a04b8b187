#include "server/rpc/grpc_server.h"

#include <arpa/inet.h>
#include <unistd.h>

#include <chrono>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "grpc/health/v1/health.pb.h"
#include <grpc/support/log.h>
#include <grpcpp/ext/proto_server_reflection_plugin.h>
#include <grpcpp/grpcpp.h>
#include <grpcpp/health_check_service_interface.h>

#include "server/base/logging.h"
#include "server/base/status.h"
#include "server/base/thread_pool.h"
#include "server/rpc/access/call_context.h"
#include "server/rpc/access/gatekeeper.h"
#include "server/rpc/access_service.h"
#include "server/rpc/dataset_service.h"
#include "server/rpc/demo_service.h"
#include "server/rpc/file_sender.h"
#include "server/rpc/inspect_service.h"
#include "server/rpc/job_service.h"
#include "server/rpc/listener.h"
#include "server/rpc/server_credentials.h"
#include "server/rpc/server_service.h"
#include "server/rpc/snapshot_service.h"
#include "server/rpc/subscription.h"
#include "server/rpc/subscription_service.h"
#include "server/rpc/watch.h"

namespace percept::rpc {
namespace {

constexpr int kMaxMessageBytes = 4 << 20;

// Threads on which requests may block on the disk, and how many requests wait for one.
constexpr int kHandlerThreads = 4;
constexpr size_t kWaitingRequests = 1000;

// The same for requests that may take seconds, apart so that the others need not wait for them.
constexpr int kWorkThreads = 4;
constexpr size_t kWaitingWork = 100;

// The same for questions put to models, which may take as long and must not slow training.
constexpr int kInspectThreads = 2;
constexpr size_t kWaitingQuestions = 500;
constexpr int kInspectNiceness = 10;

// Threads on which messages to viewers are made and begin to be written; apart from the others, so
// that however many viewers there are, requests are answered.
constexpr int kStreamThreads = 4;

// Memory of the files that are on their way to clients.
constexpr int64_t kFileBytes = int64_t{1} << 30;

constexpr int kReadChunkBytes = 1024;

// Agree with client/lib, or clients are sent away for pinging too often.
constexpr int kKeepaliveMillis = 30'000;
constexpr int kKeepaliveTimeoutMillis = 10'000;
constexpr int kMinPingIntervalMillis = 10'000;

// For TLS and the first frames of HTTP/2, so that nobody holds a connection by saying nothing.
constexpr int kHandshakeTimeoutMillis = 10'000;

// What gRPC says of its inner workings; errors that matter to users come as statuses.
void LogOfGrpc(gpr_log_func_args* args) {
  log::Debug(args->message, {{"grpc", absl::StrCat(args->file, ":", args->line)}});
}

// An address that others can be told: one that stands for all of the machine's becomes its name.
std::string ReachableAddress(const std::string& address) {
  const size_t colon = address.rfind(':');
  const std::string host = address.substr(0, colon);
  char name[256] = {};
  if ((host != "0.0.0.0" && host != "[::]") || gethostname(name, sizeof(name) - 1) != 0) {
    return address;
  }
  return absl::StrCat(name, address.substr(colon));
}

class GrpcServerImpl final : public GrpcServer {
 public:
  GrpcServerImpl(const Options& options, const Parts& parts)
      : has_tls_(options.certificates != nullptr),
        credentials_(CredentialsOf(options.certificates)),
        pool_("request", kHandlerThreads, kWaitingRequests),
        work_pool_("work", kWorkThreads, kWaitingWork),
        inspect_pool_("inspect", kInspectThreads, kWaitingQuestions, kInspectNiceness),
        files_(kFileBytes),
        stream_pool_("stream", kStreamThreads, /*capacity=*/0),
        streams_({.max_streams = options.max_streams, .stall_limit = options.stall_limit},
                 &stream_pool_, parts.clock),
        feeds_(parts.scheduler, &stream_pool_, parts.clock),
        lists_(parts.scheduler, &stream_pool_, parts.clock),
        subscriptions_(StreamPartsOf(parts), &lists_),
        gate_{.access = parts.access,
              .scheduler = parts.scheduler,
              .catalogue = parts.catalogue,
              .uploads = parts.uploads,
              .clock = parts.clock},
        access_service_(parts.access, &pool_, parts.clock),
        dataset_service_(parts.catalogue, parts.uploads, &parts.store->jobs(), &files_, &pool_,
                         &work_pool_),
        demo_service_(parts.catalogue, parts.photographs, &pool_, &work_pool_),
        inspect_service_(parts.scheduler, parts.catalogue, &parts.store->snapshots(),
                         &inspect_pool_, parts.clock),
        job_service_(parts.scheduler, &pool_),
        snapshot_service_(parts.scheduler, &parts.store->snapshots(), StreamPartsOf(parts), &files_,
                          &pool_, &work_pool_),
        subscription_service_(&subscriptions_, &pool_),
        server_service_(FactsOf(options, parts), parts.scheduler, parts.catalogue, parts.store,
                        &streams_, parts.access, &pool_, parts.clock) {}

  ~GrpcServerImpl() override { Stop(absl::ZeroDuration()); }

  absl::Status Listen(const std::string& address, const std::string& socket_name) {
    gpr_set_log_function(LogOfGrpc);
    // Without a reference the linker drops the descriptor, and reflection could not describe
    // health.
    grpc::health::v1::HealthCheckRequest::descriptor();
    grpc::EnableDefaultHealthCheckService(true);
    grpc::reflection::InitProtoReflectionServerBuilderPlugin();
    grpc::ServerBuilder builder;
    PERCEPT_ASSIGN_OR_RETURN(listener_, Listener::Bind(address));
    using Experimental = grpc::ServerBuilder::experimental_type;
    acceptor_ = builder.experimental().AddExternalConnectionAcceptor(
        Experimental::ExternalConnectionType::FROM_FD, credentials_);
    if (!socket_name.empty()) {
      builder.AddListeningPort(absl::StrCat("unix-abstract:", socket_name),
                               grpc::InsecureServerCredentials());
    }
    builder.SetMaxReceiveMessageSize(kMaxMessageBytes);
    // A small compressed message can be a large one, which gRPC unpacks before it looks at its
    // size.
    builder.SetCompressionAlgorithmSupportStatus(GRPC_COMPRESS_DEFLATE, false);
    builder.SetCompressionAlgorithmSupportStatus(GRPC_COMPRESS_GZIP, false);
    builder.AddChannelArgument(GRPC_ARG_ENABLE_PER_MESSAGE_DECOMPRESSION, 0);
    builder.AddChannelArgument(GRPC_ARG_ENABLE_PER_MESSAGE_COMPRESSION, 0);  // Nor is it asked for.
    // What a connection keeps to read into; it grows as long as large messages come in.
    builder.AddChannelArgument(GRPC_ARG_TCP_READ_CHUNK_SIZE, kReadChunkBytes);
    builder.AddChannelArgument(GRPC_ARG_ENABLE_CHANNELZ, 0);  // Counts what nobody asks for.
    builder.AddChannelArgument(GRPC_ARG_SERVER_HANDSHAKE_TIMEOUT_MS, kHandshakeTimeoutMillis);
    builder.AddChannelArgument(GRPC_ARG_KEEPALIVE_TIME_MS, kKeepaliveMillis);
    builder.AddChannelArgument(GRPC_ARG_KEEPALIVE_TIMEOUT_MS, kKeepaliveTimeoutMillis);
    builder.AddChannelArgument(GRPC_ARG_KEEPALIVE_PERMIT_WITHOUT_CALLS, 1);
    builder.AddChannelArgument(GRPC_ARG_HTTP2_MIN_RECV_PING_INTERVAL_WITHOUT_DATA_MS,
                               kMinPingIntervalMillis);
    builder.SetContextAllocator(NewCallContextAllocator());
    std::vector<std::unique_ptr<grpc::experimental::ServerInterceptorFactoryInterface>> gatekeepers;
    gatekeepers.push_back(NewGatekeeper(gate_));
    builder.experimental().SetInterceptorCreators(std::move(gatekeepers));
    builder.RegisterService(&access_service_);
    builder.RegisterService(&dataset_service_);
    builder.RegisterService(&demo_service_);
    builder.RegisterService(&inspect_service_);
    builder.RegisterService(&job_service_);
    builder.RegisterService(&snapshot_service_);
    builder.RegisterService(&subscription_service_);
    builder.RegisterService(&server_service_);
    server_ = builder.BuildAndStart();
    if (server_ == nullptr) {
      return absl::UnavailableError(
          absl::StrCat("cannot serve gRPC, or not listen on the abstract socket ", socket_name));
    }
    listener_->Start([this](int descriptor) {
      grpc::experimental::ExternalConnectionAcceptor::NewConnectionParameters connection;
      connection.fd = descriptor;
      acceptor_->HandleNewConnection(&connection);
    });
    address_ = absl::StrCat(address.substr(0, address.rfind(':')), ":", listener_->port());
    server_service_.set_grpc_address(address_);
    return absl::OkStatus();
  }

  const std::string& address() const override { return address_; }

  void SetHttpAddress(const std::string& address) override {
    server_service_.set_http_address(address);
    access_service_.set_http_origin(
        absl::StrCat(has_tls_ ? "https://" : "http://", ReachableAddress(address)));
  }

  void BecomeNotReady() override {
    if (server_ != nullptr) server_->GetHealthCheckService()->Shutdown();
  }

  void BeginStop() override {
    if (server_ == nullptr) return;
    BecomeNotReady();
    streams_.EndAll();
  }

  void Stop(absl::Duration timeout) override {
    if (server_ == nullptr) return;
    BeginStop();
    listener_->Stop();
    server_->Shutdown(std::chrono::system_clock::now() + absl::ToChronoMilliseconds(timeout));
    server_->Wait();
    server_.reset();
  }

 private:
  StreamParts StreamPartsOf(const Parts& parts) {
    return {
        .streams = &streams_, .feeds = &feeds_, .scheduler = parts.scheduler, .clock = parts.clock};
  }

  static ServerFacts FactsOf(const Options& options, const Parts& parts) {
    return {.version = options.version,
            .engine_revision = parts.scheduler->engine_revision(),
            .instruction_set = parts.scheduler->instruction_set(),
            .max_message_bytes = kMaxMessageBytes,
            .max_upload_bytes = options.max_upload_bytes,
            .start_time = parts.clock->Now()};
  }

  // In this order: what comes later uses what comes before.
  const bool has_tls_;
  const std::shared_ptr<grpc::ServerCredentials> credentials_;
  ThreadPool pool_;
  ThreadPool work_pool_;
  ThreadPool inspect_pool_;
  FileBudget files_;
  ThreadPool stream_pool_;
  ViewerStreams streams_;
  JobFeeds feeds_;
  JobListFeeds lists_;
  Subscriptions subscriptions_;
  const Gate gate_;
  AccessService access_service_;
  DatasetService dataset_service_;
  DemoService demo_service_;
  InspectService inspect_service_;
  JobService job_service_;
  SnapshotService snapshot_service_;
  SubscriptionService subscription_service_;
  ServerService server_service_;
  std::string address_;
  std::unique_ptr<grpc::experimental::ExternalConnectionAcceptor> acceptor_;
  std::unique_ptr<grpc::Server> server_;
  std::unique_ptr<Listener> listener_;
};

}  // namespace

absl::StatusOr<std::unique_ptr<GrpcServer>> GrpcServer::Start(const Options& options,
                                                              const Parts& parts) {
  auto server = std::make_unique<GrpcServerImpl>(options, parts);
  PERCEPT_RETURN_IF_ERROR(server->Listen(options.address, options.socket_name));
  return std::unique_ptr<GrpcServer>(std::move(server));
}

absl::Status CheckAddress(absl::string_view option, absl::string_view address) {
  const size_t colon = address.rfind(':');
  int port = -1;
  if (colon == absl::string_view::npos || colon == 0 ||
      !absl::SimpleAtoi(address.substr(colon + 1), &port) || port < 0 || port > 65535) {
    return InvalidField(option, "must be HOST:PORT with a port in [0, 65535]", Quoted(address));
  }
  return absl::OkStatus();
}

bool IsLoopback(absl::string_view address) {
  const std::string host(address.substr(0, address.rfind(':')));
  in_addr parsed;
  return host == "localhost" || host == "[::1]" ||
         (absl::StartsWith(host, "127.") && inet_pton(AF_INET, host.c_str(), &parsed) == 1);
}

}  // namespace percept::rpc
