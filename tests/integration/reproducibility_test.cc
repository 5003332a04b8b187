// The same spec, seed and data give the same bits, whatever else the server does.
#include <string>
#include <thread>
#include <vector>

#include "gmock/gmock.h"

#include "tests/integration/server_fixture.h"
#include "tests/support/watch_validators.h"

namespace percept::testing {
namespace {

using ::testing::IsEmpty;

// Of every model, each with something of its own to remember.
std::vector<v1::JobSpec> Specs() {
  v1::JobSpec adam = MlpSpec("rings", {16, 8}, /*epochs=*/20, /*batch_size=*/7);
  adam.mutable_training()->mutable_adam();
  adam.mutable_training()->set_learning_rate(0.01);
  adam.set_seed(11);
  v1::JobSpec momentum = MultiperceptronOn("rings", /*epochs=*/40, /*batch_size=*/10);
  momentum.mutable_training()->mutable_momentum();
  momentum.mutable_training()->mutable_step()->set_gamma(0.5);
  momentum.mutable_training()->mutable_step()->set_sigma(50);
  momentum.mutable_training()->set_report_frequency(30);
  v1::JobSpec stopping = MlpSpec("rings", {32}, /*epochs=*/60, /*batch_size=*/20);
  stopping.mutable_mlp()->set_activation(v1::ACTIVATION_GELU);
  stopping.mutable_training()->mutable_early_stopping()->set_patience(2);
  stopping.mutable_training()->set_weight_decay(1e-3);
  // Large enough for its evaluations to run on another core.
  v1::JobSpec digits = MlpSpec("mnist", {16}, /*epochs=*/1, /*batch_size=*/200);
  return {PerceptronOn("rings", 2000), adam, momentum, stopping, digits};
}

class ReproducibilityTest : public ServerFixture {
 protected:
  ReproducibilityTest() : ServerFixture(/*workers=*/1) {
    MustGenerate("rings", v1::GENERATOR_BULLSEYE);
  }
};

TEST_F(ReproducibilityTest, HoldsForEightWorkersTwentyViewersAndOtherJobs) {
  std::vector<Run> alone;
  for (const v1::JobSpec& spec : Specs()) alone.push_back(MustTrain(spec));

  TestServer busy(/*workers=*/8);
  RpcClient client(busy.address());
  v1::Dataset dataset;
  ASSERT_TRUE(
      client.CreateDataset(GeneratedDataset("rings", v1::GENERATOR_BULLSEYE), &dataset).ok());
  std::vector<std::string> jobs;
  for (const v1::JobSpec& spec : Specs()) {
    // Each beside a copy of itself and one of another seed.
    for (const uint64_t seed : {spec.seed(), spec.seed() + 1, spec.seed()}) {
      v1::JobSpec copy = spec;
      copy.set_seed(seed);
      v1::Job job;
      ASSERT_TRUE(client.CreateJob(copy, &job).ok());
      jobs.push_back(job.name());
    }
  }
  constexpr size_t kViewers = 20;
  std::vector<std::vector<WatchRecord>> seen(kViewers);
  std::vector<std::thread> viewers;
  for (size_t viewer = 0; viewer < kViewers; ++viewer) {
    viewers.emplace_back([&, viewer] {
      RpcClient own(busy.address());
      for (size_t job = 0; job < jobs.size(); ++job) {
        v1::WatchSnapshotsRequest request;
        request.set_name(jobs[job]);
        if (viewer % 2 == 0) request.set_view(v1::SNAPSHOT_VIEW_FULL);
        seen[viewer].push_back(own.Watch(request));
      }
    });
  }
  for (std::thread& viewer : viewers) viewer.join();

  for (size_t number = 0; number < alone.size(); ++number) {
    SCOPED_TRACE(alone[number].job.spec().ShortDebugString());
    for (const size_t copy : {3 * number, 3 * number + 2}) {
      for (const std::vector<WatchRecord>& watches : seen) {
        const WatchRecord& watch = watches[copy];
        ASSERT_TRUE(watch.Ended().has_value()) << watch.status.error_message();
        EXPECT_THAT(CheckWatch({watch}, *watch.Ended()), IsEmpty());
        EXPECT_EQ(watch.Ended()->progress().step(), alone[number].job.progress().step());
        ExpectSameSnapshots(watch.Snapshots(), alone[number].snapshots);
      }
    }
  }
  // A seed makes a difference where there is something to draw.
  EXPECT_NE(seen[0][4].Snapshots().back().parameters_crc32c(),
            alone[1].snapshots.back().parameters_crc32c());
}

}  // namespace
}  // namespace percept::testing
