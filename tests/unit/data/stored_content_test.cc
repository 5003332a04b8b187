// Data sets whose content lies in the catalogue's content folder.
#include <algorithm>
#include <atomic>
#include <cmath>
#include <cstdint>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <limits>
#include <memory>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "gmock/gmock.h"

#include "server/base/status.h"
#include "server/data/catalogue.h"
#include "server/data/content_file.h"
#include "server/data/expression.h"
#include "server/data/generators/generator.h"
#include "server/data/transforms.h"
#include "tests/support/fake_clock.h"
#include "tests/support/memory_dataset_repository.h"
#include "tests/support/status_matchers.h"
#include "tests/support/temp_dir.h"

namespace percept::data {
namespace {

using ::percept::testing::FakeClock;
using ::percept::testing::MemoryDatasetRepository;
using ::percept::testing::StatusIs;
using ::percept::testing::TempDir;
using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;

class StoredContentTest : public ::testing::Test {
 protected:
  void SetUp() override {
    Restart();
    ASSERT_OK(catalogue_->Create("three", GeneratorSource{GeneratorKind::kThreeClass, 20, 10, 6, 4},
                                 "ada"));
    ASSERT_OK(
        catalogue_->Create("xor", GeneratorSource{GeneratorKind::kXor, 40, 20, 10, 4}, "ada"));
  }

  // Forgets all content in memory.
  void Restart(Catalogue::Options options = {}) {
    options.assets_dir = folder_.File("assets");
    options.content_dir = content_dir();
    catalogue_ = std::make_unique<Catalogue>(std::move(options), &repository_, &clock_);
    ASSERT_OK(catalogue_->Recover());
  }

  std::string content_dir() const { return folder_.File("data/datasets"); }

  std::vector<std::string> ContentFiles() const {
    std::vector<std::string> names;
    for (const auto& entry : std::filesystem::directory_iterator(content_dir()))
      names.push_back(entry.path().filename().string());
    std::sort(names.begin(), names.end());
    return names;
  }

  std::string ContentPath(const DatasetRecord& record) const {
    return content_dir() + "/" + record.digest + ".data";
  }

  const TempDir folder_;
  FakeClock clock_;
  MemoryDatasetRepository repository_;
  std::unique_ptr<Catalogue> catalogue_;
};

// What a client sent, with a test split of its own.
Dataset Uploaded() {
  Dataset dataset = Generate({GeneratorKind::kTwoClass, 10, 5, 5, 77});
  dataset.split(SplitKind::kTrain).dense[0] = 0.5f;
  return dataset;
}

UploadSource FromFile(const std::string& name) { return {.file_names = {name}}; }

TEST_F(StoredContentTest, TakesTwoClassesOfASet) {
  const BinarySource source{"three", 2, 0};
  clock_.Advance(absl::Seconds(3));
  ASSERT_OK_AND_ASSIGN(const DatasetRecord record, catalogue_->Create("pair", source, "bob"));
  EXPECT_EQ(record.source, Source(source));
  EXPECT_EQ(record.owner, "bob");
  EXPECT_EQ(record.create_time, clock_.Now());
  EXPECT_EQ(record.inputs, 2);
  EXPECT_EQ(record.classes, 2);
  EXPECT_THAT(record.splits[0].class_counts, ElementsAre(20, 20));
  EXPECT_THAT(record.splits[1].class_counts, ElementsAre(10, 10));
  EXPECT_THAT(record.splits[2].class_counts, ElementsAre(6, 6));
  ASSERT_OK_AND_ASSIGN(const auto content, catalogue_->Load("pair"));
  EXPECT_EQ(ContentDigest(*content), record.digest);
  EXPECT_EQ(record.size_bytes, content->size_bytes());
}

TEST_F(StoredContentTest, ComputesFeaturesAndInheritsTheTestSplit) {
  ASSERT_OK_AND_ASSIGN(
      const DatasetRecord record,
      catalogue_->Create("turned", DerivedSource{"xor", {"x0", "x0*x1/abs(x0)", "1"}, {}}, ""));
  EXPECT_EQ(record.inputs, 3);
  ASSERT_OK_AND_ASSIGN(const auto from, catalogue_->Load("xor"));
  ASSERT_OK_AND_ASSIGN(const auto content, catalogue_->Load("turned"));
  for (size_t split = 0; split < kSplitCount; ++split) {
    EXPECT_EQ(content->splits[split].labels, from->splits[split].labels);
    EXPECT_EQ(record.splits[split].examples, from->splits[split].examples);
  }
  const std::vector<float>& x = from->split(SplitKind::kTest).dense;
  const std::vector<float>& y = content->split(SplitKind::kTest).dense;
  for (size_t row = 0; row < 20; ++row) {
    EXPECT_EQ(y[3 * row], x[2 * row]);
    EXPECT_FLOAT_EQ(y[3 * row + 1], x[2 * row + 1] * std::copysign(1.0f, x[2 * row]));
    EXPECT_EQ(y[3 * row + 2], 1.0f);
  }
}

TEST_F(StoredContentTest, NormalisesASet) {
  ASSERT_OK(catalogue_->Create("scaled", NormalisedSource{"three"}, ""));
  ASSERT_OK_AND_ASSIGN(const auto content, catalogue_->Load("scaled"));
  double sum = 0.0;
  double squares = 0.0;
  VisitRows(*content, SplitKind::kTrain, [&](int64_t, absl::Span<const float> x) {
    sum += double{x[0]};
    squares += double{x[0]} * double{x[0]};
  });
  EXPECT_NEAR(sum / 60, 0.0, 1e-6);
  EXPECT_NEAR(squares / 60, 1.0, 1e-6);
}

TEST_F(StoredContentTest, MakesSetsOfSetsThatWereMade) {
  ASSERT_OK(catalogue_->Create("pair", BinarySource{"three", 1, 2}, ""));
  ASSERT_OK(catalogue_->Create("turned", DerivedSource{"pair", {"x1", "x0*x1"}, {}}, ""));
  ASSERT_OK(catalogue_->Create("scaled", NormalisedSource{"turned"}, ""));
  EXPECT_THAT(catalogue_->Get("scaled")->splits[0].class_counts, ElementsAre(20, 20));
}

TEST_F(StoredContentTest, GivesTheSameAfterARestartAndWithoutTheOrigin) {
  ASSERT_OK_AND_ASSIGN(const DatasetRecord record,
                       catalogue_->Create("scaled", NormalisedSource{"three"}, ""));
  ASSERT_OK(catalogue_->Delete("three"));
  Restart();
  ASSERT_OK_AND_ASSIGN(const auto content, catalogue_->Load("scaled"));
  EXPECT_EQ(ContentDigest(*content), record.digest);
  EXPECT_EQ(*catalogue_->Get("scaled"), record);
}

TEST_F(StoredContentTest, NamesAllFieldsThatAreWrong) {
  const absl::Status status =
      catalogue_
          ->Create("X", DerivedSource{"Three", {}, std::numeric_limits<double>::infinity()}, "")
          .status();
  std::vector<std::string> fields;
  for (const FieldViolation& violation : FieldViolationsOf(status))
    fields.push_back(violation.field);
  EXPECT_THAT(fields,
              ElementsAre("dataset_id", "dataset.derived.dataset", "dataset.derived.features",
                          "dataset.derived.nonfinite_replacement"));
  EXPECT_THAT(catalogue_->Create("a", BinarySource{"", 1, 0}, ""),
              StatusIs(absl::StatusCode::kInvalidArgument,
                       "dataset.binary.dataset: must name a data set, got \"\""));
  EXPECT_THAT(
      catalogue_->Create("a", NormalisedSource{"a/b"}, ""),
      StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("dataset.normalised.dataset")));
  EXPECT_THAT(catalogue_->Create("a", BinarySource{"three", 3, 0}, ""),
              StatusIs(absl::StatusCode::kInvalidArgument,
                       "dataset.binary.positive_label: must be in [0, 2], got 3"));
  // Finite in double precision only.
  EXPECT_THAT(catalogue_->Create("a", DerivedSource{"three", {"x0"}, 1e39}, ""),
              StatusIs(absl::StatusCode::kInvalidArgument,
                       HasSubstr("dataset.derived.nonfinite_replacement: must be in")));
  EXPECT_THAT(ContentFiles(), IsEmpty());
}

TEST_F(StoredContentTest, NamesEveryFeatureThatCannotBeRead) {
  const absl::Status status =
      catalogue_->Create("a", DerivedSource{"three", {"x0", "x2", "x1", "x0*"}, {}}, "").status();
  std::vector<std::string> fields;
  for (const FieldViolation& violation : FieldViolationsOf(status))
    fields.push_back(violation.field);
  EXPECT_THAT(fields, ElementsAre("dataset.derived.features[1]", "dataset.derived.features[3]"));
}

TEST_F(StoredContentTest, TakesUpTo1024Features) {
  EXPECT_OK(catalogue_->Create(
      "most", DerivedSource{"three", std::vector<std::string>(1024, "x0"), {}}, ""));
  EXPECT_THAT(catalogue_->Create(
                  "more", DerivedSource{"three", std::vector<std::string>(1025, "x0"), {}}, ""),
              StatusIs(absl::StatusCode::kInvalidArgument,
                       "dataset.derived.features: must be 1 to 1024 expressions, got 1025"));
}

TEST_F(StoredContentTest, RefusesFeaturesThatAreNotFiniteUnlessReplaced) {
  EXPECT_THAT(catalogue_->Create("a", DerivedSource{"three", {"x0", "1/(x0-x0)"}, {}}, ""),
              StatusIs(absl::StatusCode::kInvalidArgument,
                       AllOf(HasSubstr("dataset.derived.features[1]: must be finite"),
                             HasSubstr("train row 0, column 1"))));
  EXPECT_THAT(catalogue_->Get("a"), StatusIs(absl::StatusCode::kNotFound));
  EXPECT_THAT(ContentFiles(), IsEmpty());
  ASSERT_OK(catalogue_->Create("a", DerivedSource{"three", {"x0", "1/(x0-x0)"}, -1.5}, ""));
  ASSERT_OK_AND_ASSIGN(const auto content, catalogue_->Load("a"));
  EXPECT_EQ(content->split(SplitKind::kTest).dense[1], -1.5f);
}

TEST_F(StoredContentTest, NamesTheOriginThatDoesNotExist) {
  for (const auto& [source, field] : std::vector<std::pair<Source, std::string>>{
           {BinarySource{"none", 1, 0}, "dataset.binary.dataset"},
           {DerivedSource{"none", {"x0"}, {}}, "dataset.derived.dataset"},
           {NormalisedSource{"none"}, "dataset.normalised.dataset"}}) {
    const absl::Status status = catalogue_->Create("a", source, "").status();
    EXPECT_THAT(status, StatusIs(absl::StatusCode::kNotFound,
                                 HasSubstr(field + ": datasets/none: no such data set")));
    EXPECT_EQ(ReasonOf(status), "DATASET_NOT_FOUND");
  }
  EXPECT_THAT(catalogue_->Create("a", BinarySource{"mnist", 1, 0}, ""),
              StatusIs(absl::StatusCode::kFailedPrecondition,
                       HasSubstr("dataset.binary.dataset: datasets/mnist: not installed")));
}

TEST_F(StoredContentTest, RefusesWhatWouldTakeTooMuchMemoryBeforeItTakesAny) {
  Restart({.max_content_bytes = 1000});
  // 108 rows of three and of two columns, with their labels.
  EXPECT_THAT(catalogue_->Create("a", DerivedSource{"three", {"x0", "x1", "0"}, {}}, ""),
              StatusIs(absl::StatusCode::kResourceExhausted,
                       "dataset.derived: must take at most 1000 bytes in memory, would take 1728"));
  EXPECT_THAT(
      catalogue_->Create("a", NormalisedSource{"three"}, ""),
      StatusIs(absl::StatusCode::kResourceExhausted,
               "dataset.normalised: must take at most 1000 bytes in memory, would take 1296"));
  EXPECT_THAT(catalogue_->Add("a", FromFile("a.npz"), Generate({.train_per_class = 100}), ""),
              StatusIs(absl::StatusCode::kResourceExhausted, HasSubstr("datasets/a: must take")));
  EXPECT_THAT(ContentFiles(), IsEmpty());
}

TEST_F(StoredContentTest, RefusesFeaturesThatTakeTooLongToCompute) {
  const std::vector<std::string> features = {"x0*x1", "x0+1"};
  const int64_t cost = Expression::Parse("x0*x1", 2)->cost() + Expression::Parse("x0+1", 2)->cost();
  Restart({.max_feature_operations = 108 * cost - 1});
  const absl::Status status =
      catalogue_->Create("a", DerivedSource{"three", features, {}}, "").status();
  EXPECT_THAT(status, StatusIs(absl::StatusCode::kResourceExhausted,
                               HasSubstr("dataset.derived.features: must take at most")));
  EXPECT_EQ(ReasonOf(status), "DATASET_TOO_COSTLY");
  Restart({.max_feature_operations = 108 * cost});
  EXPECT_OK(catalogue_->Create("a", DerivedSource{"three", features, {}}, ""));
}

TEST_F(StoredContentTest, KeepsWhatWasUploaded) {
  const UploadSource source = FromFile("points.npz");
  ASSERT_OK_AND_ASSIGN(const DatasetRecord record,
                       catalogue_->Add("sent", source, Uploaded(), "ada"));
  EXPECT_EQ(record.source, Source(source));
  EXPECT_EQ(record.digest, ContentDigest(Uploaded()));
  EXPECT_THAT(ContentFiles(), ElementsAre(record.digest + ".data"));
  Restart();
  ASSERT_OK_AND_ASSIGN(const auto content, catalogue_->Load("sent"));
  EXPECT_EQ(ContentDigest(*content), record.digest);
  EXPECT_THAT(catalogue_->Add("sent", source, Uploaded(), "ada"),
              StatusIs(absl::StatusCode::kAlreadyExists));
  EXPECT_THAT(catalogue_->Add("mnist", source, Uploaded(), "ada"),
              StatusIs(absl::StatusCode::kAlreadyExists));
  EXPECT_THAT(catalogue_->Add("Sent", source, Uploaded(), "ada"),
              StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("dataset_id")));
}

TEST_F(StoredContentTest, FindsADamagedByteAnywhere) {
  ASSERT_OK_AND_ASSIGN(const DatasetRecord record,
                       catalogue_->Add("sent", FromFile("a.npz"), Uploaded(), ""));
  std::ifstream in(ContentPath(record), std::ios::binary);
  const std::string bytes{std::istreambuf_iterator<char>(in), {}};
  for (size_t place = 0; place < bytes.size(); place += 17) {
    std::string damaged = bytes;
    damaged[place] = static_cast<char>(damaged[place] ^ 1);
    std::ofstream(ContentPath(record), std::ios::binary) << damaged;
    Restart();
    const absl::Status status = catalogue_->Load("sent").status();
    EXPECT_THAT(status, StatusIs(absl::StatusCode::kDataLoss, HasSubstr("datasets/sent: ")))
        << place;
    EXPECT_EQ(ReasonOf(status), "DATASET_CORRUPT");
  }
  std::filesystem::remove(ContentPath(record));
  Restart();
  EXPECT_THAT(catalogue_->Load("sent"),
              StatusIs(absl::StatusCode::kDataLoss, HasSubstr("is not there")));
  EXPECT_THAT(catalogue_->Load("sent", TrainOn::kTrainAndValidation),
              StatusIs(absl::StatusCode::kDataLoss, HasSubstr("datasets/sent: ")));
}

TEST_F(StoredContentTest, SharesOneFileAmongRecordsOfTheSameContent) {
  ASSERT_OK_AND_ASSIGN(const DatasetRecord first,
                       catalogue_->Add("first", FromFile("a.npz"), Uploaded(), ""));
  ASSERT_OK(catalogue_->Add("second", FromFile("b.npz"), Uploaded(), ""));
  EXPECT_THAT(ContentFiles(), SizeIs(1));
  ASSERT_OK_AND_ASSIGN(const auto one, catalogue_->Load("first"));
  ASSERT_OK_AND_ASSIGN(const auto other, catalogue_->Load("second"));
  EXPECT_EQ(one.get(), other.get());
  ASSERT_OK(catalogue_->Delete("first"));
  EXPECT_THAT(ContentFiles(), ElementsAre(first.digest + ".data"));
  Restart();
  EXPECT_OK(catalogue_->Load("second"));
  ASSERT_OK(catalogue_->Delete("second"));
  EXPECT_THAT(ContentFiles(), IsEmpty());
}

TEST_F(StoredContentTest, KeepsTheFileThatAJobRefersTo) {
  ASSERT_OK(catalogue_->Add("sent", FromFile("a.npz"), Uploaded(), ""));
  repository_.Use("sent");
  EXPECT_THAT(catalogue_->Delete("sent"), StatusIs(absl::StatusCode::kFailedPrecondition));
  Restart();
  EXPECT_OK(catalogue_->Load("sent"));
}

TEST_F(StoredContentTest, LeavesNothingOfARecordThatIsNotTaken) {
  std::vector<std::thread> threads;
  std::atomic<int> created = 0;
  for (int number = 0; number < 4; ++number) {
    threads.emplace_back([&, number] {
      // The same id, each with another content.
      const auto record = catalogue_->Create(
          "same", DerivedSource{"three", {"x0+" + std::to_string(number)}, {}}, "");
      if (record.ok()) {
        ++created;
      } else {
        EXPECT_THAT(record, StatusIs(absl::StatusCode::kAlreadyExists));
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(created, 1);
  EXPECT_THAT(ContentFiles(), ElementsAre(catalogue_->Get("same")->digest + ".data"));
  Restart();
  EXPECT_OK(catalogue_->Load("same"));
}

TEST_F(StoredContentTest, KeepsAFileThatComesWhileAnotherOfItsDigestGoes) {
  constexpr int kRounds = 30;
  const auto add_and_delete = [&](const std::string& id) {
    for (int round = 0; round < kRounds; ++round) {
      ASSERT_OK(catalogue_->Add(id, FromFile("a.npz"), Uploaded(), ""));
      ASSERT_OK(ReadContentFile(ContentPath(*catalogue_->Get(id))));
      ASSERT_OK(catalogue_->Delete(id));
    }
  };
  std::thread first([&] { add_and_delete("first"); });
  std::thread second([&] { add_and_delete("second"); });
  first.join();
  second.join();
  EXPECT_THAT(ContentFiles(), IsEmpty());
}

TEST_F(StoredContentTest, RecoversFromFilesThatNoRecordRefersTo) {
  ASSERT_OK_AND_ASSIGN(const DatasetRecord record,
                       catalogue_->Add("sent", FromFile("a.npz"), Uploaded(), ""));
  const std::string kept = record.digest + ".data";
  const std::string orphan = std::string(64, 'a') + ".data";
  for (const std::string& name : {orphan, kept + ".0123456789", orphan + ".0123456789"})
    std::ofstream(content_dir() + "/" + name) << "left by a crash";
  std::ofstream(content_dir() + "/README") << "somebody's own";
  Restart();
  EXPECT_THAT(ContentFiles(), ElementsAre(kept, "README"));
  EXPECT_OK(catalogue_->Load("sent"));
}

TEST_F(StoredContentTest, CannotRecoverWhereItsFolderIsAFile) {
  std::ofstream(folder_.File("file")) << "x";
  Catalogue catalogue({.content_dir = folder_.File("file")}, &repository_, &clock_);
  EXPECT_THAT(catalogue.Recover(),
              StatusIs(absl::StatusCode::kUnavailable, HasSubstr(folder_.File("file"))));
}

}  // namespace
}  // namespace percept::data
