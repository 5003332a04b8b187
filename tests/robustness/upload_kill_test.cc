// Servers that are killed while they take uploads and answer questions about test splits: what was
// acknowledged stays, and nothing half-made does.
#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/synchronization/notification.h"
#include "absl/time/time.h"
#include "gmock/gmock.h"

#include "tests/support/perceptd_process.h"
#include "tests/support/rpc_client.h"
#include "tests/support/temp_dir.h"
#include "tests/support/test_server.h"

namespace percept::testing {
namespace {

using ::testing::IsEmpty;
using ::testing::SizeIs;

constexpr size_t kChunkBytes = 16 << 10;

// About two megabytes of two classes, in no regular order.
std::string LargeCsv() {
  std::string csv = "x,y,label\n";
  uint32_t number = 1;
  while (csv.size() < 2 << 20) {
    number = number * 1664525 + 1013904223;
    absl::StrAppend(&csv, number >> 8, ".", number & 0xff, ",-", number % 1000, ",", number >> 31,
                    "\n");
  }
  return csv;
}

class UploadKillTest : public ::testing::Test {
 protected:
  UploadKillTest() { Start(); }

  void Start() {
    process_ = std::make_unique<PerceptdProcess>(
        std::vector<std::string>{"--data-dir", data_dir_, "--assets-dir", AssetsDir(),
                                 "--grpc-address", "127.0.0.1:0", "--workers", "1"});
    const std::string address = process_->WaitForAddress();
    ASSERT_NE(address, "") << process_->standard_error();
    client_ = std::make_unique<RpcClient>(address);
  }

  void KillAndStart() {
    process_->Kill();
    Start();
  }

  std::vector<std::string> Entries(const std::string& folder) const {
    std::vector<std::string> names;
    for (const auto& entry :
         std::filesystem::directory_iterator(absl::StrCat(data_dir_, "/", folder))) {
      names.push_back(entry.path().filename().string());
    }
    return names;
  }

  int64_t Received(const std::string& upload) {
    v1::Upload shown;
    const grpc::Status got = client_->GetUpload(upload, &shown);
    EXPECT_TRUE(got.ok()) << got.error_message();
    return got.ok() ? shown.files(0).received_bytes() : 0;
  }

  TempDir folder_;
  const std::string data_dir_ = folder_.File("data");
  std::unique_ptr<PerceptdProcess> process_;
  std::unique_ptr<RpcClient> client_;
};

TEST_F(UploadKillTest, WhileBytesComeInLosesNoneThatWereAcknowledged) {
  const std::string file = LargeCsv();
  v1::Upload upload;
  ASSERT_TRUE(
      client_->CreateUpload(UploadOf("points", v1::UPLOAD_FORMAT_CSV, {file}), &upload).ok());
  constexpr int kKills = 4;
  for (int kill = 0; kill <= kKills; ++kill) {
    // Killed while this goes on; the last server may take it to the end.
    const int64_t begin = Received(upload.name());
    const auto enough = begin + static_cast<int64_t>(file.size()) / (kKills + 1);
    int64_t acknowledged = begin;
    bool is_killed = false;
    std::thread killer;
    v1::UploadChunkRequest request;
    request.set_name(upload.name());
    v1::Upload shown;
    while (acknowledged < static_cast<int64_t>(file.size())) {
      request.set_offset(acknowledged);
      request.set_data(file.substr(static_cast<size_t>(acknowledged), kChunkBytes));
      if (!client_->UploadChunk(request, &shown).ok()) break;
      acknowledged = shown.files(0).received_bytes();
      if (acknowledged >= enough && kill < kKills && !is_killed) {
        is_killed = true;
        killer = std::thread([this] { process_->Kill(); });
      }
    }
    if (killer.joinable()) killer.join();
    if (kill < kKills) {
      ASSERT_TRUE(is_killed) << "the upload was over before the server was killed";
      Start();
      EXPECT_GE(Received(upload.name()), acknowledged);
    }
  }
  v1::Dataset dataset;
  const grpc::Status finished = client_->FinishUpload(upload.name(), &dataset);
  ASSERT_TRUE(finished.ok()) << finished.error_message();
  v1::Dataset undisturbed;
  ASSERT_TRUE(
      UploadFiles(*client_, UploadOf("again", v1::UPLOAD_FORMAT_CSV, {file}), {file}, &undisturbed)
          .ok());
  EXPECT_EQ(dataset.digest(), undisturbed.digest());
}

TEST_F(UploadKillTest, WhileADataSetIsMadeLeavesAllOrNothing) {
  const std::string file = LargeCsv();
  int made_before_the_kill = 0;
  for (int round = 0; round < 6; ++round) {
    const std::string id = absl::StrCat("points-", round);
    v1::Upload upload;
    ASSERT_TRUE(client_->CreateUpload(UploadOf(id, v1::UPLOAD_FORMAT_CSV, {file}), &upload).ok());
    v1::UploadChunkRequest request;
    request.set_name(upload.name());
    for (size_t at = 0; at < file.size(); at += 1 << 20) {
      request.set_offset(static_cast<int64_t>(at));
      request.set_data(file.substr(at, 1 << 20));
      ASSERT_TRUE(client_->UploadChunk(request, &upload).ok());
    }
    v1::Dataset dataset;
    absl::Notification answered;
    std::thread finisher([&] {
      client_->FinishUpload(upload.name(), &dataset);
      answered.Notify();
    });
    // Later from round to round, the last time after the answer unless the machine is slow.
    answered.WaitForNotificationWithTimeout(absl::Milliseconds(round * round * 8));
    process_->Kill();
    finisher.join();
    Start();
    // Either it is there and whole, or it is not and the upload can still make it.
    const bool is_made = client_->GetDataset(absl::StrCat("datasets/", id), &dataset).ok();
    made_before_the_kill += is_made ? 1 : 0;
    const grpc::Status finished = client_->FinishUpload(upload.name(), &dataset);
    ASSERT_TRUE(finished.ok()) << finished.error_message();
    EXPECT_EQ(dataset.name(), absl::StrCat("datasets/", id));
    EXPECT_THAT(Entries("uploads"), IsEmpty());
    EXPECT_THAT(Entries("datasets"), SizeIs(1)) << "the same content is kept once";
  }
  RecordProperty("made_before_the_kill", made_before_the_kill);
}

TEST_F(UploadKillTest, RightAfterAUseOfATestSplitLeavesItOnRecord) {
  v1::CreateDatasetRequest request = GeneratedDataset("points", v1::GENERATOR_TWO_CLASS);
  request.mutable_dataset()->mutable_generator()->set_test_per_class(10);
  v1::Dataset dataset;
  ASSERT_TRUE(client_->CreateDataset(request, &dataset).ok());
  v1::Job job;
  ASSERT_TRUE(client_->CreateJob(MlpSpec("points", {4}, 1, 100), &job).ok());
  ASSERT_TRUE(client_->Watch(job.name()).Ended().has_value());
  for (int count = 1; count <= 3; ++count) {
    v1::EvaluateTestResponse evaluation;
    ASSERT_TRUE(
        client_->EvaluateTest(absl::StrCat(job.name(), "/snapshots/last"), &evaluation).ok());
    KillAndStart();
    ASSERT_TRUE(client_->GetJob(job.name(), &job).ok());
    ASSERT_EQ(job.test_evaluations_size(), count);
    EXPECT_EQ(job.test_evaluations(count - 1).SerializeAsString(),
              evaluation.evaluation().SerializeAsString());
    ASSERT_TRUE(client_->ExportDataset("datasets/points", /*include_test=*/true).status.ok());
    KillAndStart();
    ASSERT_TRUE(client_->GetDataset("datasets/points", &dataset).ok());
    EXPECT_EQ(dataset.test_read_count(), count);
  }
}

}  // namespace
}  // namespace percept::testing
