// Models as files, through the wire.
#include <cstdint>
#include <cstring>
#include <string>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"

#include "tests/integration/server_fixture.h"

namespace percept::testing {
namespace {

using ::testing::HasSubstr;

using Code = grpc::StatusCode;

constexpr v1::ModelFormat kFormats[] = {v1::MODEL_FORMAT_SAFETENSORS, v1::MODEL_FORMAT_NPZ,
                                        v1::MODEL_FORMAT_ONNX};

class ModelExportTest : public ServerFixture {
 protected:
  std::string MustExport(const std::string& name, v1::ModelFormat format) {
    const RpcClient::FileRead file = client().ExportModel(name, format);
    EXPECT_TRUE(file.status.ok()) << file.status.error_message();
    return file.bytes;
  }
};

TEST_F(ModelExportTest, HoldsTheParametersOfItsSnapshot) {
  MustGenerate("three", v1::GENERATOR_THREE_CLASS);
  const Run run = MustTrain(MlpSpec("three", {8}, /*epochs=*/2, /*batch_size=*/10));
  for (const v1::Snapshot& snapshot : {run.snapshots.front(), run.snapshots.back()}) {
    const std::string file = MustExport(snapshot.name(), v1::MODEL_FORMAT_SAFETENSORS);
    uint64_t header_bytes = 0;
    ASSERT_GE(file.size(), sizeof(header_bytes));
    std::memcpy(&header_bytes, file.data(), sizeof(header_bytes));
    for (const char* name : {"linear0.weight", "linear0.bias", "linear1.weight", "linear1.bias"}) {
      EXPECT_THAT(file.substr(8, header_bytes), HasSubstr(name));
    }
    // Each tensor's bytes stand in the file as they are.
    const v1::Snapshot full = client().GetSnapshot(snapshot.name()).snapshot;
    for (const v1::Tensor& tensor : full.parameters()) {
      for (const v1::ModelFormat format : kFormats) {
        if (format == v1::MODEL_FORMAT_ONNX) continue;  // May transpose them.
        EXPECT_TRUE(absl::StrContains(MustExport(snapshot.name(), format), tensor.data()))
            << tensor.name() << " in " << v1::ModelFormat_Name(format);
      }
    }
  }
}

TEST_F(ModelExportTest, TakesLastAndBestForAnIndex) {
  MustGenerate("three", v1::GENERATOR_THREE_CLASS);
  const Run run = MustTrain(MultiperceptronOn("three", /*epochs=*/3, /*batch_size=*/10));
  size_t best = 0;
  for (size_t index = 1; index < run.snapshots.size(); ++index) {
    const v1::Metrics& metrics = run.snapshots[index].metrics();
    const v1::Metrics& so_far = run.snapshots[best].metrics();
    if (metrics.validation_accuracy() > so_far.validation_accuracy() ||
        (metrics.validation_accuracy() == so_far.validation_accuracy() &&
         metrics.validation_loss() < so_far.validation_loss())) {
      best = index;
    }
  }
  for (const v1::ModelFormat format : kFormats) {
    const std::string snapshots = absl::StrCat(run.job.name(), "/snapshots/");
    EXPECT_TRUE(MustExport(absl::StrCat(snapshots, "last"), format) ==
                MustExport(run.snapshots.back().name(), format));
    EXPECT_TRUE(MustExport(absl::StrCat(snapshots, "best"), format) ==
                MustExport(run.snapshots[best].name(), format));
    EXPECT_FALSE(MustExport(absl::StrCat(snapshots, "0"), format) ==
                 MustExport(absl::StrCat(snapshots, "last"), format));
  }
}

TEST_F(ModelExportTest, WorksForEachModelAndAfterARestart) {
  MustGenerate("normals", v1::GENERATOR_TWO_NORMALS);
  for (const v1::JobSpec& spec : {PerceptronOn("normals", 20), MultiperceptronOn("normals", 1, 50),
                                  MlpSpec("normals", {3, 2}, 1, 50)}) {
    const std::string last = MustTrain(spec).snapshots.back().name();
    std::string before[3];
    for (int number = 0; number < 3; ++number) before[number] = MustExport(last, kFormats[number]);
    RestartServer();
    for (int number = 0; number < 3; ++number) {
      EXPECT_TRUE(MustExport(last, kFormats[number]) == before[number]);
    }
  }
}

TEST_F(ModelExportTest, OfManyMebibytesComesInChunks) {
  // 1000 x 2000 + 2000 + 2000 x 2 + 2 numbers: 8 million bytes.
  std::string csv = "label";
  for (int column = 0; column < 1000; ++column) absl::StrAppend(&csv, ",x", column);
  for (const int label : {0, 1}) {
    absl::StrAppend(&csv, "\n", label);
    for (int column = 0; column < 1000; ++column) absl::StrAppend(&csv, ",", label * column);
  }
  v1::Upload asked = UploadOf("wide", v1::UPLOAD_FORMAT_CSV, {csv});
  asked.set_label_column("label");
  v1::Dataset wide;
  ASSERT_TRUE(UploadFiles(client(), asked, {csv}, &wide).ok());
  const Run run = MustTrain(MlpSpec("wide", {2000}, /*epochs=*/1, /*batch_size=*/2));
  const std::string file = MustExport(run.snapshots.back().name(), v1::MODEL_FORMAT_NPZ);
  EXPECT_GT(file.size(), 4 * run.job.parameter_count());
}

TEST_F(ModelExportTest, OfASnapshotThatIsNotThereIsOutOfRange) {
  MustGenerate("three", v1::GENERATOR_THREE_CLASS);
  const Run run = MustTrain(MultiperceptronOn("three", /*epochs=*/1, /*batch_size=*/100));
  const RpcClient::FileRead file =
      client().ExportModel(absl::StrCat(run.job.name(), "/snapshots/999"), v1::MODEL_FORMAT_NPZ);
  EXPECT_EQ(file.status.error_code(), Code::OUT_OF_RANGE);
  EXPECT_THAT(file.status.error_message(), HasSubstr("name: the index must be in [0, "));
}

}  // namespace
}  // namespace percept::testing
