#include "server/data/catalogue.h"

#include <atomic>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "gmock/gmock.h"

#include "server/base/status.h"
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

class CatalogueTest : public ::testing::Test {
 protected:
  std::unique_ptr<Catalogue> NewCatalogue(int64_t cache_bytes = int64_t{1} << 20) {
    return std::make_unique<Catalogue>(Catalogue::Options{.assets_dir = assets_.path(),
                                                          .content_dir = contents_.path(),
                                                          .cache_bytes = cache_bytes},
                                       &repository_, &clock_);
  }

  const TempDir assets_;  // Empty: nothing is installed.
  const TempDir contents_;
  FakeClock clock_;
  MemoryDatasetRepository repository_;
  const std::unique_ptr<Catalogue> catalogue_ = NewCatalogue();
};

std::vector<std::string> IdsOf(const std::vector<DatasetRecord>& records) {
  std::vector<std::string> ids;
  for (const DatasetRecord& record : records) ids.push_back(record.id);
  return ids;
}

TEST_F(CatalogueTest, RecordsWhatItCreates) {
  const GeneratorSource source{GeneratorKind::kThreeClass, 20, 10, 0, 7};
  clock_.Advance(absl::Nanoseconds(1500));
  ASSERT_OK_AND_ASSIGN(const DatasetRecord record, catalogue_->Create("points", source, "ada"));
  EXPECT_EQ(record.id, "points");
  EXPECT_EQ(record.source, Source(source));
  EXPECT_FALSE(record.is_installed());
  EXPECT_EQ(record.inputs, 2);
  EXPECT_EQ(record.classes, 3);
  EXPECT_EQ(record.splits[0], (DatasetRecord::SplitSummary{60, {20, 20, 20}}));
  EXPECT_EQ(record.splits[1], (DatasetRecord::SplitSummary{30, {10, 10, 10}}));
  EXPECT_EQ(record.splits[2], (DatasetRecord::SplitSummary{0, {0, 0, 0}}));
  EXPECT_EQ(record.digest, ContentDigest(Generate(source)));
  EXPECT_EQ(record.size_bytes, 90 * (2 + 1) * 4);
  EXPECT_EQ(record.create_time, absl::FromUnixSeconds(1700000000) + absl::Microseconds(1));
  EXPECT_EQ(record.owner, "ada");
  ASSERT_OK_AND_ASSIGN(const DatasetRecord found, catalogue_->Get("points"));
  EXPECT_EQ(found, record);
}

TEST_F(CatalogueTest, LoadsWhatItCreatedAfterARestart) {
  ASSERT_OK_AND_ASSIGN(const DatasetRecord record,
                       catalogue_->Create("points", GeneratorSource{}, ""));
  const std::unique_ptr<Catalogue> restarted = NewCatalogue();
  ASSERT_OK_AND_ASSIGN(const auto before, catalogue_->Load("points"));
  ASSERT_OK_AND_ASSIGN(const auto after, restarted->Load("points"));
  EXPECT_EQ(ContentDigest(*before), record.digest);
  EXPECT_EQ(ContentDigest(*after), record.digest);
}

TEST_F(CatalogueTest, RefusesContentOtherThanTheRecorded) {
  ASSERT_OK(catalogue_->Create("points", GeneratorSource{}, ""));
  repository_.Tamper("points",
                     [](DatasetRecord& record) { record.source = GeneratorSource{.seed = 1}; });
  const absl::Status status = NewCatalogue()->Load("points").status();
  EXPECT_THAT(status, StatusIs(absl::StatusCode::kDataLoss,
                               HasSubstr("datasets/points: its content must have")));
  EXPECT_EQ(ReasonOf(status), "DATASET_CORRUPT");
}

TEST_F(CatalogueTest, TakesAnIdOnce) {
  ASSERT_OK(catalogue_->Create("points", GeneratorSource{}, ""));
  const absl::Status status = catalogue_->Create("points", GeneratorSource{}, "").status();
  EXPECT_THAT(status, StatusIs(absl::StatusCode::kAlreadyExists,
                               HasSubstr("datasets/points: exists already")));
  EXPECT_EQ(ReasonOf(status), "DATASET_EXISTS");
  EXPECT_EQ(catalogue_->CheckNewId("points"), status);
  EXPECT_OK(catalogue_->CheckNewId("others"));
}

TEST_F(CatalogueTest, TakesAnIdOnceFromManyAtOnce) {
  std::atomic<int> created = 0;
  std::vector<std::thread> threads;
  for (int i = 0; i < 4; ++i) {
    threads.emplace_back([&, i] {
      const GeneratorSource source{GeneratorKind::kXor, 20, 10, 0, static_cast<uint64_t>(i)};
      const auto record = catalogue_->Create("points", source, "");
      if (record.ok()) {
        ++created;
      } else {
        EXPECT_THAT(record, StatusIs(absl::StatusCode::kAlreadyExists));
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(created, 1);
  EXPECT_OK(catalogue_->Load("points"));
}

TEST_F(CatalogueTest, TakesIdsThatFollowTheRule) {
  for (const std::string& id :
       {std::string("a"), std::string("xor-2"), std::string("a--"), std::string(63, 'z')}) {
    EXPECT_OK(catalogue_->Create(id, GeneratorSource{}, "")) << id;
  }
  for (const std::string& id :
       {std::string(), std::string("Xor"), std::string("2xor"), std::string("-a"),
        std::string("a_b"), std::string("a/b"), std::string("a.b"), std::string(64, 'z'),
        std::string("é"), std::string("a\0b", 3)}) {
    for (const absl::Status& status :
         {catalogue_->Create(id, GeneratorSource{}, "").status(), catalogue_->CheckNewId(id)}) {
      EXPECT_THAT(status,
                  StatusIs(absl::StatusCode::kInvalidArgument,
                           HasSubstr("dataset_id: must match [a-z][a-z0-9-]{0,62}, got " + id)));
    }
  }
}

TEST_F(CatalogueTest, NamesAllThatIsWrongAtOnce) {
  const absl::Status status =
      catalogue_->Create("X", GeneratorSource{GeneratorKind::kXor, 3, -2, 0, 0}, "").status();
  std::vector<std::string> fields;
  for (const FieldViolation& violation : FieldViolationsOf(status))
    fields.push_back(violation.field);
  EXPECT_THAT(fields, ElementsAre("dataset_id", "dataset.generator.train_per_class",
                                  "dataset.generator.validation_per_class"));
}

TEST_F(CatalogueTest, ReservesTheIdOfMnistEvenWhereItIsMissing) {
  EXPECT_THAT(
      catalogue_->Create("mnist", GeneratorSource{}, ""),
      StatusIs(absl::StatusCode::kAlreadyExists, HasSubstr("datasets/mnist: exists already")));
}

TEST_F(CatalogueTest, SaysWhatToDoAboutAnUnknownId) {
  for (const absl::Status& status :
       {catalogue_->Get("foo").status(), catalogue_->Load("foo").status()}) {
    EXPECT_THAT(
        status,
        StatusIs(
            absl::StatusCode::kNotFound,
            "datasets/foo: no such data set; create it with \"percept dataset create\" or choose "
            "one of \"percept dataset list\""));
    EXPECT_EQ(ReasonOf(status), "DATASET_NOT_FOUND");
  }
}

TEST_F(CatalogueTest, SaysWhatToRunWhereMnistIsMissing) {
  for (const absl::Status& status :
       {catalogue_->CheckInstalled(), catalogue_->Get("mnist").status(),
        catalogue_->Load("mnist").status()}) {
    EXPECT_THAT(status, StatusIs(absl::StatusCode::kFailedPrecondition,
                                 AllOf(HasSubstr("datasets/mnist: not installed"),
                                       HasSubstr("run script/bootstrap --assets"))));
  }
}

TEST_F(CatalogueTest, ListsByIdAPageAtATime) {
  for (const char* id : {"zebra", "ant", "otter"})
    ASSERT_OK(catalogue_->Create(id, GeneratorSource{}, ""));
  ASSERT_OK_AND_ASSIGN(const auto all, catalogue_->List("", 10));
  EXPECT_THAT(IdsOf(all), ElementsAre("ant", "otter", "zebra"));
  ASSERT_OK_AND_ASSIGN(const auto first, catalogue_->List("", 2));
  EXPECT_THAT(IdsOf(first), ElementsAre("ant", "otter"));
  ASSERT_OK_AND_ASSIGN(const auto second, catalogue_->List("otter", 2));
  EXPECT_THAT(IdsOf(second), ElementsAre("zebra"));
}

TEST_F(CatalogueTest, CountsWhatItLists) {
  EXPECT_EQ(*catalogue_->Count(), 0);
  for (const char* id : {"zebra", "ant"}) ASSERT_OK(catalogue_->Create(id, GeneratorSource{}, ""));
  EXPECT_EQ(*catalogue_->Count(), 2);
}

TEST_F(CatalogueTest, RefusesToMakeWhatOnlyTheServerMakes) {
  for (const Source& source : {Source(UploadSource{}), Source(InstalledSource{})}) {
    EXPECT_THAT(catalogue_->Create("points", source, ""),
                StatusIs(absl::StatusCode::kInvalidArgument,
                         "dataset.source: must be generator, binary, derived or normalised"));
  }
}

TEST_F(CatalogueTest, RefusesToGenerateMoreThanADataSetMayHold) {
  // 3 x 200 training and 3 x 100 validation examples of 12 bytes.
  Catalogue small({.content_dir = contents_.path(), .max_content_bytes = 10799}, &repository_,
                  &clock_);
  const GeneratorSource source{.generator = GeneratorKind::kThreeClass};
  const absl::Status status = small.Create("points", source, "").status();
  EXPECT_THAT(status, StatusIs(absl::StatusCode::kResourceExhausted,
                               "dataset.generator: must take at most 10799 bytes in memory, would "
                               "take 10800"));
  EXPECT_EQ(ReasonOf(status), "DATASET_TOO_LARGE");
  Catalogue enough({.content_dir = contents_.path(), .max_content_bytes = 10800}, &repository_,
                   &clock_);
  EXPECT_OK(enough.Create("points", source, ""));
}

TEST_F(CatalogueTest, DeletesADataSet) {
  ASSERT_OK(catalogue_->Create("points", GeneratorSource{}, ""));
  ASSERT_OK_AND_ASSIGN(const auto held, catalogue_->Load("points"));
  ASSERT_OK(catalogue_->Delete("points"));
  EXPECT_THAT(catalogue_->Get("points"), StatusIs(absl::StatusCode::kNotFound));
  EXPECT_THAT(catalogue_->Load("points"), StatusIs(absl::StatusCode::kNotFound));
  EXPECT_THAT(catalogue_->Delete("points"), StatusIs(absl::StatusCode::kNotFound));
  EXPECT_EQ(*catalogue_->Count(), 0);
  // Who holds the content goes on, and the id is free for another.
  EXPECT_EQ(held->inputs, 2);
  const GeneratorSource other{.generator = GeneratorKind::kTwoNormals};
  ASSERT_OK(catalogue_->Create("points", other, ""));
  ASSERT_OK_AND_ASSIGN(const auto content, catalogue_->Load("points"));
  EXPECT_EQ(ContentDigest(*content), ContentDigest(Generate(other)));
}

TEST_F(CatalogueTest, RefusesToDeleteWhatAJobRefersToAndWhatIsInstalled) {
  ASSERT_OK(catalogue_->Create("points", GeneratorSource{}, ""));
  repository_.Use("points");
  EXPECT_THAT(catalogue_->Delete("points"),
              StatusIs(absl::StatusCode::kFailedPrecondition, HasSubstr("datasets/points")));
  EXPECT_OK(catalogue_->Load("points"));
  const absl::Status status = catalogue_->Delete("mnist");
  EXPECT_THAT(status,
              StatusIs(absl::StatusCode::kFailedPrecondition,
                       "datasets/mnist: is installed with the server and cannot be deleted"));
  EXPECT_EQ(ReasonOf(status), "DATASET_INSTALLED");
}

TEST_F(CatalogueTest, DeletesNothingWhileTheDeletionMutexIsHeld) {
  ASSERT_OK(catalogue_->Create("points", GeneratorSource{}, ""));
  std::thread deletion;
  {
    absl::ReaderMutexLock lock(catalogue_->deletion_mutex());
    deletion = std::thread([&] { EXPECT_OK(catalogue_->Delete("points")); });
    EXPECT_OK(catalogue_->Get("points"));
  }
  deletion.join();
  EXPECT_THAT(catalogue_->Get("points"), StatusIs(absl::StatusCode::kNotFound));
}

TEST_F(CatalogueTest, LoadsTrainAndValidationAsOneAndShares) {
  const GeneratorSource source{GeneratorKind::kXor, 20, 10, 6, 1};
  ASSERT_OK(catalogue_->Create("points", source, ""));
  ASSERT_OK_AND_ASSIGN(const auto joined, catalogue_->Load("points", TrainOn::kTrainAndValidation));
  ASSERT_OK_AND_ASSIGN(const auto again, catalogue_->Load("points", TrainOn::kTrainAndValidation));
  ASSERT_OK_AND_ASSIGN(const auto parts, catalogue_->Load("points"));
  EXPECT_EQ(joined.get(), again.get());
  EXPECT_EQ(ContentDigest(*parts), ContentDigest(Generate(source)));
  EXPECT_EQ(joined->split(SplitKind::kTrain).examples, 60);
  EXPECT_EQ(joined->split(SplitKind::kValidation).examples, 20);
  EXPECT_EQ(joined->split(SplitKind::kTest).examples, 12);
  std::vector<float> both = parts->split(SplitKind::kTrain).dense;
  const std::vector<float>& validation = parts->split(SplitKind::kValidation).dense;
  both.insert(both.end(), validation.begin(), validation.end());
  EXPECT_EQ(joined->split(SplitKind::kTrain).dense, both);
  EXPECT_THAT(catalogue_->Load("others", TrainOn::kTrainAndValidation),
              StatusIs(absl::StatusCode::kNotFound));
}

TEST_F(CatalogueTest, CountsUsesOfTheTestSplit) {
  ASSERT_OK(catalogue_->Create("points", GeneratorSource{}, ""));
  EXPECT_EQ(catalogue_->Get("points")->test_read_count, 0);
  EXPECT_EQ(catalogue_->Get("points")->last_test_read_time, std::nullopt);
  ASSERT_OK(catalogue_->RecordTestRead("points"));
  clock_.Advance(absl::Seconds(5));
  ASSERT_OK(catalogue_->RecordTestRead("points"));
  EXPECT_EQ(catalogue_->Get("points")->test_read_count, 2);
  EXPECT_EQ(catalogue_->Get("points")->last_test_read_time, clock_.Now());
  EXPECT_THAT(catalogue_->RecordTestRead("others"), StatusIs(absl::StatusCode::kNotFound));
}

TEST_F(CatalogueTest, LoadsSharedContent) {
  ASSERT_OK(catalogue_->Create("points", GeneratorSource{}, ""));
  ASSERT_OK_AND_ASSIGN(const auto first, catalogue_->Load("points"));
  ASSERT_OK_AND_ASSIGN(const auto second, catalogue_->Load("points"));
  EXPECT_EQ(first.get(), second.get());
}

TEST_F(CatalogueTest, GeneratesAgainWhatItDidNotKeep) {
  const std::unique_ptr<Catalogue> forgetful = NewCatalogue(/*cache_bytes=*/0);
  ASSERT_OK_AND_ASSIGN(const DatasetRecord record,
                       forgetful->Create("points", GeneratorSource{}, ""));
  ASSERT_OK_AND_ASSIGN(const auto content, forgetful->Load("points"));
  EXPECT_EQ(ContentDigest(*content), record.digest);
}

}  // namespace
}  // namespace percept::data
