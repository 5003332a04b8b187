// A crowd of viewers who do not read costs a bounded amount of memory, and nobody else notices.
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "absl/time/clock.h"
#include "gmock/gmock.h"

#include "tests/robustness/resource_usage.h"
#include "tests/robustness/server_life.h"
#include "tests/support/perceptd_process.h"
#include "tests/support/rpc_client.h"
#include "tests/support/temp_dir.h"
#include "tests/support/watch_validators.h"

namespace percept::testing {
namespace {

using ::testing::IsEmpty;

constexpr int kConnections = 50;
constexpr int kViewersOfEach = 20;
constexpr int kViewers = kConnections * kViewersOfEach;

// What one of them may cost the server: a message of 64 KiB that waits to be read, what gRPC keeps
// of a call and its connection, and what the allocator keeps of what was read for it.
constexpr int64_t kMostBytes = 160 << 10;

constexpr absl::Duration kPatience = absl::Seconds(60);

class Crowd {
 public:
  Crowd(const std::string& address, const std::string& job) {
    v1::WatchSnapshotsRequest request;
    request.set_name(job);
    for (int connection = 0; connection < kConnections; ++connection) {
      clients_.push_back(std::make_unique<RpcClient>(address));
      for (int number = 0; number < kViewersOfEach; ++number) {
        auto viewer = std::make_unique<Viewer>();
        viewer->stub = v1::SnapshotService::NewStub(clients_.back()->channel());
        viewer->reader = viewer->stub->WatchSnapshots(&viewer->context, request);
        viewers_.push_back(std::move(viewer));
      }
    }
  }

  ~Crowd() {
    for (const auto& viewer : viewers_) viewer->context.TryCancel();
    for (const auto& viewer : viewers_) viewer->reader->Finish();
  }

 private:
  struct Viewer {
    std::unique_ptr<v1::SnapshotService::Stub> stub;
    grpc::ClientContext context;
    std::unique_ptr<grpc::ClientReader<v1::WatchSnapshotsResponse>> reader;
  };

  std::vector<std::unique_ptr<RpcClient>> clients_;
  std::vector<std::unique_ptr<Viewer>> viewers_;
};

class StalledViewersTest : public ::testing::Test {
 protected:
  StalledViewersTest() {
    v1::Dataset dataset;
    EXPECT_TRUE(
        client_.CreateDataset(GeneratedDataset("points", v1::GENERATOR_XOR), &dataset).ok());
  }

  v1::Job MustCreate(int32_t epochs) {
    v1::JobSpec spec = MlpSpec("points", {3}, epochs, /*batch_size=*/5);
    spec.mutable_training()->set_report_frequency(5);
    v1::Job job;
    EXPECT_TRUE(client_.CreateJob(spec, &job).ok());
    return job;
  }

  void AwaitOpenStreams(int64_t count) {
    const absl::Time deadline = absl::Now() + kPatience;
    v1::GetServerInfoResponse info;
    do {
      ASSERT_TRUE(client_.GetServerInfo(&info).ok());
      ASSERT_LT(absl::Now(), deadline) << info.open_streams();
    } while (info.open_streams() != count);
  }

  int64_t ResidentBytes() {
    return MeasureUsage(process_.id(), folder_.File("data")).resident_bytes;
  }

  // Trains from submission to the end; every promise to its viewer is kept.
  std::vector<v1::Snapshot> TrainWatched(int32_t epochs) {
    const v1::Job job = MustCreate(epochs);
    const WatchRecord watch = client_.Watch(job.name());
    v1::Job ended;
    EXPECT_TRUE(client_.GetJob(job.name(), &ended).ok());
    EXPECT_THAT(CheckWatch({watch}, ended), IsEmpty());
    return watch.Snapshots();
  }

  TempDir folder_;
  PerceptdProcess process_{ServerArguments(folder_.File("data"), 2)};
  RpcClient client_{process_.WaitForAddress()};
};

TEST_F(StalledViewersTest, OfAThousandCostBoundedMemoryAndNobodyElseNotices) {
  const std::vector<v1::Snapshot> undisturbed = TrainWatched(/*epochs=*/100);
  // Each of them begins at the start of a job of 80,000 snapshots, of which every page is read from
  // the store for it alone.
  const v1::Job large = MustCreate(/*epochs=*/1000);
  EXPECT_EQ(client_.Watch(large.name()).Snapshots().size(), 80'001);
  const int64_t before = ResidentBytes();
  {
    const Crowd crowd(process_.WaitForAddress(), large.name());
    AwaitOpenStreams(kViewers);
    const std::vector<v1::Snapshot> beside = TrainWatched(/*epochs=*/100);
    ASSERT_EQ(beside.size(), undisturbed.size());
    for (size_t place = 0; place < beside.size(); ++place) {
      EXPECT_EQ(beside[place].parameters_crc32c(), undisturbed[place].parameters_crc32c());
    }
    AwaitOpenStreams(kViewers);
    EXPECT_LT(ResidentBytes() - before, kViewers * kMostBytes);
    RecordProperty("bytes_for_each", std::to_string((ResidentBytes() - before) / kViewers));
  }
  AwaitOpenStreams(0);
}

}  // namespace
}  // namespace percept::testing
