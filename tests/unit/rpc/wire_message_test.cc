#include "server/rpc/wire_message.h"

#include <memory>
#include <string>
#include <utility>

#include "gtest/gtest.h"

#include "percept/v1/snapshot_service.pb.h"
#include "percept/v1/subscription_service.pb.h"

namespace percept::rpc {
namespace {

// Entries of a WatchSnapshotsResponse, of about so many bytes.
training::EncodedSnapshots Encoded(int64_t first_index, size_t bytes) {
  v1::WatchSnapshotsResponse response;
  v1::Snapshot* snapshot = response.add_snapshots();
  snapshot->set_index(first_index);
  snapshot->set_name(std::string(bytes, 'n'));
  auto owner = std::make_shared<const std::string>(response.SerializeAsString());
  return {.first_index = first_index, .count = 1, .bytes = *owner, .owner = owner};
}

std::string Bytes(WireMessage message) { return BytesOf(message.Release()); }

TEST(WireMessage, PutsSmallAndLargePiecesTogetherInOrder) {
  WireMessage message;
  for (const size_t bytes : {10, 100'000, 20, 30, 200'000}) {
    message.Append(Encoded(static_cast<int64_t>(bytes), bytes));
  }
  v1::WatchSnapshotsResponse rest;
  rest.set_skipped(7);
  message.Append(rest.SerializeAsString());
  const size_t size = message.size_bytes();
  const std::string bytes = Bytes(std::move(message));
  EXPECT_EQ(bytes.size(), size);
  v1::WatchSnapshotsResponse parsed;
  ASSERT_TRUE(parsed.ParseFromString(bytes));
  ASSERT_EQ(parsed.snapshots_size(), 5);
  EXPECT_EQ(parsed.snapshots(1).index(), 100'000);
  EXPECT_EQ(parsed.snapshots(3).index(), 30);
  EXPECT_EQ(parsed.skipped(), 7);
}

TEST(WireMessage, KeepsLargePiecesAliveWithoutACopy) {
  training::EncodedSnapshots large = Encoded(1, 100'000);
  const std::weak_ptr<const void> owner = large.owner;
  WireMessage message;
  message.Append(large);
  grpc::ByteBuffer buffer = message.Release();
  large.owner.reset();
  EXPECT_FALSE(owner.expired());
  v1::WatchSnapshotsResponse parsed;
  EXPECT_TRUE(parsed.ParseFromString(BytesOf(buffer)));
  buffer.Clear();
  EXPECT_TRUE(owner.expired());
}

TEST(WireMessage, BecomesAFieldOfAnother) {
  for (const size_t bytes : {0, 10, 5'000, 300'000}) {
    WireMessage message;
    message.Append(Encoded(3, bytes));
    v1::SubscribeResponse before;
    before.set_topic_id("a-topic");
    WireMessage outer = std::move(message).Within(before.SerializeAsString(),
                                                  v1::SubscribeResponse::kSnapshotsFieldNumber);
    const size_t size = outer.size_bytes();
    const std::string serialised = Bytes(std::move(outer));
    EXPECT_EQ(serialised.size(), size);
    v1::SubscribeResponse parsed;
    ASSERT_TRUE(parsed.ParseFromString(serialised));
    EXPECT_EQ(parsed.topic_id(), "a-topic");
    EXPECT_EQ(parsed.snapshots().snapshots(0).index(), 3);
    EXPECT_EQ(parsed.snapshots().snapshots(0).name().size(), bytes);
  }
}

TEST(WireMessage, HoldsSerialisedMessagesAsFields) {
  v1::Job job;
  job.set_name("jobs/a");
  WireMessage message;
  message.AppendField(v1::JobListUpdate::kJobsFieldNumber, job.SerializeAsString());
  message.AppendField(v1::JobListUpdate::kJobsFieldNumber, job.SerializeAsString());
  v1::JobListUpdate parsed;
  ASSERT_TRUE(parsed.ParseFromString(Bytes(std::move(message))));
  ASSERT_EQ(parsed.jobs_size(), 2);
  EXPECT_EQ(parsed.jobs(1).name(), "jobs/a");
}

}  // namespace
}  // namespace percept::rpc
