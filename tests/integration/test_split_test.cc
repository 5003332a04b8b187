// The two commandments: nothing but what asks for it by name sees the test split, and each such
// request is on record, before it is answered and after a restart.
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"

#include "tests/integration/dataset_files.h"
#include "tests/integration/server_fixture.h"
#include "tests/support/raw_database.h"

namespace percept::testing {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

using Code = grpc::StatusCode;

// 30 points of two classes to train on, 10 to validate on, and 10 of whatever kind to test on.
std::string PointsWithTest(float test_scale, int64_t flip) {
  const auto draw = [](int count, int64_t first, float scale) {
    std::vector<float> points;
    for (int64_t row = 0; row < count; ++row) {
      const int64_t number = first + row;
      const float side = number % 2 == 0 ? 1.0f : -1.0f;
      points.push_back(scale * (side + 0.125f * static_cast<float>(number % 7)));
      points.push_back(scale * (0.25f * static_cast<float>(number % 5) - side));
    }
    return points;
  };
  const auto labels = [](int count, int64_t turn) {
    std::vector<int64_t> values;
    for (int64_t row = 0; row < count; ++row) values.push_back((row + turn) % 2);
    return values;
  };
  return Zip({{"x_train.npy", NpyFloats("(30, 2)", draw(30, 0, 1))},
              {"y_train.npy", NpyLabels(labels(30, 0))},
              {"x_validation.npy", NpyFloats("(10, 2)", draw(10, 30, 1))},
              {"y_validation.npy", NpyLabels(labels(10, 0))},
              {"x_test.npy", NpyFloats("(10, 2)", draw(10, 30, test_scale))},
              {"y_test.npy", NpyLabels(labels(10, flip))}});
}

class TestSplitTest : public ServerFixture {
 protected:
  // Two sets that differ in their test splits alone.
  void UploadBoth() {
    const v1::Dataset one = MustUpload("one", v1::UPLOAD_FORMAT_NPZ, {PointsWithTest(1.0f, 0)});
    const v1::Dataset other =
        MustUpload("other", v1::UPLOAD_FORMAT_NPZ, {PointsWithTest(1000.0f, 1)});
    EXPECT_NE(one.digest(), other.digest());
    EXPECT_EQ(one.splits(2).examples(), 10);
  }

  void ExpectReads(const std::string& id, int64_t count) {
    const v1::Dataset dataset = MustGetDataset(id);
    EXPECT_EQ(dataset.test_read_count(), count);
    EXPECT_EQ(dataset.has_last_test_read_time(), count > 0);
  }

  v1::EvaluateTestResponse MustEvaluate(const std::string& snapshot) {
    v1::EvaluateTestResponse response;
    const grpc::Status evaluated = client().EvaluateTest(snapshot, &response);
    EXPECT_TRUE(evaluated.ok()) << evaluated.error_message();
    return response;
  }
};

TEST_F(TestSplitTest, HasNoPartInTrainingAndReports) {
  UploadBoth();
  std::vector<v1::JobSpec> specs = {PerceptronOn("one", 50), MultiperceptronOn("one", 5, 7),
                                    MlpSpec("one", {5}, 5, 7)};
  specs[2].mutable_training()->mutable_adam();
  specs.push_back(specs[2]);
  specs[3].set_train_on(v1::TRAIN_ON_TRAIN_AND_VALIDATION);
  for (v1::JobSpec& spec : specs) {
    SCOPED_TRACE(spec.ShortDebugString());
    const Run one = MustTrain(spec);
    spec.set_dataset("datasets/other");
    const Run other = MustTrain(spec);
    ExpectSameSnapshots(other.snapshots, one.snapshots);
    EXPECT_EQ(other.job.progress().total_instances(), one.job.progress().total_instances());
    for (const v1::Snapshot& snapshot : other.snapshots) {
      const RpcClient::SnapshotRead full = client().GetSnapshot(snapshot.name());
      for (const int64_t index : full.snapshot.batch_indices()) EXPECT_LT(index, 40);
    }
    v1::ListEpochsResponse epochs[2];
    for (const auto& [run, listed] : {std::pair(&one, &epochs[0]), std::pair(&other, &epochs[1])}) {
      v1::ListEpochsRequest request;
      request.set_parent(run->job.name());
      EXPECT_TRUE(client().ListEpochs(request, listed).ok());
    }
    EXPECT_EQ(epochs[0].SerializeAsString(), epochs[1].SerializeAsString());
    EXPECT_EQ(other.job.test_evaluations_size(), 0);
  }
  ExpectReads("one", 0);
  ExpectReads("other", 0);
}

TEST_F(TestSplitTest, HasNoPartInWhatIsMadeOfTheOtherSplits) {
  UploadBoth();
  for (const char* from : {"one", "other"}) {
    v1::CreateDatasetRequest normalised;
    normalised.set_dataset_id(absl::StrCat(from, "-even"));
    normalised.mutable_dataset()->mutable_normalised()->set_dataset(
        absl::StrCat("datasets/", from));
    EXPECT_EQ(MustCreateDataset(normalised).splits(2).examples(), 10);
    v1::CreateDatasetRequest derived;
    derived.set_dataset_id(absl::StrCat(from, "-features"));
    derived.mutable_dataset()->mutable_derived()->set_dataset(absl::StrCat("datasets/", from));
    derived.mutable_dataset()->mutable_derived()->add_features("x0*x1");
    EXPECT_EQ(MustCreateDataset(derived).splits(2).examples(), 10);
  }
  for (const char* kind : {"", "-even", "-features"}) {
    for (const v1::Split split : {v1::SPLIT_TRAIN, v1::SPLIT_VALIDATION}) {
      EXPECT_EQ(MustReadAll(absl::StrCat("one", kind), split).SerializeAsString(),
                MustReadAll(absl::StrCat("other", kind), split).SerializeAsString());
    }
    EXPECT_TRUE(client().ExportDataset(absl::StrCat("datasets/one", kind)).bytes ==
                client().ExportDataset(absl::StrCat("datasets/other", kind)).bytes);
    ExpectReads(absl::StrCat("one", kind), 0);
  }
}

TEST_F(TestSplitTest, IsReadOnlyByNameAndOnRecord) {
  UploadBoth();
  v1::ReadExamplesRequest request;
  request.set_name("datasets/other");
  request.set_split(v1::SPLIT_TEST);
  v1::ReadExamplesResponse examples;
  const grpc::Status refused = client().ReadExamples(request, &examples);
  EXPECT_EQ(refused.error_code(), Code::FAILED_PRECONDITION);
  EXPECT_THAT(refused.error_message(), HasSubstr("include_test"));
  EXPECT_EQ(DetailsOf(refused).info.reason(), "TEST_SPLIT_PROTECTED");
  // What is refused for another reason is no use of the split either.
  request.set_include_test(true);
  request.set_start_index(11);
  EXPECT_EQ(client().ReadExamples(request, &examples).error_code(), Code::INVALID_ARGUMENT);
  // Nor is leave to read it, when another split is asked for.
  MustReadAll("other", v1::SPLIT_TRAIN, /*include_test=*/true);
  ExpectReads("other", 0);

  EXPECT_EQ(MustReadAll("other", v1::SPLIT_TEST, /*include_test=*/true).inputs(0), 1250.0f);
  ExpectReads("other", 1);
  const RpcClient::FileRead file = client().ExportDataset("datasets/other", /*include_test=*/true);
  ASSERT_TRUE(file.status.ok()) << file.status.error_message();
  ExpectReads("other", 2);
  EXPECT_EQ(MustUpload("copy", v1::UPLOAD_FORMAT_NPZ, {file.bytes}).digest(),
            MustGetDataset("other").digest());
  const v1::Dataset before = MustGetDataset("other");
  RestartServer();
  EXPECT_EQ(MustGetDataset("other").SerializeAsString(), before.SerializeAsString());
  v1::ListDatasetsResponse listed;
  ASSERT_TRUE(client().ListDatasets({}, &listed).ok());
  bool found = false;
  for (const v1::Dataset& dataset : listed.datasets()) {
    if (dataset.name() != "datasets/other") continue;
    found = true;
    EXPECT_EQ(dataset.test_read_count(), 2);
  }
  EXPECT_TRUE(found);
  ExpectReads("one", 0);
}

TEST_F(TestSplitTest, EvaluationIsOnRecordWithTheJob) {
  UploadBoth();
  const Run one = MustTrain(MlpSpec("one", {5}, 20, 5));
  const std::string last = absl::StrCat(one.job.name(), "/snapshots/last");
  const v1::EvaluateTestResponse first = MustEvaluate(last);
  EXPECT_EQ(first.examples(), 10);
  EXPECT_EQ(first.evaluation_count(), 1);
  EXPECT_EQ(first.evaluation().snapshot_index(), one.snapshots.back().index());
  // Its test split is its validation split, so that the figures are known.
  EXPECT_EQ(first.evaluation().accuracy(), one.snapshots.back().metrics().validation_accuracy());
  EXPECT_EQ(first.evaluation().loss(), one.snapshots.back().metrics().validation_loss());
  const v1::EvaluateTestResponse second =
      MustEvaluate(absl::StrCat(one.job.name(), "/snapshots/0"));
  EXPECT_EQ(second.evaluation_count(), 2);
  EXPECT_EQ(second.evaluation().snapshot_index(), 0);

  for (int round = 0; round < 2; ++round) {
    for (const v1::Job& job :
         {MustGetJob(one.job.name()), *client().Watch(one.job.name()).Ended()}) {
      ASSERT_EQ(job.test_evaluations_size(), 2);
      EXPECT_EQ(job.test_evaluations(0).SerializeAsString(),
                first.evaluation().SerializeAsString());
      EXPECT_EQ(job.test_evaluations(1).SerializeAsString(),
                second.evaluation().SerializeAsString());
      EXPECT_GT(job.test_evaluations(0).time().seconds(), 0);
    }
    RestartServer();
  }
  EXPECT_EQ(MustEvaluate(last).evaluation_count(), 3);
  // The record is the job's, not the data set's, and each job's own.
  ExpectReads("one", 0);
  EXPECT_EQ(MustTrain(MlpSpec("one", {5}, 1, 5)).job.test_evaluations_size(), 0);
}

TEST_F(TestSplitTest, EvaluationWhoseRecordIsDamagedStillCounts) {
  UploadBoth();
  const std::string name = MustTrain(MlpSpec("one", {5}, 1, 5)).job.name();
  const std::string last = absl::StrCat(name, "/snapshots/last");
  for (int use = 0; use < 2; ++use) MustEvaluate(last);
  RawDatabase(server().database_path())
      .Run("UPDATE test_evaluations SET loss = 5 WHERE number = 0");
  const v1::Job job = MustGetJob(name);
  EXPECT_EQ(job.test_evaluations_size(), 1);
  EXPECT_EQ(job.test_evaluation_count(), 2);
  EXPECT_THAT(job.damaged(), ElementsAre(HasSubstr(name + ": 1 of 2 test evaluations: ")));
  EXPECT_EQ(MustEvaluate(last).evaluation_count(), 3);
}

TEST_F(TestSplitTest, EvaluationOfValidationIsNotOnRecord) {
  UploadBoth();
  const Run run = MustTrain(MultiperceptronOn("other", 5, 5));
  v1::EvaluateValidationResponse response;
  ASSERT_TRUE(
      client().EvaluateValidation(absl::StrCat(run.job.name(), "/snapshots/best"), &response).ok());
  EXPECT_EQ(response.examples(), 10);
  const v1::Snapshot& best = run.snapshots[static_cast<size_t>(response.snapshot_index())];
  EXPECT_EQ(response.accuracy(), best.metrics().validation_accuracy());
  EXPECT_EQ(response.loss(), best.metrics().validation_loss());
  EXPECT_EQ(MustGetJob(run.job.name()).test_evaluations_size(), 0);
}

TEST_F(TestSplitTest, ThatIsEmptyIsAPreconditionAndNoRecord) {
  const Run run = MustTrain(MultiperceptronOn("mnist", /*epochs=*/1, /*batch_size=*/1000));
  v1::EvaluateTestResponse evaluation;
  const grpc::Status refused =
      client().EvaluateTest(absl::StrCat(run.job.name(), "/snapshots/last"), &evaluation);
  EXPECT_EQ(refused.error_code(), Code::FAILED_PRECONDITION);
  EXPECT_THAT(refused.error_message(), HasSubstr("datasets/mnist"));
  EXPECT_THAT(refused.error_message(), HasSubstr("test"));
  EXPECT_EQ(MustGetJob(run.job.name()).test_evaluations_size(), 0);
  v1::ReadExamplesRequest request;
  request.set_name("datasets/mnist");
  request.set_split(v1::SPLIT_TEST);
  request.set_include_test(true);
  v1::ReadExamplesResponse examples;
  EXPECT_EQ(client().ReadExamples(request, &examples).error_code(), Code::FAILED_PRECONDITION);
  EXPECT_EQ(client().ExportDataset("datasets/mnist", true).status.error_code(),
            Code::FAILED_PRECONDITION);
  ExpectReads("mnist", 0);
}

}  // namespace
}  // namespace percept::testing
