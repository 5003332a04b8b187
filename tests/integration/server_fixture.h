#ifndef PERCEPT_TESTS_INTEGRATION_SERVER_FIXTURE_H_
#define PERCEPT_TESTS_INTEGRATION_SERVER_FIXTURE_H_

#include <memory>
#include <string>
#include <vector>

#include "gmock/gmock.h"

#include "tests/support/rpc_client.h"
#include "tests/support/test_server.h"

namespace percept::testing {

// A server and a client of it, with calls that end the test's hopes where they fail.
class ServerFixture : public ::testing::Test {
 protected:
  explicit ServerFixture(int workers = 2, int64_t max_upload_bytes = int64_t{1} << 30,
                         int64_t max_kept_snapshots_per_job = 1'000'000);

  // On the same folder, with a new client.
  void RestartServer();

  v1::Dataset MustCreateDataset(const v1::CreateDatasetRequest& request);
  v1::Dataset MustGenerate(const std::string& id, v1::Generator generator);
  v1::Dataset MustUpload(const std::string& id, v1::UploadFormat format,
                         const std::vector<std::string>& contents);
  v1::Dataset MustGetDataset(const std::string& id);

  // All examples of a split, as many calls as it takes.
  v1::ReadExamplesResponse MustReadAll(const std::string& id, v1::Split split,
                                       bool include_test = false);

  v1::Job MustCreateJob(const v1::JobSpec& spec);
  v1::Job MustGetJob(const std::string& name);

  // A job with all its snapshots, trained to its end.
  struct Run {
    v1::Job job;
    std::vector<v1::Snapshot> snapshots;  // In the METRICS view.
  };
  Run MustTrain(const v1::JobSpec& spec);

  // What the server keeps of data sets and uploads: the files under their two folders.
  std::vector<std::string> FilesKept() const;

  // What standard health says of the server.
  bool IsServing();

  RpcClient& client() { return *client_; }
  TestServer& server() { return server_; }

 private:
  TestServer server_;
  std::unique_ptr<RpcClient> client_;
};

// Whether two runs took the same snapshots, bit for bit, with the same measures.
void ExpectSameSnapshots(const std::vector<v1::Snapshot>& actual,
                         const std::vector<v1::Snapshot>& expected);

// Specs on a data set, to be changed further.
v1::JobSpec PerceptronOn(const std::string& dataset, int64_t iterations = 1000);
v1::JobSpec MultiperceptronOn(const std::string& dataset, int32_t epochs, int32_t batch_size);

}  // namespace percept::testing

#endif  // PERCEPT_TESTS_INTEGRATION_SERVER_FIXTURE_H_
