#include "server/app/options.h"

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <iterator>
#include <thread>
#include <utility>
#include <vector>

#include <CLI/CLI.hpp>

#include "server/app/machine_memory.h"
#include "server/app/version.h"
#include "server/base/status.h"
#include "server/rpc/grpc_server.h"

namespace percept::app {
namespace {

constexpr int kMaxWorkers = 256;
constexpr int64_t kMaxUploadBytes = int64_t{1} << 40;
constexpr int64_t kMaxQueuedJobs = 1'000'000;
constexpr int64_t kMaxStreams = 1'000'000;
constexpr int64_t kMaxHttpConnections = 100'000;
// What --http-address says to have no HTTP listener.
constexpr absl::string_view kNoHttp = "none";
constexpr char kDefaultHttpAddress[] = "127.0.0.1:7880";
constexpr int64_t kMaxKeptSnapshots = 1'000'000'000;
constexpr int64_t kMaxParameterBytes = int64_t{1} << 50;

// The values as they were given, before they are checked.
struct Given {
  std::string data_dir;
  std::string assets_dir;
  std::string grpc_address = "127.0.0.1:7878";
  std::string http_address;   // Empty: kDefaultHttpAddress, or another port where it is taken.
  std::string dashboard_dir;  // Empty: beside the program.
  std::string max_http_connections = "4096";
  std::string workers;
  std::string tls_cert;
  std::string tls_key;
  std::string tls_client_ca;
  std::string auth_file;
  std::string exit_timeout = "10s";
  std::string lame_duck = "500ms";
  std::string max_upload_bytes = "1073741824";
  std::string time_slice = "10s";
  std::string checkpoint_interval = "5s";
  std::string max_queued_jobs = "10000";
  std::string max_queued_jobs_per_owner = "1000";
  std::string max_running_jobs_per_owner;  // Empty: as many as workers.
  std::string max_job_memory_bytes;        // Empty: as the machine and the workers allow.
  std::string max_kept_snapshots_per_job = "1000000";
  std::string max_parameter_bytes_per_job = "1073741824";
  std::string max_streams = "10000";
  std::string stall_timeout = "1m";
  std::string max_calls_per_second_per_caller = "500";
  std::string max_streams_per_caller = "100";
  std::string max_inspect_time_per_minute_per_caller = "30s";
  std::string max_dataset_bytes_per_owner = "0";
  std::string max_stored_bytes_per_owner = "0";
  std::string max_dataset_bytes = "0";
  std::string max_store_bytes = "0";
  std::string log_format = "text";
  std::string log_level = "info";
  std::string audit_log;
  bool public_metrics = false;
  bool insecure = false;
};

std::string DefaultDataDir() {
  if (const char* data_home = std::getenv("XDG_DATA_HOME");
      data_home != nullptr && *data_home != '\0') {
    return absl::StrCat(data_home, "/percept");
  }
  const char* home = std::getenv("HOME");
  return absl::StrCat(home != nullptr && *home != '\0' ? home : ".", "/.local/share/percept");
}

// share/percept beside an installed program, build/assets where it lies in build/PRESET/bin.
std::string DefaultAssetsDir() {
  std::error_code ignored;
  const std::filesystem::path program = std::filesystem::read_symlink("/proc/self/exe", ignored);
  const std::filesystem::path above = program.parent_path().parent_path();
  const std::filesystem::path built = above.parent_path() / "assets";
  if (above.parent_path().filename() == "build") return built.string();
  return (above / "share" / "percept").string();
}

// share/percept/dashboard beside an installed program, build/dashboard in a source tree.
std::string DefaultDashboardDir() {
  const std::filesystem::path assets = DefaultAssetsDir();
  return (assets.filename() == "assets" ? assets.parent_path() : assets) / "dashboard";
}

std::string DefaultWorkers() {
  return absl::StrCat(
      std::clamp<int>(static_cast<int>(std::thread::hardware_concurrency()), 1, kMaxWorkers));
}

// One line per option: flag, environment variable and meaning.
void Describe(CLI::App& app, Given& given) {
  const auto add = [&app](const std::string& name, std::string& value, const std::string& meaning) {
    std::string variable = absl::StrCat("PERCEPTD_", name);
    std::transform(variable.begin(), variable.end(), variable.begin(), [](char character) {
      return character == '-' ? '_' : static_cast<char>(std::toupper(character));
    });
    app.add_option(absl::StrCat("--", name), value, meaning)
        ->envname(variable)
        ->capture_default_str()
        ->take_last();
  };
  add("data-dir", given.data_dir,
      "Folder that keeps data sets, jobs and snapshots; made when missing");
  add("assets-dir", given.assets_dir, "Folder of what is installed: mnist/ and photographs/");
  add("grpc-address", given.grpc_address, "HOST:PORT to serve gRPC on; port 0 picks a free one");
  add("http-address", given.http_address,
      "HOST:PORT to serve the dashboard and gRPC-Web on; port 0 picks a free one, none is none. "
      "Without this option 127.0.0.1:7880, or another port where that is taken");
  add("dashboard-dir", given.dashboard_dir, "Folder of the dashboard's built files");
  add("max-http-connections", given.max_http_connections,
      "Most connections of browsers at a time; each shows one stream");
  add("workers", given.workers, "Jobs that train side by side, 1 to 256");
  add("tls-cert", given.tls_cert,
      "Certificate file in PEM, with those that signed it, to serve TLS on both ports. This file "
      "and those below are read again when they change");
  add("tls-key", given.tls_key, "Key file of the certificate, in PEM");
  add("tls-client-ca", given.tls_client_ca,
      "File of certificates in PEM; clients must show one that is signed by one of them");
  add("auth-file", given.auth_file,
      "File of the users, which perceptd user writes: each call must then carry a user's token");
  add("exit-timeout", given.exit_timeout, "Longest time to stop in, such as 10s or 1m");
  add("lame-duck", given.lame_duck,
      "How long SIGTERM leaves clients to go elsewhere: the server says that it is not ready and "
      "takes no new job, but serves on; another signal ends that. Part of --exit-timeout");
  add("max-upload-bytes", given.max_upload_bytes,
      "Largest upload in bytes, also once decompressed");
  add("time-slice", given.time_slice,
      "Time on a worker after which a job gives way to one that is due before it, 10ms to 1h");
  add("checkpoint-interval", given.checkpoint_interval,
      "Most training that a crash can cost a job, to be made again: 1ms to 1h");
  add("max-queued-jobs", given.max_queued_jobs, "Most jobs that wait, of all owners");
  add("max-queued-jobs-per-owner", given.max_queued_jobs_per_owner,
      "Most jobs of one owner that wait or are paused");
  add("max-running-jobs-per-owner", given.max_running_jobs_per_owner,
      "Most jobs of one owner that run side by side; without it, as many as --workers");
  add("max-job-memory-bytes", given.max_job_memory_bytes,
      "Most memory that a job may be estimated to need; without it three quarters of the "
      "machine's, "
      "shared by the workers, and 2 GiB at most");
  add("max-kept-snapshots-per-job", given.max_kept_snapshots_per_job,
      "Most snapshots of a job that keep their parameters; all keep their metrics");
  add("max-parameter-bytes-per-job", given.max_parameter_bytes_per_job,
      "Most bytes of parameters kept of a job");
  add("max-streams", given.max_streams, "Most streams to viewers at a time");
  add("stall-timeout", given.stall_timeout,
      "How long a viewer may leave a message unread before it is sent away: 100ms to 1h");
  add("max-calls-per-second-per-caller", given.max_calls_per_second_per_caller,
      "Most calls of a user in a second, on average over ten; 0 is no limit, here and below");
  add("max-streams-per-caller", given.max_streams_per_caller, "Most streams of a user at a time");
  add("max-inspect-time-per-minute-per-caller", given.max_inspect_time_per_minute_per_caller,
      "Most time in a minute that questions of a user to models may take");
  add("max-dataset-bytes-per-owner", given.max_dataset_bytes_per_owner,
      "Most bytes of the data sets of one owner");
  add("max-stored-bytes-per-owner", given.max_stored_bytes_per_owner,
      "Most bytes of parameters kept of one owner's jobs, above which new ones are refused");
  add("max-dataset-bytes", given.max_dataset_bytes, "Most bytes of all data sets together");
  add("max-store-bytes", given.max_store_bytes,
      "Most bytes that jobs and snapshots fill on the disk, above which new jobs are refused");
  add("log-format", given.log_format, "text or json");
  add("log-level", given.log_level,
      "trace, debug, info, warn, error or off; percept server log-level changes it while it runs");
  add("audit-log", given.audit_log,
      "File to whose end goes who did what, a line each; without it those lines are in the log");
  app.add_flag("--public-metrics", given.public_metrics,
               "Show /metrics without a token; with --auth-file it needs an instructor's otherwise")
      ->envname("PERCEPTD_PUBLIC_METRICS")
      ->take_last();
  app.add_flag("--insecure", given.insecure,
               "Serve others than this machine without TLS and tokens")
      ->envname("PERCEPTD_INSECURE")
      ->take_last();
}

// Options may stand before and after it.
CLI::App* AddBackup(CLI::App& app, std::string& target) {
  CLI::App* backup = app.add_subcommand(
      "backup", "Copies the data folder, also while a server runs on it, and ends");
  backup->add_option("DIR", target, "Where to: an empty folder, or one that is not there yet")
      ->required();
  backup->fallthrough();
  backup->footer(
      "The copy is complete as of one moment, less uploads under way: start a server on it with\n"
      "--data-dir DIR. A server that runs meanwhile is not held up, but its write-ahead log "
      "grows.\n"
      "Until it is finished the copy is called DIR.partial.\n\n"
      "Example: perceptd --data-dir /srv/percept backup /mnt/backup/monday");
  return backup;
}

// As above.
CLI::App* AddUser(CLI::App& app, UserCommand& command) {
  CLI::App* user = app.add_subcommand("user", "Changes the users in --auth-file, and ends");
  user->fallthrough();
  user->require_subcommand(1);
  using Action = UserCommand::Action;
  const auto add = [&](const char* name, const char* meaning, Action action) {
    CLI::App* sub = user->add_subcommand(name, meaning);
    sub->fallthrough();
    sub->callback([&command, action] { command.action = action; });
    if (action != Action::kList) sub->add_option("NAME", command.name, "The user")->required();
    if (action == Action::kAdd || action == Action::kRotate) {
      sub->add_option("--expires", command.expires,
                      "After what time the token expires, such as 12h or 30d; without it never");
    }
    return sub;
  };
  add("add", "Adds a user and shows the token, this once", Action::kAdd)
      ->add_option("--role", command.role,
                   "viewer: reads; student: makes and manages own jobs and data sets; instructor: "
                   "everybody's; admin: runs the server")
      ->required();
  add("list", "Lists the users", Action::kList);
  add("remove", "Removes a user, whose token is good no more", Action::kRemove);
  add("rotate", "Gives a user a new token in place of the old one and shows it", Action::kRotate);
  user->footer(
      "A server that runs on the file sees the change at once; streams of a token that is good no\n"
      "more end.\n\n"
      "Example: perceptd --auth-file /etc/percept/users user add ann --role student --expires "
      "120d");
  return user;
}

// The arguments, preceded by what the environment sets: the last of an option decides, and the
// file has a say where there is none. CLI11 itself reads the file before the environment.
std::vector<std::string> WithEnvironment(const CLI::App& app, int argc, const char* const* argv) {
  std::vector<std::string> arguments;
  for (const CLI::Option* option : app.get_options()) {
    const char* value = std::getenv(option->get_envname().c_str());
    if (option->get_envname().empty() || value == nullptr || *value == '\0') continue;
    arguments.push_back(absl::StrCat("--", option->get_lnames().front(), "=", value));
  }
  for (int number = 1; number < argc; ++number) arguments.emplace_back(argv[number]);
  return arguments;
}

template <typename Number>
void ReadNumber(absl::string_view option, const std::string& text, Number min, Number max,
                Number& value, FieldViolations& violations) {
  if (!absl::SimpleAtoi(text, &value) || value < min || value > max) {
    violations.Add(option, absl::StrCat("must be a whole number in [", min, ", ", max, "]"),
                   Quoted(text));
  }
}

void ReadDuration(absl::string_view option, const std::string& text, absl::Duration min,
                  absl::Duration max, absl::Duration& value, FieldViolations& violations) {
  if (!absl::ParseDuration(text, &value) || value < min || value > max) {
    violations.Add(option,
                   absl::StrCat("must be a duration from ", absl::FormatDuration(min), " to ",
                                absl::FormatDuration(max)),
                   Quoted(text));
  }
}

// Who else than this machine can connect must be kept out, and must not be listened to.
void CheckReach(absl::string_view option, const std::string& address, const Given& given,
                FieldViolations& violations) {
  const bool is_guarded = !given.tls_cert.empty() && !given.auth_file.empty();
  if (rpc::IsLoopback(address) || is_guarded || given.insecure) return;
  violations.Add(option,
                 "must be a loopback address without TLS and tokens, unless --insecure is given",
                 address);
}

void CheckTls(const Given& given, Options& options, FieldViolations& violations) {
  options.tls_cert = given.tls_cert;
  options.tls_key = given.tls_key;
  options.tls_client_ca = given.tls_client_ca;
  if (given.tls_cert.empty() && !given.tls_key.empty()) {
    violations.Add("--tls-cert", "must be given with --tls-key", Quoted(given.tls_cert));
  }
  if (given.tls_key.empty() && !given.tls_cert.empty()) {
    violations.Add("--tls-key", "must be given with --tls-cert", Quoted(given.tls_key));
  }
  if (given.tls_cert.empty() && given.tls_key.empty() && !given.tls_client_ca.empty()) {
    violations.Add("--tls-client-ca", "must be unset without --tls-cert and --tls-key",
                   Quoted(given.tls_client_ca));
  }
}

absl::Status CheckAddresses(const Given& given, Options& options, FieldViolations& violations) {
  options.grpc_address = given.grpc_address;
  PERCEPT_RETURN_IF_ERROR(rpc::CheckAddress("--grpc-address", given.grpc_address));
  CheckReach("--grpc-address", given.grpc_address, given, violations);
  options.dashboard_dir = given.dashboard_dir;
  if (given.http_address.empty()) {
    options.http_address = kDefaultHttpAddress;
    options.http_port_may_change = true;
  } else if (given.http_address != kNoHttp) {
    options.http_address = given.http_address;
    PERCEPT_RETURN_IF_ERROR(rpc::CheckAddress("--http-address", given.http_address));
    CheckReach("--http-address", given.http_address, given, violations);
  }
  CheckTls(given, options, violations);
  return absl::OkStatus();
}

void CheckJobLimits(const Given& given, Options& options, FieldViolations& violations) {
  const auto read = [&violations](absl::string_view option, const std::string& text, int64_t max,
                                  int64_t& value) {
    ReadNumber(option, text, int64_t{1}, max, value, violations);
  };
  read("--max-queued-jobs", given.max_queued_jobs, kMaxQueuedJobs, options.max_queued_jobs);
  read("--max-queued-jobs-per-owner", given.max_queued_jobs_per_owner, kMaxQueuedJobs,
       options.max_queued_jobs_per_owner);
  options.max_running_jobs_per_owner = options.workers;
  if (!given.max_running_jobs_per_owner.empty()) {
    read("--max-running-jobs-per-owner", given.max_running_jobs_per_owner, kMaxWorkers,
         options.max_running_jobs_per_owner);
  }
  options.max_job_memory_bytes = DefaultJobMemoryBytes(MachineMemoryBytes(), options.workers);
  if (!given.max_job_memory_bytes.empty()) {
    read("--max-job-memory-bytes", given.max_job_memory_bytes, int64_t{1} << 50,
         options.max_job_memory_bytes);
  }
  read("--max-kept-snapshots-per-job", given.max_kept_snapshots_per_job, kMaxKeptSnapshots,
       options.max_kept_snapshots_per_job);
  read("--max-parameter-bytes-per-job", given.max_parameter_bytes_per_job, kMaxParameterBytes,
       options.max_parameter_bytes_per_job);
  ReadDuration("--time-slice", given.time_slice, absl::Milliseconds(10), absl::Hours(1),
               options.time_slice, violations);
  ReadDuration("--checkpoint-interval", given.checkpoint_interval, absl::Milliseconds(1),
               absl::Hours(1), options.checkpoint_interval, violations);
}

void CheckCallerLimits(const Given& given, Options& options, FieldViolations& violations) {
  constexpr int64_t kMost = int64_t{1} << 50;
  const auto read = [&violations](absl::string_view option, const std::string& text,
                                  int64_t& value) {
    ReadNumber(option, text, int64_t{0}, kMost, value, violations);
  };
  read("--max-calls-per-second-per-caller", given.max_calls_per_second_per_caller,
       options.max_calls_per_second_per_caller);
  read("--max-streams-per-caller", given.max_streams_per_caller, options.max_streams_per_caller);
  read("--max-dataset-bytes-per-owner", given.max_dataset_bytes_per_owner,
       options.max_dataset_bytes_per_owner);
  read("--max-stored-bytes-per-owner", given.max_stored_bytes_per_owner,
       options.max_stored_bytes_per_owner);
  read("--max-dataset-bytes", given.max_dataset_bytes, options.max_dataset_bytes);
  read("--max-store-bytes", given.max_store_bytes, options.max_store_bytes);
  ReadDuration("--max-inspect-time-per-minute-per-caller",
               given.max_inspect_time_per_minute_per_caller, absl::ZeroDuration(), absl::Hours(1),
               options.max_inspect_time_per_minute_per_caller, violations);
}

void CheckLog(const Given& given, Options& options, FieldViolations& violations) {
  if (given.log_format == "json") {
    options.log_format = log::Format::kJson;
  } else if (given.log_format != "text") {
    violations.Add("--log-format", "must be text or json", Quoted(given.log_format));
  }
  options.log_level = given.log_level;
  options.audit_log = given.audit_log;
  constexpr absl::string_view kLevels[] = {"trace", "debug", "info", "warn", "error", "off"};
  if (std::find(std::begin(kLevels), std::end(kLevels), given.log_level) == std::end(kLevels)) {
    violations.Add("--log-level", "must be one of trace, debug, info, warn, error, off",
                   Quoted(given.log_level));
  }
}

absl::StatusOr<Options> Check(const Given& given) {
  Options options;
  FieldViolations violations;
  options.data_dir = given.data_dir;
  if (options.data_dir.empty()) violations.Add("--data-dir", "must not be empty");
  options.assets_dir = given.assets_dir;
  options.public_metrics = given.public_metrics;
  PERCEPT_RETURN_IF_ERROR(CheckAddresses(given, options, violations));
  ReadNumber("--workers", given.workers, 1, kMaxWorkers, options.workers, violations);
  ReadNumber("--max-upload-bytes", given.max_upload_bytes, int64_t{1}, kMaxUploadBytes,
             options.max_upload_bytes, violations);
  ReadDuration("--exit-timeout", given.exit_timeout, absl::Seconds(1), absl::Hours(1),
               options.exit_timeout, violations);
  ReadDuration("--lame-duck", given.lame_duck, absl::ZeroDuration(), options.exit_timeout / 2,
               options.lame_duck, violations);
  CheckJobLimits(given, options, violations);
  ReadNumber("--max-streams", given.max_streams, int64_t{1}, kMaxStreams, options.max_streams,
             violations);
  ReadNumber("--max-http-connections", given.max_http_connections, int64_t{1}, kMaxHttpConnections,
             options.max_http_connections, violations);
  ReadDuration("--stall-timeout", given.stall_timeout, absl::Milliseconds(100), absl::Hours(1),
               options.stall_timeout, violations);
  options.auth_file = given.auth_file;
  CheckCallerLimits(given, options, violations);
  CheckLog(given, options, violations);
  PERCEPT_RETURN_IF_ERROR(violations.ToStatus());
  return options;
}

}  // namespace

absl::StatusOr<ParsedOptions> ParseOptions(int argc, const char* const* argv) {
  Given given{.data_dir = DefaultDataDir(),
              .assets_dir = DefaultAssetsDir(),
              .dashboard_dir = DefaultDashboardDir(),
              .workers = DefaultWorkers()};
  CLI::App app{
      "Percept's server: hosts data sets and training jobs, keeps every snapshot and streams them "
      "over gRPC."};
  app.name("perceptd");
  app.set_version_flag("--version", absl::StrCat("perceptd ", kVersion));
  app.set_config("--config", "", "Configuration file with lines like workers=2", false)
      ->envname("PERCEPTD_CONFIG")
      ->take_last();
  app.allow_config_extras(CLI::config_extras_mode::error);
  app.footer(
      "Each option can be set in the environment, as PERCEPTD_ and its name (PERCEPTD_DATA_DIR).\n"
      "The command line decides before the environment, and that before the file.\n\n"
      "Example: perceptd --data-dir /srv/percept --workers 4");
  Describe(app, given);
  std::string backup_dir;
  const CLI::App* const backup = AddBackup(app, backup_dir);
  UserCommand user_command;
  const CLI::App* const user = AddUser(app, user_command);
  try {
    std::vector<std::string> arguments = WithEnvironment(app, argc, argv);
    std::reverse(arguments.begin(), arguments.end());  // As CLI11 takes them.
    app.parse(std::move(arguments));
  } catch (const CLI::FileError& error) {
    return absl::InvalidArgumentError(absl::StrCat("--config: ", error.what()));
  } catch (const CLI::ConfigError& error) {
    return absl::InvalidArgumentError(absl::StrCat("--config: ", error.what()));
  } catch (const CLI::ParseError& error) {
    if (error.get_exit_code() != 0) return absl::InvalidArgumentError(error.what());
    return ParsedOptions{.text = error.get_name() == "CallForVersion"
                                     ? absl::StrCat(error.what(), "\n")
                                     : app.help()};
  }
  if (backup->parsed() && backup_dir.empty())
    return absl::InvalidArgumentError("backup: DIR: must not be empty");
  PERCEPT_ASSIGN_OR_RETURN(Options options, Check(given));
  ParsedOptions parsed{.options = std::move(options)};
  if (backup->parsed()) parsed.backup_dir = std::move(backup_dir);
  if (user->parsed()) parsed.user_command = std::move(user_command);
  return parsed;
}

}  // namespace percept::app
