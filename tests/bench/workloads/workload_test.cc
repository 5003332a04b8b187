#include "tests/bench/workloads/workload.h"

#include <string>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

#include "server/ml/kernels/kernels.h"
#include "tests/bench/workloads/data_sets.h"
#include "tests/bench/workloads/run_workload.h"
#include "tests/support/status_matchers.h"

namespace percept::bench {
namespace {

using percept::testing::StatusIs;
using ::testing::AllOf;
using ::testing::HasSubstr;

// The message of the refusal.
std::string Refused(const std::string& line) {
  const absl::StatusOr<Workload> workload = ParseWorkload(line);
  EXPECT_EQ(workload.status().code(), absl::StatusCode::kInvalidArgument) << line;
  return std::string(workload.status().message());
}

absl::StatusOr<WorkloadResult> Train(const std::string& line) {
  const absl::StatusOr<Workload> workload = ParseWorkload(line);
  EXPECT_OK(workload);
  DataSets data_sets("no such folder");
  const auto dataset = data_sets.Get(workload->job.dataset, workload->train_examples);
  EXPECT_OK(dataset);
  return RunWorkload(workload->job, **dataset, ml::KernelsFor(ml::InstructionSet::kX86_64V2));
}

TEST(ParseWorkload, ReadsEveryField) {
  const auto workload = ParseWorkload(
      R"({"dataset": "xor", "train_examples": 40, "model": "mlp", "hidden": [3, 4],
          "activation": "relu", "optimizer": "adam", "learning_rate": 0.01, "iterations": 7,
          "epochs": 2, "batch_size": 5, "evaluate_every": 3, "report_frequency": 10, "seed": 9,
          "evaluate": false, "shuffle": false})");
  ASSERT_OK(workload);
  EXPECT_EQ(workload->train_examples, 40);
  storage::JobSpec expected;
  expected.dataset = "xor";
  expected.seed = 9;
  expected.model = {.hidden_units = {3, 4}, .activation = Activation::kRelu};
  expected.training = {.learning_rate = 0.01,
                       .iterations = 7,
                       .epochs = 2,
                       .batch_size = 5,
                       .shuffle = false,
                       .report_frequency = 10,
                       .evaluate_every = 3,
                       .evaluate = false,
                       .optimizer = OptimizerKind::kAdam};
  EXPECT_EQ(workload->job, expected);
}

TEST(ParseWorkload, NamesAllThatIsWrong) {
  EXPECT_THAT(Refused(R"({"hidden": [0, "a"], "epochs": 1.5, "activation": "step", "evalute": 1})"),
              AllOf(HasSubstr("hidden: must be in [1, 65536], got 0"),
                    HasSubstr("hidden: must be an integer, got \"a\""),
                    HasSubstr("epochs: must be an integer, got 1.5"),
                    HasSubstr("activation: must be one of gelu, relu, sigmoid, tanh, got step"),
                    HasSubstr("evalute: is unknown")));
}

TEST(ParseWorkload, RefusesWhatIsNoObject) {
  for (const char* const line : {"", "nonsense", "[1]", "{\"hidden\": [3]", "\xff"}) {
    EXPECT_THAT(Refused(line), HasSubstr("must be a JSON object"));
  }
}

TEST(RunWorkload, CountsTheSnapshotsOfATraining) {
  const auto result = Train(R"({"dataset": "xor", "train_examples": 41, "hidden": [3], "epochs": 2,
                              "batch_size": 10, "report_frequency": 10})");
  ASSERT_OK(result);
  EXPECT_EQ(result->last.step, 10);
  EXPECT_EQ(result->last.instances, 82);
  EXPECT_EQ(result->snapshots, result->last.index + 1);
  EXPECT_TRUE(result->last.metrics.validation_accuracy.has_value());
}

TEST(RunWorkload, ReportsTrainingThatFails) {
  const auto result = Train(R"({"dataset": "xor", "model": "multiperceptron", "learning_rate": 1e38,
                              "epochs": 20, "batch_size": 1})");
  EXPECT_THAT(result, StatusIs(absl::StatusCode::kAborted, HasSubstr("was not finite")));
}

TEST(DataSets, RefuseUnknownNamesAndTooManyExamples) {
  DataSets data_sets("no such folder");
  EXPECT_THAT(data_sets.Get("iris", 0), StatusIs(absl::StatusCode::kInvalidArgument));
  EXPECT_THAT(data_sets.Get("mnist", 0), StatusIs(absl::StatusCode::kFailedPrecondition));
  EXPECT_THAT(data_sets.Get("xor", 1'000'000'000), StatusIs(absl::StatusCode::kInvalidArgument));
}

TEST(DataSets, KeepAsManyTrainingExamplesAsAskedFor) {
  DataSets data_sets("no such folder");
  const auto train_examples = [&data_sets](int64_t asked) {
    return (*data_sets.Get("xor", asked))->split(data::SplitKind::kTrain).examples;
  };
  EXPECT_EQ(train_examples(0), 400);
  EXPECT_EQ(train_examples(41), 41);
  EXPECT_EQ(train_examples(4000), 4000);
}

}  // namespace
}  // namespace percept::bench
