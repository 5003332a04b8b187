// Data sets made from others, shown, exported and deleted.
#include <cmath>
#include <cstdint>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"

#include "tests/integration/dataset_files.h"
#include "tests/integration/server_fixture.h"
#include "tests/integration/violations.h"

namespace percept::testing {
namespace {

using ::testing::ElementsAre;
using ::testing::ElementsAreArray;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;

using Code = grpc::StatusCode;

class DerivedDatasetTest : public ServerFixture {
 protected:
  v1::Dataset MustTakeTwo(const std::string& id, const std::string& from, int positive,
                          int negative) {
    v1::CreateDatasetRequest request;
    request.set_dataset_id(id);
    v1::BinarySource* source = request.mutable_dataset()->mutable_binary();
    source->set_dataset(absl::StrCat("datasets/", from));
    source->set_positive_label(positive);
    source->set_negative_label(negative);
    return MustCreateDataset(request);
  }

  static v1::CreateDatasetRequest Features(const std::string& id, const std::string& from,
                                           const std::vector<std::string>& features) {
    v1::CreateDatasetRequest request;
    request.set_dataset_id(id);
    v1::DerivedSource* source = request.mutable_dataset()->mutable_derived();
    source->set_dataset(absl::StrCat("datasets/", from));
    for (const std::string& feature : features) source->add_features(feature);
    return request;
  }

  static v1::CreateDatasetRequest Normalised(const std::string& id, const std::string& from) {
    v1::CreateDatasetRequest request;
    request.set_dataset_id(id);
    request.mutable_dataset()->mutable_normalised()->set_dataset(absl::StrCat("datasets/", from));
    return request;
  }
};

TEST_F(DerivedDatasetTest, OfTwoClassesKeepsOrderSplitsAndPixels) {
  const v1::Dataset binary = MustTakeTwo("ones", "mnist", /*positive=*/1, /*negative=*/0);
  EXPECT_EQ(binary.classes(), 2);
  EXPECT_THAT(binary.splits(0).class_counts(), ElementsAre(5923, 6742));
  EXPECT_THAT(binary.splits(1).class_counts(), ElementsAre(980, 1135));
  EXPECT_EQ(binary.splits(2).examples(), 0);
  EXPECT_EQ(binary.image_shape().width(), 28);
  // The first of them stand in MNIST's own order.
  v1::ReadExamplesRequest request;
  request.set_page_size(300);
  request.set_name("datasets/mnist");
  v1::ReadExamplesResponse all;
  ASSERT_TRUE(client().ReadExamples(request, &all).ok());
  request.set_name("datasets/ones");
  request.set_page_size(30);
  v1::ReadExamplesResponse taken;
  ASSERT_TRUE(client().ReadExamples(request, &taken).ok());
  int next = 0;
  for (int row = 0; row < all.labels_size() && next < taken.labels_size(); ++row) {
    if (all.labels(row) > 1) continue;
    EXPECT_EQ(taken.labels(next), all.labels(row));
    for (int column = 0; column < 784; ++column) {
      ASSERT_EQ(taken.inputs(784 * next + column), all.inputs(784 * row + column));
    }
    ++next;
  }
  EXPECT_EQ(next, 30);
}

TEST_F(DerivedDatasetTest, OfFeaturesHoldsTheirValues) {
  MustGenerate("xor", v1::GENERATOR_XOR);
  const v1::Dataset derived = MustCreateDataset(
      Features("xor-features", "xor", {"x0", "x0*x1/abs(x0)", "sqrt(x0^2 + x1^2)"}));
  EXPECT_EQ(derived.inputs(), 3);
  EXPECT_EQ(derived.derived().dataset(), "datasets/xor");
  for (const v1::Split split : {v1::SPLIT_TRAIN, v1::SPLIT_VALIDATION}) {
    const v1::ReadExamplesResponse from = MustReadAll("xor", split);
    const v1::ReadExamplesResponse made = MustReadAll("xor-features", split);
    ASSERT_EQ(made.labels_size(), from.labels_size());
    EXPECT_THAT(made.labels(), ElementsAreArray(from.labels()));
    for (int row = 0; row < from.labels_size(); ++row) {
      const double x = from.inputs(2 * row);
      const double y = from.inputs(2 * row + 1);
      EXPECT_EQ(made.inputs(3 * row), from.inputs(2 * row));
      EXPECT_EQ(made.inputs(3 * row + 1), static_cast<float>(x * y / std::abs(x)));
      EXPECT_EQ(made.inputs(3 * row + 2), static_cast<float>(std::sqrt(x * x + y * y)));
    }
  }
}

TEST_F(DerivedDatasetTest, WithAResultThatIsNotFiniteIsRefusedUnlessReplaced) {
  MustUpload("zeros", v1::UPLOAD_FORMAT_CSV, {"a,b,y\n1,2,0\n0,3,1\n"});
  v1::CreateDatasetRequest request = Features("features", "zeros", {"x1", "x0*x1/abs(x0)"});
  v1::Dataset dataset;
  const grpc::Status refused = client().CreateDataset(request, &dataset);
  ExpectViolation(refused, "dataset.derived.features[1]", "must be finite");
  EXPECT_THAT(refused.error_message(), HasSubstr("in train row 1, column 1"));
  EXPECT_EQ(client().GetDataset("datasets/features", &dataset).error_code(), Code::NOT_FOUND);
  EXPECT_THAT(FilesKept(), SizeIs(1));
  request.mutable_dataset()->mutable_derived()->set_nonfinite_replacement(-7.5);
  MustCreateDataset(request);
  EXPECT_THAT(MustReadAll("features", v1::SPLIT_TRAIN).inputs(), ElementsAre(2, 2, 3, -7.5));
}

TEST_F(DerivedDatasetTest, NormalisedHasMeanZeroAndDeviationOneInTrainingAlone) {
  const std::string npz = Zip({{"x_train.npy", NpyFloats("(4, 2)", {1, 5, 3, 5, 5, 5, 7, 5})},
                               {"y_train.npy", NpyLabels({0, 1, 0, 1})},
                               {"x_validation.npy", NpyFloats("(1, 2)", {4, 8})},
                               {"y_validation.npy", NpyLabels({1})}});
  MustUpload("points", v1::UPLOAD_FORMAT_NPZ, {npz});
  const v1::Dataset made = MustCreateDataset(Normalised("even", "points"));
  EXPECT_EQ(made.normalised().dataset(), "datasets/points");
  const v1::ReadExamplesResponse train = MustReadAll("even", v1::SPLIT_TRAIN);
  const float unit = 1.0f / std::sqrt(5.0f);
  for (int row = 0; row < 4; ++row) {
    EXPECT_NEAR(train.inputs(2 * row), static_cast<float>(2 * row - 3) * unit, 1e-6);
    EXPECT_EQ(train.inputs(2 * row + 1), 0.0f);  // A constant column is only shifted.
  }
  EXPECT_THAT(MustReadAll("even", v1::SPLIT_VALIDATION).inputs(), ElementsAre(0, 3));
}

TEST_F(DerivedDatasetTest, OutlivesTheSetItWasMadeFrom) {
  MustGenerate("xor", v1::GENERATOR_XOR);
  MustCreateDataset(Features("features", "xor", {"x0*x1"}));
  const v1::Dataset made = MustCreateDataset(Normalised("even", "features"));
  const v1::ReadExamplesResponse before = MustReadAll("even", v1::SPLIT_VALIDATION);
  EXPECT_TRUE(client().DeleteDataset("datasets/features").ok());
  EXPECT_TRUE(client().DeleteDataset("datasets/xor").ok());
  RestartServer();
  EXPECT_EQ(MustGetDataset("even").digest(), made.digest());
  EXPECT_THAT(MustReadAll("even", v1::SPLIT_VALIDATION).inputs(),
              ElementsAreArray(before.inputs()));
  MustTrain(MultiperceptronOn("even", /*epochs=*/1, /*batch_size=*/10));
}

TEST_F(DerivedDatasetTest, IsDeletedWithItsContentAndItsNameIsFree) {
  MustGenerate("xor", v1::GENERATOR_XOR);
  MustCreateDataset(Features("features", "xor", {"x0*x1"}));
  EXPECT_THAT(FilesKept(), SizeIs(1));
  ASSERT_TRUE(client().DeleteDataset("datasets/features").ok());
  EXPECT_THAT(FilesKept(), IsEmpty());
  v1::Dataset dataset;
  EXPECT_EQ(client().GetDataset("datasets/features", &dataset).error_code(), Code::NOT_FOUND);
  EXPECT_EQ(client().DeleteDataset("datasets/features").error_code(), Code::NOT_FOUND);
  MustCreateDataset(Features("features", "xor", {"x1"}));
  EXPECT_EQ(MustReadAll("features", v1::SPLIT_TRAIN).inputs(0),
            MustReadAll("xor", v1::SPLIT_TRAIN).inputs(1));
}

TEST_F(DerivedDatasetTest, IsNotDeletedWhileAJobRefersToIt) {
  MustGenerate("xor", v1::GENERATOR_XOR);
  MustTrain(MultiperceptronOn("xor", /*epochs=*/1, /*batch_size=*/10));
  EXPECT_EQ(MustGetDataset("xor").job_count(), 1);
  for (int round = 0; round < 2; ++round) {
    const grpc::Status refused = client().DeleteDataset("datasets/xor");
    EXPECT_EQ(refused.error_code(), Code::FAILED_PRECONDITION);
    EXPECT_THAT(refused.error_message(), HasSubstr("1"));
    RestartServer();
  }
  EXPECT_EQ(MustReadAll("xor", v1::SPLIT_TRAIN).labels_size(), 400);
  EXPECT_EQ(client().DeleteDataset("datasets/mnist").error_code(), Code::FAILED_PRECONDITION);
}

TEST_F(DerivedDatasetTest, ExportedAndUploadedAgainHasTheSameDigest) {
  MustGenerate("rings", v1::GENERATOR_BULLSEYE);
  MustTakeTwo("pair", "mnist", /*positive=*/2, /*negative=*/5);
  for (const char* id : {"rings", "pair"}) {
    const RpcClient::FileRead file = client().ExportDataset(absl::StrCat("datasets/", id));
    ASSERT_TRUE(file.status.ok()) << file.status.error_message();
    const v1::Dataset original = MustGetDataset(id);
    const v1::Dataset copy =
        MustUpload(absl::StrCat(id, "-copy"), v1::UPLOAD_FORMAT_NPZ, {file.bytes});
    EXPECT_EQ(copy.digest(), original.digest());
    EXPECT_EQ(copy.image_shape().SerializeAsString(), original.image_shape().SerializeAsString());
    const RpcClient::FileRead again = client().ExportDataset(copy.name());
    EXPECT_TRUE(again.bytes == file.bytes) << id << " is exported differently the second time";
  }
}

}  // namespace
}  // namespace percept::testing
