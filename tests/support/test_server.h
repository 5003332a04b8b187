#ifndef PERCEPT_TESTS_SUPPORT_TEST_SERVER_H_
#define PERCEPT_TESTS_SUPPORT_TEST_SERVER_H_

#include <cstdint>
#include <memory>
#include <string>

#include "server/app/server.h"
#include "tests/support/temp_dir.h"

namespace percept::testing {

// Where script/bootstrap has put MNIST: the folder that PERCEPTD_ASSETS_DIR names, or build/assets.
std::string AssetsDir();

// A whole server in this process, on a free loopback port and in a fresh folder. It is stopped at
// the end of the test; a test that cannot start it fails. Not thread-safe.
class TestServer {
 public:
  // Starts.
  explicit TestServer(int workers = 1, int64_t max_upload_bytes = int64_t{1} << 30,
                      int64_t max_kept_snapshots_per_job = 1'000'000);

  // Starts with options that the test cares about; where it keeps its data and listens is filled
  // in.
  explicit TestServer(app::Options options);

  TestServer(const TestServer&) = delete;
  TestServer& operator=(const TestServer&) = delete;

  const std::string& address() const { return server_->grpc_address(); }
  std::string database_path() const { return folder_.File("percept.db"); }
  const std::string& data_dir() const { return folder_.path(); }
  app::Server& server() { return *server_; }

  // Stops and, in `Restart`, starts again on the same folder, at another address.
  void Stop();
  void Restart();

 private:
  void Start();

  TempDir folder_;
  app::Options options_;
  std::unique_ptr<app::Server> server_;
};

}  // namespace percept::testing

#endif  // PERCEPT_TESTS_SUPPORT_TEST_SERVER_H_
