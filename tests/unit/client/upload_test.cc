#include "client/lib/upload.h"

#include <cstdio>
#include <fstream>
#include <string>
#include <vector>

#include "absl/strings/escaping.h"
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/support/temp_dir.h"
#include "tests/unit/client/fake_dataset_server.h"

namespace percept::client {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Pair;

const grpc::Status kStopping(grpc::StatusCode::UNAVAILABLE, "the server is stopping", "details");

class UploadTest : public ::testing::Test, public UploadVisitor {
 protected:
  void OnProgress(UploadPhase phase, int64_t done_bytes, int64_t total_bytes) override {
    EXPECT_LE(done_bytes, total_bytes);
    if (phase == UploadPhase::kSending) sent_.push_back(done_bytes);
    if (on_progress_) on_progress_(phase);
  }
  void OnDisconnected(const absl::Status&) override { ++losses_; }
  void OnReconnected() override { ++returns_; }

  std::string File(const std::string& name, const std::string& content) {
    std::ofstream(folder_.File(name), std::ios::binary) << content;
    return folder_.File(name);
  }

  absl::StatusOr<v1::Dataset> Upload(const FakeDatasetServer& server,
                                     std::vector<std::string> paths) {
    ClientOptions client_options;
    client_options.server = server.address();
    client_options.backoff = kFast;
    client_options.cancellation = &cancellation_;
    Client client(client_options);
    UploadOptions options;
    options.upload.set_dataset_id("mine");
    options.paths = std::move(paths);
    options.chunk_bytes = 4;
    options.backoff = kFast;
    options.give_up_after = give_up_after_;
    return UploadFiles(client, options, *this);
  }

  static constexpr BackoffLimits kFast = {absl::Milliseconds(1), absl::Milliseconds(5), 2};

  testing::TempDir folder_;
  Cancellation cancellation_;
  absl::Duration give_up_after_ = absl::Seconds(60);
  std::function<void(UploadPhase)> on_progress_;
  std::vector<int64_t> sent_;
  int losses_ = 0;
  int returns_ = 0;
};

TEST_F(UploadTest, SendsEachFileInChunksWithItsDigest) {
  const FakeDatasetServer server;
  const auto dataset = Upload(server, {File("a.idx", "0123456789"), File("b.idx", "abc")});
  ASSERT_TRUE(dataset.ok()) << dataset.status();
  EXPECT_EQ(dataset->name(), "datasets/mine");
  EXPECT_THAT(server.contents(), ElementsAre("0123456789", "abc"));
  EXPECT_THAT(sent_, ElementsAre(4, 8, 10, 13));
  EXPECT_EQ(server.upload().files(1).file_name(), "b.idx");
  EXPECT_EQ(server.upload().files(1).size_bytes(), 3);
  // SHA-256 of "abc", FIPS 180-2, appendix B.1.
  EXPECT_EQ(absl::BytesToHexString(server.upload().files(1).sha256()),
            "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  EXPECT_FALSE(server.deleted());
}

TEST_F(UploadTest, GoesOnWhereItWasWhenAChunkIsLost) {
  const FakeDatasetServer server([](const std::string& method, int n, bool before) {
    return method == "UploadChunk" && n == 1 && before ? kStopping : grpc::Status::OK;
  });
  ASSERT_TRUE(Upload(server, {File("a.npz", "0123456789")}).ok());
  EXPECT_THAT(server.contents(), ElementsAre("0123456789"));
  EXPECT_EQ(server.calls("UploadChunk"), 4);
  EXPECT_EQ(losses_, 1);
  EXPECT_EQ(returns_, 1);
}

TEST_F(UploadTest, DoesNotSendTwiceAChunkWhoseAnswerIsLost) {
  const FakeDatasetServer server([](const std::string& method, int n, bool before) {
    return method == "UploadChunk" && n == 1 && !before ? kStopping : grpc::Status::OK;
  });
  ASSERT_TRUE(Upload(server, {File("a.npz", "0123456789")}).ok());
  EXPECT_THAT(server.contents(), ElementsAre("0123456789"));
  EXPECT_EQ(server.calls("UploadChunk"), 3);
  EXPECT_THAT(sent_, ElementsAre(4, 8, 10));
}

TEST_F(UploadTest, AsksUntilTheServerIsBack) {
  const FakeDatasetServer server([](const std::string& method, int n, bool before) {
    const bool away = (method == "UploadChunk" && n == 0) || (method == "GetUpload" && n < 20);
    return away && before ? kStopping : grpc::Status::OK;
  });
  ASSERT_TRUE(Upload(server, {File("a.npz", "0123")}).ok());
  EXPECT_EQ(losses_, 1);
  EXPECT_EQ(server.calls("GetUpload"), 21);
}

TEST_F(UploadTest, FinishesAgainWhenTheAnswerIsLost) {
  const FakeDatasetServer server([](const std::string& method, int n, bool before) {
    return method == "FinishUpload" && n < 6 && !before ? kStopping : grpc::Status::OK;
  });
  ASSERT_TRUE(Upload(server, {File("a.npz", "0123")}).ok());
  EXPECT_EQ(server.calls("FinishUpload"), 7);
  EXPECT_EQ(losses_, 1);
  EXPECT_EQ(returns_, 1);
  EXPECT_FALSE(server.deleted());
}

TEST_F(UploadTest, GivesUpWhenNothingGetsThrough) {
  give_up_after_ = absl::Milliseconds(20);
  const FakeDatasetServer server([](const std::string& method, int, bool before) {
    return method == "UploadChunk" && before ? kStopping : grpc::Status::OK;
  });
  const auto dataset = Upload(server, {File("a.npz", "0123456789")});
  EXPECT_EQ(dataset.status(), absl::UnavailableError("the server is stopping"));
  EXPECT_TRUE(server.deleted());
}

TEST_F(UploadTest, ReturnsTheServersRefusalAndDeletesWhatItSent) {
  const FakeDatasetServer server([](const std::string& method, int n, bool before) {
    return method == "UploadChunk" && n == 1 && before
               ? grpc::Status(grpc::StatusCode::RESOURCE_EXHAUSTED, "the disk is full", "details")
               : grpc::Status::OK;
  });
  EXPECT_EQ(Upload(server, {File("a.npz", "0123456789")}).status(),
            absl::ResourceExhaustedError("the disk is full"));
  EXPECT_TRUE(server.deleted());
}

TEST_F(UploadTest, DoesNotRepeatAnOffsetThatTheServerRefusesAnew) {
  const FakeDatasetServer server([](const std::string& method, int, bool before) {
    return method == "UploadChunk" && before
               ? grpc::Status(grpc::StatusCode::OUT_OF_RANGE, "offset: must be 7", "details")
               : grpc::Status::OK;
  });
  EXPECT_EQ(Upload(server, {File("a.npz", "0123")}).status(),
            absl::OutOfRangeError("offset: must be 7"));
  EXPECT_EQ(server.calls("UploadChunk"), 1);
}

TEST_F(UploadTest, NamesAFileThatIsNotThereAndAsksTheServerNothing) {
  const FakeDatasetServer server;
  const absl::Status status = Upload(server, {folder_.File("none.csv")}).status();
  EXPECT_TRUE(absl::IsDataLoss(status));
  EXPECT_THAT(status.message(), HasSubstr("none.csv: cannot be read: No such file"));
  EXPECT_THAT(Upload(server, {folder_.path()}).status().message(),
              HasSubstr("is not a regular file"));
  EXPECT_EQ(server.calls("CreateUpload"), 0);
}

TEST_F(UploadTest, DeletesWhatItSentWhenTheFileBecomesShorter) {
  const FakeDatasetServer server;
  const std::string path = File("a.npz", "0123456789");
  on_progress_ = [&](UploadPhase phase) {
    if (phase == UploadPhase::kSending) std::ofstream(path, std::ios::trunc) << "01";
  };
  const absl::Status status = Upload(server, {path}).status();
  EXPECT_TRUE(absl::IsDataLoss(status));
  EXPECT_THAT(status.message(), HasSubstr("a.npz: became shorter"));
  EXPECT_TRUE(server.deleted());
}

TEST_F(UploadTest, DeletesWhatItSentWhenCancelled) {
  const FakeDatasetServer server;
  on_progress_ = [&](UploadPhase phase) {
    if (phase == UploadPhase::kSending) cancellation_.Cancel();
  };
  EXPECT_TRUE(absl::IsCancelled(Upload(server, {File("a.npz", "0123456789")}).status()));
  EXPECT_TRUE(server.deleted());
  EXPECT_EQ(server.calls("FinishUpload"), 0);
}

TEST_F(UploadTest, ReadsFilesNoFurtherOnceCancelled) {
  const FakeDatasetServer server;
  cancellation_.Cancel();
  EXPECT_TRUE(absl::IsCancelled(Upload(server, {File("a.npz", "0123456789")}).status()));
  EXPECT_EQ(server.calls("CreateUpload"), 0);
}

}  // namespace
}  // namespace percept::client
