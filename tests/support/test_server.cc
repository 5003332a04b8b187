#include "tests/support/test_server.h"

#include <cstdio>
#include <cstdlib>
#include <utility>

namespace percept::testing {

std::string AssetsDir() {
  const char* from_environment = std::getenv("PERCEPTD_ASSETS_DIR");
  return from_environment != nullptr ? from_environment : PERCEPT_DEFAULT_ASSETS_DIR;
}

TestServer::TestServer(int workers, int64_t max_upload_bytes, int64_t max_kept_snapshots_per_job)
    : TestServer({.workers = workers,
                  .max_upload_bytes = max_upload_bytes,
                  .max_running_jobs_per_owner = workers,
                  .max_kept_snapshots_per_job = max_kept_snapshots_per_job}) {}

TestServer::TestServer(app::Options options) : options_(std::move(options)) {
  options_.data_dir = folder_.path();
  options_.assets_dir = AssetsDir();
  options_.grpc_address = "127.0.0.1:0";
  options_.exit_timeout = absl::Seconds(2);
  Start();
}

void TestServer::Start() {
  auto started = app::Server::Start(options_);
  if (!started.ok()) {
    std::fprintf(stderr, "cannot start a server: %s\n", started.status().ToString().c_str());
    std::abort();
  }
  server_ = *std::move(started);
}

void TestServer::Stop() { server_.reset(); }

void TestServer::Restart() {
  Stop();
  Start();
}

}  // namespace percept::testing
