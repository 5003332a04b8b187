// Servers that are killed right after they acknowledged something. kill_run does it at random.
#include <memory>
#include <string>

#include "gmock/gmock.h"

#include "tests/robustness/server_life.h"
#include "tests/support/perceptd_process.h"
#include "tests/support/rpc_client.h"
#include "tests/support/temp_dir.h"
#include "tests/support/watch_validators.h"

namespace percept::testing {
namespace {

using ::testing::IsEmpty;

TEST(Kill, RightAfterACancellationIsAcknowledgedLeavesTheJobCancelled) {
  TempDir folder;
  const std::string data_dir = folder.File("data");
  auto process = std::make_unique<PerceptdProcess>(ServerArguments(data_dir, 2));
  std::string job_name;
  {
    RpcClient client(process->WaitForAddress());
    v1::Dataset dataset;
    ASSERT_TRUE(
        client.CreateDataset(GeneratedDataset("points", v1::GENERATOR_THREE_CLASS), &dataset).ok());
    v1::Job job;
    ASSERT_TRUE(client.CreateJob(MlpSpec("points", {8}, 1000000, 10), &job).ok());
    job_name = job.name();
    v1::WatchSnapshotsRequest request;
    request.set_name(job_name);
    client.Watch(request, [](const auto& message) { return message.snapshots().empty(); });
    ASSERT_TRUE(client.CancelJob(job_name, &job).ok());
    process->Kill();
  }
  process = std::make_unique<PerceptdProcess>(ServerArguments(data_dir, 2));
  RpcClient client(process->WaitForAddress());
  const WatchRecord watch = client.Watch(job_name);
  ASSERT_TRUE(watch.Ended().has_value()) << watch.status.error_message();
  EXPECT_EQ(watch.Ended()->state(), v1::JOB_STATE_CANCELLED);
  EXPECT_THAT(CheckWatch({watch}, *watch.Ended()), IsEmpty());
}

}  // namespace
}  // namespace percept::testing
