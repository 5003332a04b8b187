#include "server/rpc/convert_snapshot.h"

#include <string>
#include <vector>

#include "gmock/gmock.h"

#include "percept/v1/snapshot_service.pb.h"

namespace percept::rpc {
namespace {

using ::testing::ElementsAre;

// D = 2 inputs, H = 3 hidden, K = 2 classes: 17 parameters.
storage::JobRecord Job() {
  storage::JobRecord job;
  job.id = "a";
  job.inputs = 2;
  job.classes = 2;
  job.spec.model.hidden_units = {3};
  return job;
}

storage::SnapshotRecord Snapshot(int64_t index) {
  storage::SnapshotRecord snapshot;
  snapshot.index = index;
  snapshot.step = 40;
  snapshot.instances = 400;
  snapshot.epoch = 2;
  snapshot.metrics.validation_loss = 0.25;
  snapshot.create_time = absl::FromUnixMicros(1700000000123456);
  snapshot.parameters_crc32c = 0xdeadbeef;
  std::string bytes;
  for (int number = 0; number < 17 * 4; ++number) bytes.push_back(static_cast<char>(number));
  snapshot.parameters = std::make_shared<const std::string>(bytes);
  snapshot.batch_indices =
      std::make_shared<const std::vector<uint32_t>>(std::vector<uint32_t>{7, 4000000000});
  return snapshot;
}

TEST(Snapshot, InMetricsViewHasNeitherParametersNorBatch) {
  const v1::Snapshot proto = MetricsToProto(Job(), Snapshot(5));
  EXPECT_EQ(proto.name(), "jobs/a/snapshots/5");
  EXPECT_EQ(proto.index(), 5);
  EXPECT_EQ(proto.step(), 40);
  EXPECT_EQ(proto.instances(), 400);
  EXPECT_EQ(proto.epoch(), 2);
  EXPECT_EQ(proto.metrics().validation_loss(), 0.25);
  EXPECT_EQ(proto.create_time().nanos(), 123456000);
  EXPECT_EQ(proto.parameters_crc32c(), 0xdeadbeef);
  EXPECT_EQ(proto.parameters_size(), 0);
  EXPECT_EQ(proto.batch_indices_size(), 0);
}

TEST(Snapshot, InFullViewSplitsTheBytesIntoNamedTensors) {
  const v1::Snapshot proto = FullToProto(Job(), Borrow(Snapshot(5)));
  ASSERT_EQ(proto.parameters_size(), 4);
  EXPECT_EQ(proto.parameters(0).name(), "linear0.weight");
  EXPECT_THAT(proto.parameters(0).shape(), ElementsAre(3, 2));
  EXPECT_EQ(proto.parameters(1).name(), "linear0.bias");
  EXPECT_THAT(proto.parameters(1).shape(), ElementsAre(3));
  EXPECT_EQ(proto.parameters(2).name(), "linear1.weight");
  EXPECT_THAT(proto.parameters(2).shape(), ElementsAre(2, 3));
  EXPECT_EQ(proto.parameters(3).name(), "linear1.bias");
  std::string joined;
  for (const v1::Tensor& tensor : proto.parameters()) {
    EXPECT_EQ(tensor.data_type(), v1::DATA_TYPE_FLOAT32);
    joined += tensor.data();
  }
  EXPECT_EQ(joined, *Snapshot(5).parameters);
  EXPECT_THAT(proto.batch_indices(), ElementsAre(7, 4000000000));
}

TEST(Snapshot, OfAPerceptronIsOneTensorInDoublePrecision) {
  storage::JobRecord job = Job();
  job.spec.model = {.kind = ModelKind::kPerceptron};
  storage::SnapshotRecord snapshot = Snapshot(1);
  snapshot.parameters = std::make_shared<const std::string>(16, 'w');
  const v1::Snapshot proto = FullToProto(job, Borrow(snapshot));
  ASSERT_EQ(proto.parameters_size(), 1);
  EXPECT_EQ(proto.parameters(0).name(), "weight");
  EXPECT_EQ(proto.parameters(0).data_type(), v1::DATA_TYPE_FLOAT64);
  EXPECT_EQ(proto.parameters(0).data(), std::string(16, 'w'));
}

TEST(EpochRecord, KeepsUnsetMetricsUnset) {
  const v1::EpochRecord proto =
      ToProto(storage::EpochRecord{.epoch = 3, .metrics = {.training_accuracy = 0.5}});
  EXPECT_EQ(proto.epoch(), 3);
  EXPECT_EQ(proto.metrics().training_accuracy(), 0.5);
  EXPECT_FALSE(proto.metrics().has_validation_accuracy());
}

TEST(Snapshot, EncodedForAWatchJoinsIntoAMessage) {
  std::string bytes;
  EncodeForWatch(Job(), Borrow(Snapshot(0)), training::SnapshotView::kMetrics, bytes);
  EncodeForWatch(Job(), Borrow(Snapshot(1)), training::SnapshotView::kFull, bytes);
  v1::WatchSnapshotsResponse tail;
  tail.set_skipped(3);
  v1::WatchSnapshotsResponse message;
  ASSERT_TRUE(message.ParseFromString(bytes + tail.SerializeAsString()));
  ASSERT_EQ(message.snapshots_size(), 2);
  EXPECT_EQ(message.snapshots(0).SerializeAsString(),
            MetricsToProto(Job(), Snapshot(0)).SerializeAsString());
  EXPECT_EQ(message.snapshots(1).SerializeAsString(),
            FullToProto(Job(), Borrow(Snapshot(1))).SerializeAsString());
  EXPECT_EQ(message.skipped(), 3);
}

}  // namespace
}  // namespace percept::rpc
