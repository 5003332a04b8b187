#include "server/app/server.h"

#include <algorithm>
#include <functional>
#include <optional>
#include <random>
#include <string>
#include <utility>

#include "absl/strings/str_cat.h"

#include "server/app/data_folder.h"
#include "server/app/metrics_page.h"
#include "server/app/version.h"
#include "server/base/certificate_files.h"
#include "server/base/clock.h"
#include "server/base/logging.h"
#include "server/base/status.h"
#include "server/data/catalogue.h"
#include "server/data/photographs.h"
#include "server/data/uploads.h"
#include "server/ml/kernels/kernels.h"
#include "server/rpc/access/access_control.h"
#include "server/rpc/convert_snapshot.h"
#include "server/rpc/grpc_server.h"
#include "server/storage/sqlite/sqlite_store.h"
#include "server/training/scheduler.h"
#include "server/web/http_server.h"

namespace percept::app {
namespace {

// For calls under way. Watches have been ended by then and answers take milliseconds; what is still
// there are viewers who do not read and clients that keep an idle connection without looking at it.
constexpr absl::Duration kCallGrace = absl::Seconds(1);

training::Scheduler::Options SchedulerOptions(const Options& options,
                                              ml::InstructionSet instruction_set) {
  return {.workers = options.workers,
          .max_queued_jobs = options.max_queued_jobs,
          .max_queued_jobs_per_owner = options.max_queued_jobs_per_owner,
          .max_running_jobs_per_owner = options.max_running_jobs_per_owner,
          .time_slice = options.time_slice,
          .checkpoint_interval = options.checkpoint_interval,
          .max_kept_snapshots_per_job = options.max_kept_snapshots_per_job,
          .max_parameter_bytes_per_job = options.max_parameter_bytes_per_job,
          .max_stored_bytes_per_owner = options.max_stored_bytes_per_owner,
          .max_store_bytes = options.max_store_bytes,
          .max_job_memory_bytes = options.max_job_memory_bytes,
          .instruction_set = instruction_set};
}

rpc::AccessControl::Options AccessOptions(const Options& options) {
  return {.user_file = options.auth_file,
          .limits = {.calls_per_second = options.max_calls_per_second_per_caller,
                     .streams = options.max_streams_per_caller,
                     .inspect_per_minute = options.max_inspect_time_per_minute_per_caller}};
}

// Where the HTTP listener reaches gRPC: a way of their own, which no port and no limit of the
// network can close, and of which nothing is left behind after a kill. Random, since containers
// that share a network may have processes of the same number.
std::string NewSocketName() {
  std::random_device random;
  return absl::StrCat("percept-", absl::Hex(random(), absl::kZeroPad8),
                      absl::Hex(random(), absl::kZeroPad8));
}

class ServerImpl final : public Server {
 public:
  ~ServerImpl() override { Stop(); }

  // Each step uses those before; `Stop` goes the other way.
  absl::Status Open(const Options& options) {
    exit_timeout_ = options.exit_timeout;
    PERCEPT_ASSIGN_OR_RETURN(const ml::InstructionSet instruction_set, ml::ChosenInstructionSet());
    if (!options.tls_cert.empty()) {
      PERCEPT_ASSIGN_OR_RETURN(certificates_,
                               CertificateFiles::Open({.chain = options.tls_cert,
                                                       .key = options.tls_key,
                                                       .client_ca = options.tls_client_ca}));
    }
    PERCEPT_ASSIGN_OR_RETURN(folder_, DataFolder::Open(options.data_dir));
    PERCEPT_ASSIGN_OR_RETURN(access_,
                             rpc::AccessControl::Open(AccessOptions(options), &Clock::System()));
    PERCEPT_ASSIGN_OR_RETURN(store_, storage::OpenSqliteStore(folder_->database_path()));
    const Clock* clock = &Clock::System();
    catalogue_ = std::make_unique<data::Catalogue>(
        data::Catalogue::Options{.assets_dir = options.assets_dir,
                                 .content_dir = folder_->datasets_path(),
                                 .max_bytes_per_owner = options.max_dataset_bytes_per_owner,
                                 .max_bytes = options.max_dataset_bytes},
        &store_->datasets(), clock);
    PERCEPT_RETURN_IF_ERROR(Annotate(catalogue_->Recover(), "cannot open the data sets"));
    uploads_ = std::make_unique<data::Uploads>(
        data::Uploads::Options{.folder = folder_->uploads_path(),
                               .max_upload_bytes = options.max_upload_bytes},
        &store_->uploads(), catalogue_.get(), clock);
    photographs_ = std::make_unique<data::Photographs>(options.assets_dir + "/photographs");
    PERCEPT_RETURN_IF_ERROR(Annotate(uploads_->Recover(), "cannot open the uploads"));
    scheduler_ = std::make_unique<training::Scheduler>(SchedulerOptions(options, instruction_set),
                                                       store_.get(), catalogue_.get(),
                                                       rpc::EncodeForWatch, clock);
    PERCEPT_RETURN_IF_ERROR(scheduler_->Recover());
    PERCEPT_ASSIGN_OR_RETURN(
        grpc_,
        rpc::GrpcServer::Start({.address = options.grpc_address,
                                .socket_name = options.http_address.empty() ? "" : socket_name_,
                                .certificates = certificates_,
                                .version = kVersion,
                                .max_upload_bytes = options.max_upload_bytes,
                                .max_streams = options.max_streams,
                                .stall_limit = options.stall_timeout},
                               {.access = access_.get(),
                                .scheduler = scheduler_.get(),
                                .catalogue = catalogue_.get(),
                                .uploads = uploads_.get(),
                                .photographs = photographs_.get(),
                                .store = store_.get(),
                                .clock = clock}));
    if (!options.http_address.empty()) PERCEPT_RETURN_IF_ERROR(OpenHttp(options));
    scheduler_->StartWorkers();
    PERCEPT_RETURN_IF_ERROR(folder_->PublishGrpcAddress(grpc_->address()));
    log::Info("listening", {{"version", kVersion},
                            {"grpc", grpc_->address()},
                            {"http", http_address_},
                            {"tls", certificates_ != nullptr},
                            {"data_dir", folder_->path()},
                            {"workers", options.workers},
                            {"instruction_set", ml::KernelsFor(instruction_set).name}});
    if (const absl::Status installed = catalogue_->CheckInstalled(); !installed.ok()) {
      log::Warning(installed.message());
    }
    return absl::OkStatus();
  }

  const std::string& grpc_address() const override { return grpc_->address(); }
  const std::string& http_address() const override { return http_address_; }
  std::string dashboard_url() const override {
    if (http_address_.empty()) return "";
    return absl::StrCat(certificates_ != nullptr ? "https://" : "http://", http_address_, "/");
  }

  void BeginLameDuck() override {
    scheduler_->BeginStop();
    if (http_ != nullptr) http_->BeginStop();
    grpc_->BecomeNotReady();
  }

  void Stop() override {
    if (scheduler_ != nullptr) scheduler_->BeginStop();
    if (http_ != nullptr) http_->BeginStop();
    if (grpc_ != nullptr) grpc_->BeginStop();
    if (scheduler_ != nullptr) scheduler_->Stop();
    if (grpc_ != nullptr) grpc_->Stop(std::min(exit_timeout_ / 2, kCallGrace));
    // What gRPC said last is still on its way to browsers.
    if (http_ != nullptr) http_->Stop(std::min(exit_timeout_ / 4, kCallGrace));
    http_.reset();
    grpc_.reset();
    scheduler_.reset();
    photographs_.reset();
    uploads_.reset();
    catalogue_.reset();
    if (store_ != nullptr) {
      if (const absl::Status flushed = store_->Flush(); !flushed.ok())
        log::Error(flushed.message());
    }
    store_.reset();
    access_.reset();
    folder_.reset();
  }

 private:
  // The page of /metrics, for those who may see it.
  std::function<absl::StatusOr<std::string>(absl::string_view)> MetricsFor(const Options& options) {
    const MetricsSources sources = {.scheduler = scheduler_.get(),
                                    .catalogue = catalogue_.get(),
                                    .store = store_.get(),
                                    .data_dir = folder_->path(),
                                    .version = kVersion,
                                    .start_time = Clock::System().Now()};
    return [sources, access = access_.get(), is_public = options.public_metrics](
               absl::string_view authorization) -> absl::StatusOr<std::string> {
      if (!is_public) {
        std::optional<absl::string_view> given;
        if (!authorization.empty()) given = authorization;
        PERCEPT_RETURN_IF_ERROR(access->CheckRole(given, Role::kInstructor, "/metrics"));
      }
      return MetricsPage(sources);
    };
  }

  absl::Status OpenHttp(const Options& options) {
    web::HttpServer::Options http = {.address = options.http_address,
                                     .grpc_target = absl::StrCat("unix-abstract:", socket_name_),
                                     .dashboard_dir = options.dashboard_dir,
                                     .certificates = certificates_,
                                     .metrics = MetricsFor(options),
                                     .max_connections = options.max_http_connections};
    absl::StatusOr<std::unique_ptr<web::HttpServer>> started = web::HttpServer::Start(http);
    if (options.http_port_may_change && absl::IsUnavailable(started.status())) {
      log::Warning("another program has the dashboard's port; taking a free one",
                   {{"http", options.http_address}});
      http.address.replace(http.address.rfind(':'), std::string::npos, ":0");
      started = web::HttpServer::Start(http);
    }
    PERCEPT_ASSIGN_OR_RETURN(http_, std::move(started));
    http_address_ = http_->address();
    grpc_->SetHttpAddress(http_address_);
    return folder_->PublishHttpAddress(http_address_);
  }

  absl::Duration exit_timeout_;
  const std::string socket_name_ = NewSocketName();
  std::string http_address_;
  std::shared_ptr<const CertificateFiles> certificates_;  // Null without TLS.
  std::unique_ptr<DataFolder> folder_;
  std::unique_ptr<rpc::AccessControl> access_;
  std::unique_ptr<storage::Store> store_;
  std::unique_ptr<data::Catalogue> catalogue_;
  std::unique_ptr<data::Uploads> uploads_;
  std::unique_ptr<data::Photographs> photographs_;
  std::unique_ptr<training::Scheduler> scheduler_;
  std::unique_ptr<rpc::GrpcServer> grpc_;
  std::unique_ptr<web::HttpServer> http_;
};

}  // namespace

absl::StatusOr<std::unique_ptr<Server>> Server::Start(const Options& options) {
  auto server = std::make_unique<ServerImpl>();
  PERCEPT_RETURN_IF_ERROR(server->Open(options));
  return std::unique_ptr<Server>(std::move(server));
}

}  // namespace percept::app
