#include "server/rpc/convert_dataset.h"

#include <variant>

#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"

#include "tests/support/status_matchers.h"

namespace percept::rpc {
namespace {

using percept::testing::StatusIs;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

TEST(GeneratorNumbers, AreThoseOfTheContract) {
  EXPECT_EQ(static_cast<int>(data::GeneratorKind::kTwoNormals), v1::GENERATOR_TWO_NORMALS);
  EXPECT_EQ(static_cast<int>(data::GeneratorKind::kTwoClass), v1::GENERATOR_TWO_CLASS);
  EXPECT_EQ(static_cast<int>(data::GeneratorKind::kThreeClass), v1::GENERATOR_THREE_CLASS);
  EXPECT_EQ(static_cast<int>(data::GeneratorKind::kXor), v1::GENERATOR_XOR);
  EXPECT_EQ(static_cast<int>(data::GeneratorKind::kBullseye), v1::GENERATOR_BULLSEYE);
  EXPECT_EQ(v1::Generator_ARRAYSIZE, 6) << "a generator was added; hold it to its number here";
}

TEST(SplitNumbers, AreThoseOfTheContractLessOne) {
  EXPECT_EQ(static_cast<int>(data::SplitKind::kTrain) + 1, v1::SPLIT_TRAIN);
  EXPECT_EQ(static_cast<int>(data::SplitKind::kValidation) + 1, v1::SPLIT_VALIDATION);
  EXPECT_EQ(static_cast<int>(data::SplitKind::kTest) + 1, v1::SPLIT_TEST);
  EXPECT_EQ(v1::Split_ARRAYSIZE, 4);
}

TEST(DatasetSource, HasTheDocumentedDefaults) {
  v1::Dataset dataset;
  dataset.mutable_generator()->set_generator(v1::GENERATOR_BULLSEYE);
  ASSERT_OK_AND_ASSIGN(const data::Source source, SourceFromProto(dataset));
  EXPECT_EQ(source, data::Source(data::GeneratorSource{.generator = data::GeneratorKind::kBullseye,
                                                       .train_per_class = 200,
                                                       .validation_per_class = 100,
                                                       .test_per_class = 0,
                                                       .seed = 0}));
}

TEST(DatasetSource, KeepsWhatWasGivenZeroIncluded) {
  v1::Dataset dataset;
  v1::GeneratorSource* given = dataset.mutable_generator();
  given->set_generator(v1::GENERATOR_XOR);
  given->set_train_per_class(4);
  given->set_validation_per_class(0);
  given->set_test_per_class(2);
  given->set_seed(~uint64_t{0});
  ASSERT_OK_AND_ASSIGN(const data::Source made, SourceFromProto(dataset));
  const auto& source = std::get<data::GeneratorSource>(made);
  EXPECT_EQ(source.train_per_class, 4);
  EXPECT_EQ(source.validation_per_class, 0);
  EXPECT_EQ(source.test_per_class, 2);
  EXPECT_EQ(source.seed, ~uint64_t{0});
}

TEST(DatasetSource, ThatIsMissingOrTheServersIsRefused) {
  v1::Dataset dataset;
  EXPECT_THAT(SourceFromProto(dataset), StatusIs(absl::StatusCode::kInvalidArgument,
                                                 HasSubstr("dataset.source: must be set")));
  dataset.mutable_installed();
  EXPECT_THAT(SourceFromProto(dataset),
              StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("dataset.installed: ")));
  dataset.mutable_generator();
  EXPECT_THAT(SourceFromProto(dataset),
              StatusIs(absl::StatusCode::kInvalidArgument,
                       HasSubstr("dataset.generator.generator: must be one of")));
}

TEST(DatasetSource, OfAnotherSetNamesItsField) {
  for (const char* name : {"", "xor", "jobs/xor", "datasets/", "datasets/a/b"}) {
    v1::Dataset dataset;
    const auto expect_refused = [&](const char* field) {
      EXPECT_THAT(
          SourceFromProto(dataset),
          StatusIs(absl::StatusCode::kInvalidArgument,
                   absl::StrCat(field, ": must be a name like datasets/ID, got \"", name, "\"")));
    };
    dataset.mutable_binary()->set_dataset(name);
    expect_refused("dataset.binary.dataset");
    dataset.mutable_derived()->set_dataset(name);
    expect_refused("dataset.derived.dataset");
    dataset.mutable_normalised()->set_dataset(name);
    expect_refused("dataset.normalised.dataset");
  }
}

// What a client gives comes back, and goes through the record.
void ExpectRoundTrip(const v1::Dataset& given) {
  ASSERT_OK_AND_ASSIGN(const data::Source source, SourceFromProto(given));
  data::DatasetRecord record;
  record.source = source;
  v1::Dataset shown = ToProto(record);
  EXPECT_EQ(shown.source_case(), given.source_case());
  v1::Dataset source_alone;
  if (shown.has_binary()) *source_alone.mutable_binary() = shown.binary();
  if (shown.has_derived()) *source_alone.mutable_derived() = shown.derived();
  if (shown.has_normalised()) *source_alone.mutable_normalised() = shown.normalised();
  EXPECT_EQ(source_alone.DebugString(), given.DebugString());
}

TEST(DatasetSource, OfAnotherSetComesBackWithEveryField) {
  v1::Dataset given;
  given.mutable_binary()->set_dataset("datasets/mnist");
  given.mutable_binary()->set_positive_label(2);
  given.mutable_binary()->set_negative_label(5);
  ExpectRoundTrip(given);
  given.mutable_derived()->set_dataset("datasets/xor");
  given.mutable_derived()->add_features("x0");
  given.mutable_derived()->add_features("x0*x1/abs(x0)");
  ExpectRoundTrip(given);
  EXPECT_FALSE(std::get<data::DerivedSource>(*SourceFromProto(given)).nonfinite_replacement);
  given.mutable_derived()->set_nonfinite_replacement(0.0);
  ExpectRoundTrip(given);
  EXPECT_EQ(std::get<data::DerivedSource>(*SourceFromProto(given)).nonfinite_replacement, 0.0);
  given.mutable_normalised()->set_dataset("datasets/xor");
  ExpectRoundTrip(given);
}

TEST(DatasetRecord, OfAGeneratorBecomesItsResource) {
  data::DatasetRecord record;
  record.id = "xor";
  record.source = data::GeneratorSource{.generator = data::GeneratorKind::kXor, .seed = 9};
  record.inputs = 2;
  record.classes = 2;
  record.splits[0] = {.examples = 5, .class_counts = {2, 3}};
  record.digest = "abc";
  record.size_bytes = 60;
  record.create_time = absl::FromUnixSeconds(1700000000);
  record.owner = "ann";
  const v1::Dataset dataset = ToProto(record);
  EXPECT_EQ(dataset.name(), "datasets/xor");
  EXPECT_EQ(dataset.generator().generator(), v1::GENERATOR_XOR);
  EXPECT_EQ(dataset.generator().train_per_class(), 200);
  EXPECT_EQ(dataset.generator().seed(), 9);
  EXPECT_EQ(dataset.inputs(), 2);
  ASSERT_EQ(dataset.splits_size(), 3);
  EXPECT_EQ(dataset.splits(0).split(), v1::SPLIT_TRAIN);
  EXPECT_EQ(dataset.splits(0).examples(), 5);
  EXPECT_THAT(dataset.splits(0).class_counts(), ElementsAre(2, 3));
  EXPECT_EQ(dataset.splits(2).split(), v1::SPLIT_TEST);
  EXPECT_FALSE(dataset.has_image_shape());
  EXPECT_EQ(dataset.create_time().seconds(), 1700000000);
  EXPECT_EQ(dataset.owner(), "ann");
}

TEST(DatasetRecord, OfAnUploadShowsItsFilesAndItsCarving) {
  data::DatasetRecord record;
  record.source = data::UploadSource{.file_names = {"a.csv"},
                                     .format = data::UploadFormat::kCsv,
                                     .label_column = "kind",
                                     .validation_fraction = 0.25,
                                     .test_fraction = 0.125,
                                     .seed = 7};
  const v1::UploadSource source = ToProto(record).upload();
  EXPECT_THAT(source.file_names(), ElementsAre("a.csv"));
  EXPECT_EQ(source.label_column(), "kind");
  EXPECT_EQ(source.validation_fraction(), 0.25);
  EXPECT_EQ(source.test_fraction(), 0.125);
  EXPECT_EQ(source.seed(), 7);
}

TEST(DatasetRecord, ShowsHowOftenAndWhenItsTestSplitWasRead) {
  data::DatasetRecord record;
  EXPECT_EQ(ToProto(record).test_read_count(), 0);
  EXPECT_FALSE(ToProto(record).has_last_test_read_time());
  record.test_read_count = 3;
  record.last_test_read_time = absl::FromUnixSeconds(1700000000);
  EXPECT_EQ(ToProto(record).test_read_count(), 3);
  EXPECT_EQ(ToProto(record).last_test_read_time().seconds(), 1700000000);
}

TEST(DatasetRecord, OfAnInstalledSetHasNoTimeAndItsShape) {
  data::DatasetRecord record;
  record.id = "mnist";
  record.source = data::InstalledSource{"digits"};
  record.image_shape = data::ImageShape{28, 29, 1};
  const v1::Dataset dataset = ToProto(record);
  EXPECT_EQ(dataset.installed().description(), "digits");
  EXPECT_FALSE(dataset.has_create_time());
  EXPECT_EQ(dataset.image_shape().height(), 28);
  EXPECT_EQ(dataset.image_shape().width(), 29);
  EXPECT_EQ(dataset.image_shape().channels(), 1);
}

}  // namespace
}  // namespace percept::rpc
