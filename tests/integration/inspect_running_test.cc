// Questions about jobs that are being trained, and about those from before a restart.
#include <atomic>
#include <functional>
#include <string>
#include <thread>
#include <vector>

#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"

#include "tests/integration/inspect_fixture.h"

namespace percept::testing {
namespace {

class InspectRunningTest : public InspectFixture {
 protected:
  // One question of each kind about a snapshot of an MLP; the answers, in a fixed order. Those that
  // are refused count as empty.
  std::vector<std::string> AskAll(RpcClient& asker, const std::string& snapshot) {
    std::vector<std::string> answers;
    const auto ask = [&]<typename Request, typename Response>(
                         Request request,
                         grpc::Status (RpcClient::*method)(const Request&, Response*)) {
      request.set_snapshot(snapshot);
      Response response;
      const grpc::Status status = (asker.*method)(request, &response);
      answers.push_back(status.ok() ? response.SerializeAsString() : "");
    };
    v1::PredictRequest predict;
    predict.mutable_examples();
    ask(predict, &RpcClient::Predict);
    ask(v1::DecisionGridRequest(), &RpcClient::DecisionGrid);
    ask(v1::LatentRequest(), &RpcClient::Latent);
    ask(v1::WeightImagesRequest(), &RpcClient::WeightImages);
    ask(v1::BatchRequest(), &RpcClient::Batch);
    ask(v1::ConfusionMatrixRequest(), &RpcClient::ConfusionMatrix);
    for (const int32_t target : {0, 1}) {  // One of them is refused.
      v1::ExploreRequest explore;
      explore.mutable_start()->mutable_example()->add_indices(0);
      explore.set_target_label(target);
      ask(explore, &RpcClient::Explore);
      v1::AttackRequest attack;
      *attack.mutable_start() = explore.start();
      attack.set_target_label(target);
      attack.mutable_clamp()->set_min(-100);
      attack.mutable_clamp()->set_max(100);
      ask(attack, &RpcClient::Attack);
    }
    return answers;
  }

  static int Answered(const std::vector<std::string>& answers) {
    int count = 0;
    for (const std::string& answer : answers) count += answer.empty() ? 0 : 1;
    return count;
  }
};

TEST_F(InspectRunningTest, LeaveTheBitsOfTheTrainingAsTheyAre) {
  MustGenerate("xor", v1::GENERATOR_XOR);
  v1::JobSpec spec = MlpSpec("xor", {8, 3}, /*epochs=*/400, /*batch_size=*/5);
  spec.mutable_training()->mutable_adam();
  spec.mutable_training()->set_learning_rate(0.001);
  spec.mutable_training()->set_report_frequency(200);
  const Run alone = MustTrain(spec);

  const v1::Job job = MustCreateJob(spec);
  std::atomic<bool> ended{false};
  std::atomic<int> answered{0};
  std::vector<std::thread> askers;
  for (int number = 0; number < 4; ++number) {
    askers.emplace_back([&, number] {
      RpcClient asker(server().address());
      const char* const which[] = {"last", "best", "0", "last"};
      do {
        answered += Answered(AskAll(asker, absl::StrCat(job.name(), "/snapshots/", which[number])));
      } while (!ended);
    });
  }
  const WatchRecord watch = client().Watch(job.name());
  ended = true;
  for (std::thread& asker : askers) asker.join();
  ASSERT_TRUE(watch.Ended().has_value()) << watch.status.error_message();
  EXPECT_EQ(watch.Ended()->state(), v1::JOB_STATE_SUCCEEDED);
  ExpectSameSnapshots(watch.Snapshots(), alone.snapshots);
  EXPECT_GT(answered, 0);
}

TEST_F(InspectRunningTest, AnswersAreTheSameAfterARestart) {
  const Run& run = Xor();
  const std::string snapshots[] = {Last(run), absl::StrCat(run.job.name(), "/snapshots/2")};
  std::vector<std::vector<std::string>> before;
  for (const std::string& snapshot : snapshots) before.push_back(AskAll(client(), snapshot));
  for (const auto& answers : before) EXPECT_EQ(Answered(answers), 8);
  RestartServer();
  for (size_t i = 0; i < 2; ++i) EXPECT_EQ(AskAll(client(), snapshots[i]), before[i]);
}

}  // namespace
}  // namespace percept::testing
