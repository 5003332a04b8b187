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
    return std::make_unique<Catalogue>(
        Catalogue::Options{assets_.path(), "script/bootstrap --assets", cache_bytes}, &repository_,
        &clock_);
  }

  const TempDir assets_;  // Empty: nothing is installed.
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
  EXPECT_EQ(record.generator, source);
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
  ASSERT_OK_AND_ASSIGN(const DatasetRecord record, catalogue_->Create("points", {}, ""));
  const std::unique_ptr<Catalogue> restarted = NewCatalogue();
  ASSERT_OK_AND_ASSIGN(const auto before, catalogue_->Load("points"));
  ASSERT_OK_AND_ASSIGN(const auto after, restarted->Load("points"));
  EXPECT_EQ(ContentDigest(*before), record.digest);
  EXPECT_EQ(ContentDigest(*after), record.digest);
}

TEST_F(CatalogueTest, RefusesContentOtherThanTheRecorded) {
  ASSERT_OK(catalogue_->Create("points", {}, ""));
  repository_.Tamper("points", [](DatasetRecord& record) { record.generator->seed = 1; });
  const absl::Status status = NewCatalogue()->Load("points").status();
  EXPECT_THAT(status, StatusIs(absl::StatusCode::kDataLoss,
                               HasSubstr("datasets/points: its content must have")));
  EXPECT_EQ(ReasonOf(status), "DATASET_CORRUPT");
}

TEST_F(CatalogueTest, TakesAnIdOnce) {
  ASSERT_OK(catalogue_->Create("points", {}, ""));
  const absl::Status status = catalogue_->Create("points", {}, "").status();
  EXPECT_THAT(status, StatusIs(absl::StatusCode::kAlreadyExists,
                               HasSubstr("datasets/points: exists already")));
  EXPECT_EQ(ReasonOf(status), "DATASET_EXISTS");
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
    EXPECT_OK(catalogue_->Create(id, {}, "")) << id;
  }
  for (const std::string& id :
       {std::string(), std::string("Xor"), std::string("2xor"), std::string("-a"),
        std::string("a_b"), std::string("a/b"), std::string("a.b"), std::string(64, 'z'),
        std::string("é"), std::string("a\0b", 3)}) {
    EXPECT_THAT(catalogue_->Create(id, {}, ""),
                StatusIs(absl::StatusCode::kInvalidArgument,
                         HasSubstr("dataset_id: must match [a-z][a-z0-9-]{0,62}, got " + id)));
  }
}

TEST_F(CatalogueTest, NamesAllThatIsWrongAtOnce) {
  const absl::Status status =
      catalogue_->Create("X", {GeneratorKind::kXor, 3, -2, 0, 0}, "").status();
  std::vector<std::string> fields;
  for (const FieldViolation& violation : FieldViolationsOf(status))
    fields.push_back(violation.field);
  EXPECT_THAT(fields, ElementsAre("dataset_id", "dataset.generator.train_per_class",
                                  "dataset.generator.validation_per_class"));
}

TEST_F(CatalogueTest, ReservesTheIdOfMnistEvenWhereItIsMissing) {
  EXPECT_THAT(
      catalogue_->Create("mnist", {}, ""),
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
  for (const char* id : {"zebra", "ant", "otter"}) ASSERT_OK(catalogue_->Create(id, {}, ""));
  ASSERT_OK_AND_ASSIGN(const auto all, catalogue_->List("", 10));
  EXPECT_THAT(IdsOf(all), ElementsAre("ant", "otter", "zebra"));
  ASSERT_OK_AND_ASSIGN(const auto first, catalogue_->List("", 2));
  EXPECT_THAT(IdsOf(first), ElementsAre("ant", "otter"));
  ASSERT_OK_AND_ASSIGN(const auto second, catalogue_->List("otter", 2));
  EXPECT_THAT(IdsOf(second), ElementsAre("zebra"));
}

TEST_F(CatalogueTest, CountsWhatItLists) {
  EXPECT_EQ(*catalogue_->Count(), 0);
  for (const char* id : {"zebra", "ant"}) ASSERT_OK(catalogue_->Create(id, {}, ""));
  EXPECT_EQ(*catalogue_->Count(), 2);
}

TEST_F(CatalogueTest, LoadsSharedContent) {
  ASSERT_OK(catalogue_->Create("points", {}, ""));
  ASSERT_OK_AND_ASSIGN(const auto first, catalogue_->Load("points"));
  ASSERT_OK_AND_ASSIGN(const auto second, catalogue_->Load("points"));
  EXPECT_EQ(first.get(), second.get());
}

TEST_F(CatalogueTest, GeneratesAgainWhatItDidNotKeep) {
  const std::unique_ptr<Catalogue> forgetful = NewCatalogue(/*cache_bytes=*/0);
  ASSERT_OK_AND_ASSIGN(const DatasetRecord record, forgetful->Create("points", {}, ""));
  ASSERT_OK_AND_ASSIGN(const auto content, forgetful->Load("points"));
  EXPECT_EQ(ContentDigest(*content), record.digest);
}

}  // namespace
}  // namespace percept::data
