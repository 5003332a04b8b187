#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "client/lib/client.h"
#include "tests/unit/client/fake_dataset_server.h"

namespace percept::client {
namespace {

using ::testing::HasSubstr;

v1::ExportDatasetResponse Piece(int64_t offset, const std::string& data, int64_t total) {
  v1::ExportDatasetResponse piece;
  piece.set_offset(offset);
  piece.set_data(data);
  piece.set_total_bytes(total);
  return piece;
}

// What arrives of an export, and how it ends.
absl::Status Export(FakeDatasetServer& server, std::string* received,
                    absl::Status taken = absl::OkStatus()) {
  ClientOptions options;
  options.server = server.address();
  return Client(options).ExportDataset({}, [&](absl::string_view data, int64_t total_bytes) {
    EXPECT_EQ(total_bytes, 5);
    received->append(data.data(), data.size());
    return taken;
  });
}

TEST(ReceiveFile, GivesThePiecesInOrder) {
  FakeDatasetServer server;
  server.set_export({Piece(0, "abc", 5), Piece(3, "de", 5)});
  std::string received;
  EXPECT_TRUE(Export(server, &received).ok());
  EXPECT_EQ(received, "abcde");
}

TEST(ReceiveFile, NoticesWhatTheServerLeavesOut) {
  std::string received;
  FakeDatasetServer gap;
  gap.set_export({Piece(0, "abc", 5), Piece(4, "e", 5)});
  EXPECT_EQ(Export(gap, &received),
            absl::DataLossError("the server left out the bytes from 3 to 4"));
  FakeDatasetServer short_one;
  short_one.set_export({Piece(0, "abc", 5)});
  EXPECT_EQ(Export(short_one, &received),
            absl::DataLossError("the server sent 3 bytes of 5 and ended"));
  FakeDatasetServer empty;
  EXPECT_TRUE(absl::IsDataLoss(Export(empty, &received)));
}

TEST(ReceiveFile, EndsWithTheErrorOfWhoTakesIt) {
  FakeDatasetServer server;
  server.set_export({Piece(0, "abc", 5), Piece(3, "de", 5)});
  std::string received;
  EXPECT_EQ(Export(server, &received, absl::DataLossError("the disk is full")),
            absl::DataLossError("the disk is full"));
  EXPECT_EQ(received, "abc");
}

TEST(ReceiveFile, EndsWithTheServersError) {
  FakeDatasetServer server([](const std::string&, int, bool) {
    return grpc::Status(grpc::StatusCode::NOT_FOUND, "datasets/x: not found", "details");
  });
  server.set_export({Piece(0, "abc", 5)});
  std::string received;
  EXPECT_EQ(Export(server, &received), absl::NotFoundError("datasets/x: not found"));
}

}  // namespace
}  // namespace percept::client
