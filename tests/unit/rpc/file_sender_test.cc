#include "server/rpc/file_sender.h"

#include <chrono>
#include <memory>
#include <string>
#include <thread>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/synchronization/notification.h"
#include "gmock/gmock.h"
#include <grpcpp/grpcpp.h>

#include "percept/v1/dataset_service.grpc.pb.h"
#include "server/base/status.h"
#include "tests/support/status_matchers.h"

namespace percept::rpc {
namespace {

using percept::testing::StatusIs;

using Sender = FileSender<v1::ExportDatasetResponse>;

// A service whose every file is what the test says, on a port of its own.
class FileServer final : public v1::DatasetService::CallbackService {
 public:
  explicit FileServer(Sender::Make make, absl::Duration stall_limit = StallGuard::kLimit)
      : make_(std::move(make)), stall_limit_(stall_limit) {
    grpc::ServerBuilder builder;
    int port = 0;
    builder.AddListeningPort("127.0.0.1:0", grpc::InsecureServerCredentials(), &port);
    builder.RegisterService(this);
    server_ = builder.BuildAndStart();
    stub_ = v1::DatasetService::NewStub(
        grpc::CreateChannel(absl::StrCat("127.0.0.1:", port), grpc::InsecureChannelCredentials()));
  }

  grpc::ServerWriteReactor<v1::ExportDatasetResponse>* ExportDataset(
      grpc::CallbackServerContext* context, const v1::ExportDatasetRequest*) override {
    return Sender::Start(&pool_, context, make_, stall_limit_);
  }

  std::unique_ptr<grpc::ClientReader<v1::ExportDatasetResponse>> Export(
      grpc::ClientContext& context) {
    context.set_deadline(std::chrono::system_clock::now() + std::chrono::seconds(30));
    return stub_->ExportDataset(&context, {});
  }

 private:
  const Sender::Make make_;
  const absl::Duration stall_limit_;
  ThreadPool pool_{"work", 2, 10};
  std::unique_ptr<grpc::Server> server_;
  std::unique_ptr<v1::DatasetService::Stub> stub_;
};

std::string Bytes(size_t size) {
  std::string bytes(size, '\0');
  for (size_t at = 0; at < size; ++at) bytes[at] = static_cast<char>(at * 7919 >> 8);
  return bytes;
}

TEST(FileBudget, RefusesWhatWouldPassItsLimitUntilBytesComeBack) {
  FileBudget budget(100);
  auto first = budget.Reserve(60);
  ASSERT_OK(first);
  const auto refused = budget.Reserve(41);
  EXPECT_THAT(refused, StatusIs(absl::StatusCode::kResourceExhausted));
  EXPECT_EQ(ReasonOf(refused.status()), "SERVER_BUSY");
  EXPECT_OK(budget.Reserve(40));
  // A move takes the bytes along, and gives back once.
  auto moved = *std::move(first);
  EXPECT_THAT(budget.Reserve(41), StatusIs(absl::StatusCode::kResourceExhausted));
  { const auto last = std::move(moved); }
  EXPECT_OK(budget.Reserve(100));
}

TEST(FileBudget, LetsALargerFileGoByItself) {
  FileBudget budget(100);
  {
    const auto large = budget.Reserve(1000);
    ASSERT_OK(large);
    EXPECT_THAT(budget.Reserve(1), StatusIs(absl::StatusCode::kResourceExhausted));
  }
  const auto small = budget.Reserve(1);
  EXPECT_THAT(budget.Reserve(1000), StatusIs(absl::StatusCode::kResourceExhausted));
}

TEST(FileSender, SendsChunksOfAMebibyteThatMakeUpTheFile) {
  FileBudget budget(10 << 20);
  const std::string file = Bytes((2 << 20) + 5);
  FileServer server([&]() -> absl::StatusOr<OutgoingFile> {
    return OutgoingFile{file, *budget.Reserve(10 << 20)};
  });
  for (int round = 0; round < 2; ++round) {
    grpc::ClientContext context;
    const auto reader = server.Export(context);
    v1::ExportDatasetResponse chunk;
    std::string received;
    while (reader->Read(&chunk)) {
      EXPECT_EQ(chunk.offset(), received.size());
      EXPECT_EQ(chunk.total_bytes(), file.size());
      EXPECT_LE(chunk.data().size(), 1 << 20);
      received += chunk.data();
    }
    EXPECT_TRUE(reader->Finish().ok());
    EXPECT_EQ(received, file);
    // The call is over for the client a moment before the server lets go of the file.
    while (!budget.Reserve(10 << 20).ok()) std::this_thread::yield();
  }
}

TEST(FileSender, SaysWhyThereIsNoFile) {
  FileServer server(
      []() -> absl::StatusOr<OutgoingFile> { return absl::OutOfRangeError("no such snapshot"); });
  grpc::ClientContext context;
  const auto reader = server.Export(context);
  v1::ExportDatasetResponse chunk;
  EXPECT_FALSE(reader->Read(&chunk));
  const grpc::Status status = reader->Finish();
  EXPECT_EQ(status.error_code(), grpc::StatusCode::OUT_OF_RANGE);
  EXPECT_EQ(status.error_message(), "no such snapshot");
}

TEST(FileSender, LetsGoOfTheFileWhenTheClientCancels) {
  FileBudget budget(1);
  FileServer server([&]() -> absl::StatusOr<OutgoingFile> {
    return OutgoingFile{Bytes(64 << 20), *budget.Reserve(1)};
  });
  {
    grpc::ClientContext context;
    const auto reader = server.Export(context);
    v1::ExportDatasetResponse chunk;
    EXPECT_TRUE(reader->Read(&chunk));
    EXPECT_FALSE(budget.Reserve(1).ok());
    context.TryCancel();
    EXPECT_EQ(reader->Finish().error_code(), grpc::StatusCode::CANCELLED);
  }
  while (!budget.Reserve(1).ok()) std::this_thread::yield();
}

TEST(FileSender, SendsAClientAwayThatDoesNotRead) {
  FileBudget budget(1);
  absl::Notification made;
  FileServer server(
      [&]() -> absl::StatusOr<OutgoingFile> {
        OutgoingFile file{Bytes(64 << 20), *budget.Reserve(1)};
        made.Notify();
        return file;
      },
      /*stall_limit=*/absl::Milliseconds(50));
  grpc::ClientContext context;
  const auto reader = server.Export(context);
  made.WaitForNotification();
  while (!budget.Reserve(1).ok()) std::this_thread::yield();
  v1::ExportDatasetResponse chunk;
  while (reader->Read(&chunk)) {
  }
  EXPECT_EQ(reader->Finish().error_code(), grpc::StatusCode::CANCELLED);
}

}  // namespace
}  // namespace percept::rpc
