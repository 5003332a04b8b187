// Every model, optimiser, schedule and way to train, as jobs of a whole server.
#include <cstring>
#include <functional>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"

#include "tests/integration/server_fixture.h"
#include "tests/integration/violations.h"

namespace percept::testing {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

using Code = grpc::StatusCode;

class TrainingTest : public ServerFixture {
 protected:
  // The job's end, whichever it is.
  v1::Job MustEnd(const v1::JobSpec& spec) {
    const WatchRecord watch = client().Watch(MustCreateJob(spec).name());
    EXPECT_TRUE(watch.Ended().has_value()) << watch.status.error_message();
    return watch.Ended().value_or(v1::Job());
  }

  v1::Snapshot MustGetSnapshot(const std::string& name) {
    const RpcClient::SnapshotRead read = client().GetSnapshot(name);
    EXPECT_TRUE(read.status.ok()) << read.status.error_message();
    return read.snapshot;
  }

  std::vector<v1::EpochRecord> MustListEpochs(const std::string& job, int page_size) {
    std::vector<v1::EpochRecord> epochs;
    v1::ListEpochsRequest request;
    request.set_parent(job);
    request.set_page_size(page_size);
    do {
      v1::ListEpochsResponse page;
      const grpc::Status listed = client().ListEpochs(request, &page);
      EXPECT_TRUE(listed.ok()) << listed.error_message();
      EXPECT_LE(page.epochs_size(), page_size);
      epochs.insert(epochs.end(), page.epochs().begin(), page.epochs().end());
      request.set_page_token(page.next_page_token());
    } while (!request.page_token().empty());
    return epochs;
  }
};

double FinalAccuracy(const v1::Job& job) { return job.progress().latest().validation_accuracy(); }

TEST_F(TrainingTest, OfEachModelWithEachOptimizerLearns) {
  MustGenerate("three", v1::GENERATOR_THREE_CLASS);
  const std::vector<std::function<void(v1::TrainingSpec&)>> optimizers = {
      [](auto& t) { t.mutable_sgd(); },
      [](auto& t) {
        t.mutable_momentum();
        t.set_learning_rate(0.02);
      },
      [](auto& t) {
        t.mutable_adam();
        t.set_learning_rate(0.02);
      }};
  std::vector<v1::JobSpec> models = {MultiperceptronOn("three", /*epochs=*/5, /*batch_size=*/10)};
  for (const v1::Activation activation :
       {v1::ACTIVATION_TANH, v1::ACTIVATION_SIGMOID, v1::ACTIVATION_RELU, v1::ACTIVATION_GELU}) {
    models.push_back(MlpSpec("three", {8, 6}, /*epochs=*/15, /*batch_size=*/10));
    models.back().mutable_mlp()->set_activation(activation);
  }
  for (const v1::JobSpec& model : models) {
    for (const auto& optimizer : optimizers) {
      v1::JobSpec spec = model;
      optimizer(*spec.mutable_training());
      const v1::Job job = MustTrain(spec).job;
      EXPECT_GE(FinalAccuracy(job), 0.85) << job.spec().ShortDebugString();
      EXPECT_EQ(job.progress().epoch(), spec.training().epochs());
      EXPECT_EQ(job.progress().step(), job.progress().total_steps());
    }
  }
}

TEST_F(TrainingTest, WithEachScheduleAndWeightDecayLearnsAndDiffers) {
  MustGenerate("three", v1::GENERATOR_THREE_CLASS);
  std::vector<uint32_t> digests;
  for (const std::function<void(v1::TrainingSpec&)>& change :
       std::vector<std::function<void(v1::TrainingSpec&)>>{
           [](auto& t) { t.mutable_constant(); },
           [](auto& t) {
             t.mutable_step()->set_gamma(0.7);
             t.mutable_step()->set_sigma(100);
           },
           [](auto& t) {
             t.mutable_inverse()->set_gamma(0.1);
             t.mutable_inverse()->set_rho(0.1);
           },
           [](auto& t) { t.set_weight_decay(0.01); }}) {
    v1::JobSpec spec = MlpSpec("three", {8}, /*epochs=*/5, /*batch_size=*/10);
    change(*spec.mutable_training());
    const Run run = MustTrain(spec);
    EXPECT_GE(FinalAccuracy(run.job), 0.85) << run.job.spec().ShortDebugString();
    for (const uint32_t other : digests) EXPECT_NE(run.snapshots.back().parameters_crc32c(), other);
    digests.push_back(run.snapshots.back().parameters_crc32c());
  }
}

TEST_F(TrainingTest, OfLinearModelsFailsOnXorWhereAnMlpDoesNot) {
  MustGenerate("xor", v1::GENERATOR_XOR);
  const v1::Job perceptron = MustTrain(PerceptronOn("xor")).job;
  EXPECT_LE(perceptron.progress().latest().training_accuracy(), 0.8);
  EXPECT_LE(FinalAccuracy(MustTrain(MultiperceptronOn("xor", 5, 10)).job), 0.8);
  v1::JobSpec mlp = MlpSpec("xor", {8}, /*epochs=*/10, /*batch_size=*/5);
  mlp.mutable_training()->mutable_adam();
  mlp.mutable_training()->set_learning_rate(0.01);
  EXPECT_GE(FinalAccuracy(MustTrain(mlp).job), 0.99);
  // One feature makes the problem a linear one.
  v1::CreateDatasetRequest features;
  features.set_dataset_id("xor-features");
  features.mutable_dataset()->mutable_derived()->set_dataset("datasets/xor");
  for (const char* feature : {"x0", "x0*x1/abs(x0)"}) {
    features.mutable_dataset()->mutable_derived()->add_features(feature);
  }
  MustCreateDataset(features);
  EXPECT_GE(FinalAccuracy(MustTrain(MultiperceptronOn("xor-features", 5, 10)).job), 0.99);
}

std::vector<double> WeightsOf(const v1::Snapshot& snapshot) {
  EXPECT_EQ(snapshot.parameters_size(), 1);
  const v1::Tensor& tensor = snapshot.parameters(0);
  EXPECT_EQ(tensor.name(), "weight");
  EXPECT_EQ(tensor.data_type(), v1::DATA_TYPE_FLOAT64);
  std::vector<double> weights(tensor.data().size() / sizeof(double));
  std::memcpy(weights.data(), tensor.data().data(), tensor.data().size());
  return weights;
}

TEST_F(TrainingTest, OfAPerceptronShowsEachChangeWithTheExampleThatCausedIt) {
  MustGenerate("normals", v1::GENERATOR_TWO_NORMALS);
  const v1::ReadExamplesResponse train = MustReadAll("normals", v1::SPLIT_TRAIN);
  std::vector<int> of_class[2];
  for (int row = 0; row < train.labels_size(); ++row) of_class[train.labels(row)].push_back(row);
  v1::JobSpec spec = PerceptronOn("normals", /*iterations=*/200);
  spec.mutable_perceptron()->set_learning_rate(0.5);
  const Run run = MustTrain(spec);
  EXPECT_EQ(run.job.progress().total_epochs(), 0);
  EXPECT_EQ(run.job.progress().instances(), 400);
  EXPECT_EQ(run.job.parameter_count(), 3);
  EXPECT_GE(run.snapshots.back().metrics().training_accuracy(), 0.97);

  // The rule, as it stands in the book, on what the server shows of the data.
  std::vector<double> weights(3, 0.0);
  size_t next = 0;
  const auto expect_snapshot = [&](std::vector<int64_t> cause) {
    ASSERT_LT(next, run.snapshots.size());
    const v1::Snapshot snapshot = MustGetSnapshot(run.snapshots[next].name());
    EXPECT_EQ(snapshot.step(), run.snapshots[next].step());
    EXPECT_EQ(WeightsOf(snapshot), weights) << "snapshot " << next;
    EXPECT_THAT(snapshot.batch_indices(), ::testing::ElementsAreArray(cause));
    ++next;
  };
  expect_snapshot({});
  int64_t changes = 0;
  for (size_t round = 0; round < 200; ++round) {
    for (const int label : {1, 0}) {
      const int row = of_class[label][round % of_class[label].size()];
      double product = 0.0;
      for (int column = 0; column < 3; ++column) {
        product += weights[static_cast<size_t>(column)] * train.inputs(3 * row + column);
      }
      if ((product >= 0.0) == (label == 1)) continue;
      for (int column = 0; column < 3; ++column) {
        weights[static_cast<size_t>(column)] +=
            (label == 1 ? 0.5 : -0.5) * train.inputs(3 * row + column);
      }
      ++changes;
      EXPECT_EQ(run.snapshots[next].step(), changes);
      expect_snapshot({row});
    }
  }
  EXPECT_GT(changes, 0);
  EXPECT_EQ(run.job.progress().step(), changes);
  EXPECT_EQ(next + 1, run.snapshots.size()) << "besides the changes there is the end";
  EXPECT_EQ(WeightsOf(MustGetSnapshot(run.snapshots.back().name())), weights);
}

TEST_F(TrainingTest, WantsTwoClassesForAPerceptron) {
  MustGenerate("three", v1::GENERATOR_THREE_CLASS);
  v1::Job job;
  ExpectViolation(client().CreateJob(PerceptronOn("three"), &job), "dataset", "must have two");
}

TEST_F(TrainingTest, StartsFromTheSnapshotOfAnotherJob) {
  MustGenerate("three", v1::GENERATOR_THREE_CLASS);
  v1::JobSpec spec = MlpSpec("three", {8}, /*epochs=*/2, /*batch_size=*/10);
  const Run first = MustTrain(spec);
  const v1::Snapshot& last = first.snapshots.back();
  spec.set_init_from(first.job.name());
  const Run second = MustTrain(spec);
  EXPECT_EQ(second.job.spec().init_from(), last.name());
  EXPECT_EQ(second.snapshots[0].parameters_crc32c(), last.parameters_crc32c());
  EXPECT_EQ(second.snapshots[0].metrics().validation_accuracy(),
            last.metrics().validation_accuracy());
  EXPECT_NE(second.snapshots.back().parameters_crc32c(), last.parameters_crc32c());
  spec.set_init_from(first.snapshots[1].name());
  EXPECT_EQ(MustTrain(spec).snapshots[0].parameters_crc32c(),
            first.snapshots[1].parameters_crc32c());

  MustGenerate("normals", v1::GENERATOR_TWO_NORMALS);
  const Run line = MustTrain(PerceptronOn("normals", 50));
  v1::JobSpec onwards = PerceptronOn("normals", 50);
  onwards.set_init_from(line.job.name());
  EXPECT_EQ(MustTrain(onwards).snapshots[0].parameters_crc32c(),
            line.snapshots.back().parameters_crc32c());
}

TEST_F(TrainingTest, StartsFromNothingThatDoesNotFit) {
  MustGenerate("three", v1::GENERATOR_THREE_CLASS);
  v1::JobSpec spec = MlpSpec("three", {8}, /*epochs=*/1, /*batch_size=*/10);
  const Run first = MustTrain(spec);
  v1::Job job;
  spec.mutable_mlp()->set_hidden_units(0, 9);
  spec.set_init_from(first.job.name());
  ExpectViolation(client().CreateJob(spec, &job), "init_from", "must have the parameters");
  spec.set_init_from(absl::StrCat(first.job.name(), "/snapshots/1000"));
  const grpc::Status past = client().CreateJob(spec, &job);
  EXPECT_EQ(past.error_code(), Code::OUT_OF_RANGE);
  EXPECT_THAT(past.error_message(), HasSubstr("init_from: "));
}

TEST_F(TrainingTest, OnTrainAndValidationTakesBoth) {
  MustGenerate("three", v1::GENERATOR_THREE_CLASS);
  v1::JobSpec spec = MultiperceptronOn("three", /*epochs=*/1, /*batch_size=*/100);
  spec.mutable_training()->set_no_shuffle(true);
  spec.mutable_training()->set_report_frequency(100);
  spec.set_train_on(v1::TRAIN_ON_TRAIN_AND_VALIDATION);
  const Run run = MustTrain(spec);
  EXPECT_EQ(run.job.progress().total_instances(), 900);
  EXPECT_EQ(run.job.spec().train_on(), v1::TRAIN_ON_TRAIN_AND_VALIDATION);
  const v1::Snapshot eighth = MustGetSnapshot(run.snapshots[7].name());
  ASSERT_EQ(eighth.batch_indices_size(), 100);
  EXPECT_EQ(eighth.batch_indices(0), 700) << "the validation split follows on the 600 of training";
}

TEST_F(TrainingTest, WithoutShufflingKeepsTheOrderOfTheData) {
  MustGenerate("three", v1::GENERATOR_THREE_CLASS);
  v1::JobSpec spec = MultiperceptronOn("three", /*epochs=*/2, /*batch_size=*/250);
  spec.mutable_training()->set_no_shuffle(true);
  spec.mutable_training()->set_report_frequency(1);
  const Run run = MustTrain(spec);
  std::vector<int64_t> firsts;
  std::vector<int> sizes;
  for (const v1::Snapshot& snapshot : run.snapshots) {
    const v1::Snapshot full = MustGetSnapshot(snapshot.name());
    sizes.push_back(full.batch_indices_size());
    if (!full.batch_indices().empty()) firsts.push_back(full.batch_indices(0));
  }
  EXPECT_THAT(sizes, ElementsAre(250, 250, 100, 250, 250, 100, 0));
  EXPECT_THAT(firsts, ElementsAre(0, 250, 500, 0, 250, 500));
}

TEST_F(TrainingTest, ListsItsEpochsPageByPage) {
  MustGenerate("three", v1::GENERATOR_THREE_CLASS);
  const Run run = MustTrain(MultiperceptronOn("three", /*epochs=*/5, /*batch_size=*/50));
  for (const int page_size : {2, 5, 1000}) {
    const std::vector<v1::EpochRecord> epochs = MustListEpochs(run.job.name(), page_size);
    ASSERT_EQ(epochs.size(), 5);
    for (int number = 0; number < 5; ++number) {
      const v1::EpochRecord& epoch = epochs[static_cast<size_t>(number)];
      EXPECT_EQ(epoch.epoch(), number);
      EXPECT_TRUE(epoch.metrics().has_training_accuracy());
      EXPECT_TRUE(epoch.metrics().has_training_loss());
    }
    const v1::Metrics& end = run.snapshots.back().metrics();
    EXPECT_EQ(epochs.back().metrics().validation_accuracy(), end.validation_accuracy());
    EXPECT_EQ(epochs.back().metrics().validation_loss(), end.validation_loss());
    EXPECT_LT(epochs.back().metrics().training_loss(), epochs.front().metrics().training_loss());
  }
  RestartServer();
  EXPECT_EQ(MustListEpochs(run.job.name(), 3).size(), 5);
  MustGenerate("normals", v1::GENERATOR_TWO_NORMALS);
  EXPECT_THAT(MustListEpochs(MustTrain(PerceptronOn("normals", 10)).job.name(), 50), IsEmpty());
}

TEST_F(TrainingTest, StopsEarlyWhenValidationGetsNoBetter) {
  MustGenerate("two", v1::GENERATOR_TWO_CLASS);
  v1::JobSpec spec = MlpSpec("two", {16}, /*epochs=*/1000, /*batch_size=*/5);
  spec.mutable_training()->set_learning_rate(1.0);
  spec.mutable_training()->mutable_early_stopping()->set_patience(3);
  const Run run = MustTrain(spec);
  const int ended = run.job.progress().epoch();
  EXPECT_LT(ended, 1000);
  EXPECT_EQ(run.job.progress().total_epochs(), 1000);
  const std::vector<v1::EpochRecord> epochs = MustListEpochs(run.job.name(), 1000);
  ASSERT_EQ(epochs.size(), ended);
  // The lowest loss came three epochs before the end.
  size_t best = 0;
  for (size_t epoch = 1; epoch < epochs.size(); ++epoch) {
    if (epochs[epoch].metrics().validation_loss() < epochs[best].metrics().validation_loss())
      best = epoch;
  }
  EXPECT_EQ(best + 4, epochs.size());
}

TEST_F(TrainingTest, WantsAValidationSplitToStopEarly) {
  v1::CreateDatasetRequest request = GeneratedDataset("bare", v1::GENERATOR_TWO_CLASS);
  request.mutable_dataset()->mutable_generator()->set_validation_per_class(0);
  MustCreateDataset(request);
  v1::JobSpec spec = MultiperceptronOn("bare", 1, 10);
  spec.mutable_training()->mutable_early_stopping()->set_patience(3);
  v1::Job job;
  ExpectViolation(client().CreateJob(spec, &job), "training.early_stopping", "must have");
  spec.mutable_training()->clear_early_stopping();
  EXPECT_FALSE(MustTrain(spec).snapshots.back().metrics().has_validation_accuracy());
  spec.set_train_on(v1::TRAIN_ON_TRAIN_AND_VALIDATION);
  ExpectViolation(client().CreateJob(spec, &job), "train_on", "must be TRAIN_ON_TRAIN");
}

TEST_F(TrainingTest, ThatDivergesFailsWithThatReason) {
  MustUpload("steep", v1::UPLOAD_FORMAT_CSV, {"x,y\n1e18,0\n-1e18,1\n3e18,1\n"});
  v1::JobSpec spec = MlpSpec("steep", {4}, /*epochs=*/100, /*batch_size=*/1);
  spec.mutable_mlp()->set_activation(v1::ACTIVATION_RELU);
  spec.mutable_training()->set_learning_rate(1000);
  const v1::Job job = MustEnd(spec);
  EXPECT_EQ(job.state(), v1::JOB_STATE_FAILED);
  EXPECT_EQ(job.error().reason(), v1::JOB_ERROR_REASON_DIVERGED);
  EXPECT_THAT(job.error().message(), HasSubstr("loss"));
}

}  // namespace
}  // namespace percept::testing
