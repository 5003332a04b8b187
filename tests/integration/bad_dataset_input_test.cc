// Each bad request for a data set or an upload: its status code, a message with field, rule and
// value, details for programs; and a server that goes on.
#include <cmath>
#include <functional>
#include <limits>
#include <string>

#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"

#include "tests/integration/server_fixture.h"
#include "tests/integration/violations.h"

namespace percept::testing {
namespace {

using ::testing::HasSubstr;
using ::testing::IsEmpty;

using Code = grpc::StatusCode;

class BadDatasetInputTest : public ServerFixture {
 protected:
  BadDatasetInputTest() { MustGenerate("points", v1::GENERATOR_THREE_CLASS); }

  // Whatever was sent, the server still serves and trains, and kept nothing.
  ~BadDatasetInputTest() override {
    MustTrain(MlpSpec("points", {4}, /*epochs=*/1, /*batch_size=*/100));
    EXPECT_THAT(FilesKept(), IsEmpty());
  }

  grpc::Status CreateDataset(const std::function<void(v1::CreateDatasetRequest&)>& change) {
    v1::CreateDatasetRequest request = GeneratedDataset("fresh", v1::GENERATOR_THREE_CLASS);
    change(request);
    v1::Dataset dataset;
    return client().CreateDataset(request, &dataset);
  }

  grpc::Status CreateUpload(const std::function<void(v1::Upload&)>& change) {
    v1::Upload asked = UploadOf("fresh", v1::UPLOAD_FORMAT_CSV, {"x,y\n1,0\n"});
    change(asked);
    v1::Upload upload;
    return client().CreateUpload(asked, &upload);
  }
};

TEST_F(BadDatasetInputTest, FieldsOfADataSetOutOfTheirRange) {
  const struct {
    const char* field;
    const char* description;
    std::function<void(v1::CreateDatasetRequest&)> change;
  } cases[] = {
      {"dataset_id", "must match [a-z][a-z0-9-]{0,62}", [](auto& r) { r.clear_dataset_id(); }},
      {"dataset_id", "must match [a-z][a-z0-9-]{0,62}", [](auto& r) { r.set_dataset_id("Upper"); }},
      {"dataset_id", "must match [a-z][a-z0-9-]{0,62}",
       [](auto& r) { r.set_dataset_id(std::string(64, 'a')); }},
      {"dataset.source", "must be set", [](auto& r) { r.clear_dataset(); }},
      {"dataset.upload", "must be left to the server",
       [](auto& r) { r.mutable_dataset()->mutable_upload(); }},
      {"dataset.generator.generator", "must be one of",
       [](auto& r) {
         r.mutable_dataset()->mutable_generator()->set_generator(v1::GENERATOR_UNSPECIFIED);
       }},
      {"dataset.generator.generator", "must be one of",
       [](auto& r) {
         r.mutable_dataset()->mutable_generator()->set_generator(static_cast<v1::Generator>(66));
       }},
      {"dataset.generator.train_per_class", "must be in [1, 1000000], got 0",
       [](auto& r) { r.mutable_dataset()->mutable_generator()->set_train_per_class(0); }},
      {"dataset.generator.validation_per_class", "must be in [0, 1000000], got -2",
       [](auto& r) { r.mutable_dataset()->mutable_generator()->set_validation_per_class(-2); }},
      {"dataset.generator.train_per_class", "must be a multiple of 2 for xor, got 3",
       [](auto& r) {
         r.mutable_dataset()->mutable_generator()->set_generator(v1::GENERATOR_XOR);
         r.mutable_dataset()->mutable_generator()->set_train_per_class(3);
       }},
  };
  for (const auto& bad : cases) {
    ExpectViolation(CreateDataset(bad.change), bad.field, bad.description);
  }
  for (const char* id : {"points", "mnist"}) {
    const grpc::Status taken = CreateDataset([&](auto& r) { r.set_dataset_id(id); });
    EXPECT_EQ(taken.error_code(), Code::ALREADY_EXISTS);
    EXPECT_EQ(DetailsOf(taken).info.reason(), "DATASET_EXISTS");
  }
}

TEST_F(BadDatasetInputTest, FieldsOfASetMadeFromAnotherOutOfTheirRange) {
  const struct {
    const char* field;
    const char* description;
    std::function<void(v1::Dataset&)> change;
  } cases[] = {
      {"dataset.binary.dataset", "must be a name like datasets/ID, got \"\"",
       [](auto& d) { d.mutable_binary(); }},
      {"dataset.binary.positive_label", "must be in [0, 2], got 3",
       [](auto& d) {
         d.mutable_binary()->set_dataset("datasets/points");
         d.mutable_binary()->set_positive_label(3);
       }},
      {"dataset.binary.negative_label", "must be in [0, 2], got -1",
       [](auto& d) {
         d.mutable_binary()->set_dataset("datasets/points");
         d.mutable_binary()->set_negative_label(-1);
       }},
      {"dataset.binary.negative_label", "must be other than positive_label, got 0",
       [](auto& d) { d.mutable_binary()->set_dataset("datasets/points"); }},
      {"dataset.derived.dataset", "must be a name like datasets/ID, got \"points\"",
       [](auto& d) { d.mutable_derived()->set_dataset("points"); }},
      {"dataset.derived.features", "must be 1 to 1024 expressions, got 0",
       [](auto& d) { d.mutable_derived()->set_dataset("datasets/points"); }},
      {"dataset.derived.features[1]", "byte 1: a column must be in [x0, x1], got \"x2\"",
       [](auto& d) {
         d.mutable_derived()->set_dataset("datasets/points");
         d.mutable_derived()->add_features("x0");
         d.mutable_derived()->add_features("x2");
       }},
      {"dataset.derived.features[0]", "byte 5: must be",
       [](auto& d) {
         d.mutable_derived()->set_dataset("datasets/points");
         d.mutable_derived()->add_features("x0 +");
       }},
      {"dataset.derived.features[0]", "byte 1001: must be at most 1000 bytes long",
       [](auto& d) {
         d.mutable_derived()->set_dataset("datasets/points");
         d.mutable_derived()->add_features(std::string(1001, '1'));
       }},
      {"dataset.derived.features[0]", "must be finite for every example",
       [](auto& d) {
         d.mutable_derived()->set_dataset("datasets/points");
         d.mutable_derived()->add_features("x0/0");
       }},
      {"dataset.derived.nonfinite_replacement", "must be in",
       [](auto& d) {
         d.mutable_derived()->set_dataset("datasets/points");
         d.mutable_derived()->add_features("x0/0");
         d.mutable_derived()->set_nonfinite_replacement(std::nan(""));
       }},
      {"dataset.normalised.dataset", "must be a name like datasets/ID, got \"datasets/\"",
       [](auto& d) { d.mutable_normalised()->set_dataset("datasets/"); }},
  };
  for (const auto& bad : cases) {
    ExpectViolation(CreateDataset([&](auto& r) { bad.change(*r.mutable_dataset()); }), bad.field,
                    bad.description);
  }
}

TEST_F(BadDatasetInputTest, SetMadeFromOneThatIsNotThereIsNotFound) {
  for (const auto& change : {std::function<void(v1::Dataset&)>([](auto& d) {
                               d.mutable_binary()->set_dataset("datasets/none");
                               d.mutable_binary()->set_positive_label(1);
                             }),
                             std::function<void(v1::Dataset&)>([](auto& d) {
                               d.mutable_derived()->set_dataset("datasets/none");
                               d.mutable_derived()->add_features("x0");
                             }),
                             std::function<void(v1::Dataset&)>([](auto& d) {
                               d.mutable_normalised()->set_dataset("datasets/none");
                             })}) {
    const grpc::Status status = CreateDataset([&](auto& r) { change(*r.mutable_dataset()); });
    EXPECT_EQ(status.error_code(), Code::NOT_FOUND);
    EXPECT_THAT(status.error_message(), HasSubstr("datasets/none"));
  }
}

TEST_F(BadDatasetInputTest, FieldsOfAnUploadOutOfTheirRange) {
  const struct {
    const char* field;
    const char* description;
    std::function<void(v1::Upload&)> change;
  } cases[] = {
      {"upload.dataset_id", "must match [a-z][a-z0-9-]{0,62}",
       [](auto& u) { u.set_dataset_id("../x"); }},
      {"upload.format", "must be one of the enumeration's values other than 0, got 0",
       [](auto& u) { u.clear_format(); }},
      {"upload.files", "must be 1 file for this format, got 0", [](auto& u) { u.clear_files(); }},
      {"upload.files", "must be 1 file for this format, got 2",
       [](auto& u) { *u.add_files() = u.files(0); }},
      {"upload.files", "must be 2 or 4 files for IDX, got 1",
       [](auto& u) { u.set_format(v1::UPLOAD_FORMAT_IDX); }},
      {"upload.files[0].file_name", "must be 1 to 255 bytes",
       [](auto& u) { u.mutable_files(0)->clear_file_name(); }},
      {"upload.files[0].file_name", "must be 1 to 255 bytes",
       [](auto& u) { u.mutable_files(0)->set_file_name(std::string(256, 'x')); }},
      {"upload.files[0].size_bytes", "must be at least 1, got 0",
       [](auto& u) { u.mutable_files(0)->set_size_bytes(0); }},
      {"upload.files[0].size_bytes", "must be at least 1, got -9223372036854775808",
       [](auto& u) { u.mutable_files(0)->set_size_bytes(std::numeric_limits<int64_t>::min()); }},
      {"upload.files[0].sha256", "must be 32 bytes or unset, got 31 bytes",
       [](auto& u) { u.mutable_files(0)->set_sha256(std::string(31, 's')); }},
      {"upload.label_column", "must be unset unless the format is CSV",
       [](auto& u) {
         u.set_format(v1::UPLOAD_FORMAT_NPZ);
         u.set_label_column("y");
       }},
      {"upload.validation_fraction", "must be in [0, 1), got 1",
       [](auto& u) { u.set_validation_fraction(1); }},
      {"upload.test_fraction", "must be in [0, 1), got nan",
       [](auto& u) { u.set_test_fraction(std::nan("")); }},
      {"upload.test_fraction", "must be below 1 together with validation_fraction, got 1",
       [](auto& u) {
         u.set_validation_fraction(0.5);
         u.set_test_fraction(0.5);
       }},
  };
  for (const auto& bad : cases) {
    ExpectViolation(CreateUpload(bad.change), bad.field, bad.description);
  }
  const grpc::Status taken = CreateUpload([](auto& u) { u.set_dataset_id("points"); });
  EXPECT_EQ(taken.error_code(), Code::ALREADY_EXISTS);
  EXPECT_EQ(DetailsOf(taken).info.reason(), "DATASET_EXISTS");
}

TEST_F(BadDatasetInputTest, UploadLargerThanTheServerAllowsIsResourceExhausted) {
  for (const int64_t size : {(int64_t{1} << 30) + 1, std::numeric_limits<int64_t>::max()}) {
    const grpc::Status status =
        CreateUpload([&](auto& u) { u.mutable_files(0)->set_size_bytes(size); });
    EXPECT_EQ(status.error_code(), Code::RESOURCE_EXHAUSTED);
    EXPECT_THAT(status.error_message(), HasSubstr("must be at most 1073741824 bytes"));
  }
}

TEST_F(BadDatasetInputTest, NamesOfOtherForms) {
  v1::Upload upload;
  v1::Dataset dataset;
  for (const char* name :
       {"", "uploads", "uploads/", "uploads/../x", "datasets/x", "uploads/a/b"}) {
    const std::string expected = absl::StrCat("must be a name like uploads/ID, got \"", name, "\"");
    v1::UploadChunkRequest chunk;
    chunk.set_name(name);
    ExpectViolation(client().GetUpload(name, &upload), "name", expected);
    ExpectViolation(client().UploadChunk(chunk, &upload), "name", expected);
    ExpectViolation(client().FinishUpload(name, &dataset), "name", expected);
    ExpectViolation(client().DeleteUpload(name), "name", expected);
  }
  for (const char* name : {"", "points", "datasets/", "jobs/points", "datasets/../points"}) {
    const std::string expected =
        absl::StrCat("must be a name like datasets/ID, got \"", name, "\"");
    v1::ReadExamplesRequest read;
    read.set_name(name);
    v1::ReadExamplesResponse examples;
    ExpectViolation(client().ReadExamples(read, &examples), "name", expected);
    ExpectViolation(client().ExportDataset(name).status, "name", expected);
    ExpectViolation(client().DeleteDataset(name), "name", expected);
  }
}

TEST_F(BadDatasetInputTest, UnknownOnesAreNotFoundWhereverTheyAreNamed) {
  v1::Upload upload;
  v1::Dataset dataset;
  v1::UploadChunkRequest chunk;
  chunk.set_name("uploads/none");
  chunk.set_data("x");
  v1::ReadExamplesRequest read;
  read.set_name("datasets/none");
  v1::ReadExamplesResponse examples;
  for (const grpc::Status& status :
       {client().GetUpload("uploads/none", &upload), client().UploadChunk(chunk, &upload),
        client().FinishUpload("uploads/none", &dataset), client().DeleteUpload("uploads/none"),
        client().ReadExamples(read, &examples), client().ExportDataset("datasets/none").status,
        client().DeleteDataset("datasets/none")}) {
    EXPECT_EQ(status.error_code(), Code::NOT_FOUND) << status.error_message();
    EXPECT_THAT(status.error_message(), HasSubstr("s/none"));
  }
}

TEST_F(BadDatasetInputTest, ExamplesThatAreNotThere) {
  v1::ReadExamplesRequest request;
  request.set_name("datasets/points");
  v1::ReadExamplesResponse response;
  request.set_start_index(601);
  ExpectViolation(client().ReadExamples(request, &response), "start_index",
                  "must be in [0, 600], got 601");
  request.set_start_index(0);
  request.add_indices(600);
  ExpectViolation(client().ReadExamples(request, &response), "indices[0]",
                  "must be in [0, 600), got 600");
}

}  // namespace
}  // namespace percept::testing
