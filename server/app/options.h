#ifndef PERCEPT_SERVER_APP_OPTIONS_H_
#define PERCEPT_SERVER_APP_OPTIONS_H_

#include <cstdint>
#include <optional>
#include <string>

#include "absl/status/statusor.h"
#include "absl/time/time.h"

#include "server/app/user_command.h"
#include "server/base/logging.h"

namespace percept::app {

// How a server is run. Defaults stand in `perceptd --help`.
struct Options {
  std::string data_dir;
  std::string assets_dir;
  std::string grpc_address = "127.0.0.1:7878";
  std::string http_address;           // Empty: no HTTP listener.
  bool http_port_may_change = false;  // Nobody asked for this port: another does where it is taken.
  std::string dashboard_dir;          // As web::HttpServer::Options has it.
  int64_t max_http_connections = 4096;
  std::string tls_cert;       // Empty: no TLS, on either port.
  std::string tls_key;        // Set with tls_cert.
  std::string tls_client_ca;  // Empty: clients need no certificate.
  int workers = 1;
  absl::Duration exit_timeout = absl::Seconds(10);
  absl::Duration lame_duck = absl::Milliseconds(500);  // Of exit_timeout, at most half of it.
  int64_t max_upload_bytes = int64_t{1} << 30;
  // Of jobs, as training::Scheduler::Options says.
  absl::Duration time_slice = absl::Seconds(10);
  absl::Duration checkpoint_interval = absl::Seconds(5);
  int64_t max_queued_jobs = 10'000;
  int64_t max_queued_jobs_per_owner = 1'000;
  int64_t max_running_jobs_per_owner = 1;
  int64_t max_job_memory_bytes = int64_t{2} << 30;
  int64_t max_kept_snapshots_per_job = 1'000'000;
  int64_t max_parameter_bytes_per_job = int64_t{1} << 30;
  // Of streams to viewers, as rpc::ViewerStreams::Options says.
  int64_t max_streams = 10'000;
  absl::Duration stall_timeout = absl::Minutes(1);
  bool public_metrics = false;  // /metrics needs no token.
  std::string auth_file;        // Of users; empty: everybody may do everything.
  // As rpc::CallerLimits, data::Catalogue::Options and training::Scheduler::Options say; 0 is no
  // limit.
  int64_t max_calls_per_second_per_caller = 0;
  int64_t max_streams_per_caller = 0;
  absl::Duration max_inspect_time_per_minute_per_caller;
  int64_t max_dataset_bytes_per_owner = 0;
  int64_t max_stored_bytes_per_owner = 0;
  int64_t max_dataset_bytes = 0;
  int64_t max_store_bytes = 0;
  log::Format log_format = log::Format::kText;
  std::string log_level = "info";
  std::string audit_log;  // File; empty: the log.
};

// What the command line asks for: to serve, unless one of the others is set.
struct ParsedOptions {
  Options options;
  std::optional<std::string> backup_dir;  // Where to copy the data folder to.
  std::optional<UserCommand> user_command;
  std::optional<std::string> text;  // To be shown, such as the help.
};

// Reads the command line, then the environment (PERCEPTD_…), then a configuration file, the first
// that sets an option deciding, and checks every value. InvalidArgument naming the option, the rule
// and the value.
absl::StatusOr<ParsedOptions> ParseOptions(int argc, const char* const* argv);

}  // namespace percept::app

#endif  // PERCEPT_SERVER_APP_OPTIONS_H_
