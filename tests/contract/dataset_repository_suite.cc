#include <string>
#include <vector>

#include "absl/strings/str_cat.h"

#include "server/base/status.h"
#include "tests/contract/store_suite.h"
#include "tests/support/records.h"

namespace percept::storage {
namespace {

using ::percept::testing::FullDataset;
using ::percept::testing::FullSources;
using ::percept::testing::NewJob;
using ::percept::testing::StatusIs;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

TEST_P(DatasetRepositoryContract, KeepsEveryFieldOfEverySourceAcrossARestart) {
  std::vector<data::DatasetRecord> records;
  for (const data::Source& source : FullSources()) {
    records.push_back(FullDataset(absl::StrCat("points", records.size()), source));
    ASSERT_OK(datasets().Insert(records.back()));
  }
  for (int restart = 0; restart < 2; ++restart) {
    for (const data::DatasetRecord& record : records) EXPECT_EQ(*datasets().Get(record.id), record);
    EXPECT_EQ(*datasets().List("", 100, std::nullopt), records);
    Reopen();
  }
}

TEST_P(DatasetRepositoryContract, KeepsEveryFormatOfAnUpload) {
  for (const auto format :
       {data::UploadFormat::kNpz, data::UploadFormat::kCsv, data::UploadFormat::kIdx}) {
    const std::string id = absl::StrCat("format", static_cast<int>(format));
    const data::DatasetRecord record = FullDataset(id, data::UploadSource{{"a"}, format});
    ASSERT_OK(datasets().Insert(record));
    EXPECT_EQ(*datasets().Get(id), record);
  }
}

TEST_P(DatasetRepositoryContract, KeepsWhatIsUnset) {
  data::DatasetRecord record;
  record.id = "bare";
  ASSERT_OK(datasets().Insert(record));
  EXPECT_EQ(*datasets().Get("bare"), record);
}

TEST_P(DatasetRepositoryContract, TakesAnIdOnce) {
  const data::DatasetRecord record = FullDataset("points");
  ASSERT_OK(datasets().Insert(record));
  data::DatasetRecord other = record;
  other.owner = "ada";
  EXPECT_THAT(datasets().Insert(other),
              StatusIs(absl::StatusCode::kAlreadyExists, HasSubstr("datasets/points")));
  EXPECT_EQ(*datasets().Get("points"), record);
}

TEST_P(DatasetRepositoryContract, KnowsNoSetThatWasNotInserted) {
  EXPECT_THAT(datasets().Get("points"),
              StatusIs(absl::StatusCode::kNotFound, HasSubstr("datasets/points")));
}

TEST_P(DatasetRepositoryContract, ListsWhatAReaderMayRead) {
  for (const char* id : {"a", "b", "c", "d"}) {
    data::DatasetRecord record = FullDataset(id);
    record.visibility = Visibility::kClass;
    ASSERT_OK(datasets().Insert(record));
  }
  ASSERT_OK(datasets().SetVisibility("b", Visibility::kPrivate));
  ASSERT_OK(datasets().SetVisibility("c", Visibility::kPublic));
  Reopen();
  EXPECT_EQ(datasets().Get("b")->visibility, Visibility::kPrivate);
  const auto ids = [&](const Reader& reader) {
    std::vector<std::string> found;
    const std::vector<data::DatasetRecord> records = datasets().List("", 10, reader).value();
    for (const data::DatasetRecord& record : records) found.push_back(record.id);
    return found;
  };
  const std::string owner = datasets().Get("a")->owner;
  EXPECT_THAT(ids({owner, Visibility::kPublic}), ElementsAre("a", "b", "c", "d"));
  EXPECT_THAT(ids({"nobody", Visibility::kClass}), ElementsAre("a", "c", "d"));
  EXPECT_THAT(ids({"nobody", Visibility::kPublic}), ElementsAre("c"));
  EXPECT_EQ(datasets().List("", 2, Reader{"nobody", Visibility::kClass})->back().id, "c");
  EXPECT_THAT(datasets().SetVisibility("e", Visibility::kPublic),
              StatusIs(absl::StatusCode::kNotFound, HasSubstr("datasets/e")));
}

TEST_P(DatasetRepositoryContract, CountsTheBytesOfAnOwnerAndOfAll) {
  data::DatasetRecord record = FullDataset("a");
  EXPECT_EQ(*datasets().TotalBytes(record.owner), 0);
  record.size_bytes = 100;
  ASSERT_OK(datasets().Insert(record));
  record.id = "b";
  ASSERT_OK(datasets().Insert(record));
  record.id = "c";
  record.owner = "another";
  ASSERT_OK(datasets().Insert(record));
  EXPECT_EQ(*datasets().TotalBytes(FullDataset("a").owner), 200);
  EXPECT_EQ(*datasets().TotalBytes(std::nullopt), 300);
}

TEST_P(DatasetRepositoryContract, ListsAndCountsByIdAPageAtATime) {
  EXPECT_EQ(*datasets().Count(), 0);
  for (const char* id : {"b", "d", "a", "c"}) ASSERT_OK(datasets().Insert(FullDataset(id)));
  EXPECT_EQ(*datasets().Count(), 4);
  const auto ids = [&](const char* after, int limit) {
    std::vector<std::string> found;
    const std::vector<data::DatasetRecord> records =
        datasets().List(after, limit, std::nullopt).value();
    for (const data::DatasetRecord& record : records) found.push_back(record.id);
    return found;
  };
  EXPECT_THAT(ids("", 10), ElementsAre("a", "b", "c", "d"));
  EXPECT_THAT(ids("", 2), ElementsAre("a", "b"));
  EXPECT_THAT(ids("b", 2), ElementsAre("c", "d"));
  EXPECT_THAT(ids("bb", 1), ElementsAre("c"));
  EXPECT_THAT(ids("d", 2), ElementsAre());
}

TEST_P(DatasetRepositoryContract, CountsTheSetsOfADigest) {
  for (const char* id : {"a", "b", "c"}) {
    data::DatasetRecord record = FullDataset(id);
    record.digest = std::string(id) == "b" ? "11" : "22";
    ASSERT_OK(datasets().Insert(record));
  }
  EXPECT_EQ(*datasets().CountByDigest("22"), 2);
  EXPECT_EQ(*datasets().CountByDigest("11"), 1);
  EXPECT_EQ(*datasets().CountByDigest("33"), 0);
  ASSERT_OK(datasets().Delete("a"));
  EXPECT_EQ(*datasets().CountByDigest("22"), 1);
}

TEST_P(DatasetRepositoryContract, DeletesOneSetForGood) {
  ASSERT_OK(datasets().Insert(FullDataset("a")));
  ASSERT_OK(datasets().Insert(FullDataset("b")));
  ASSERT_OK(datasets().Delete("a"));
  Reopen();
  EXPECT_THAT(datasets().Get("a"), StatusIs(absl::StatusCode::kNotFound));
  EXPECT_EQ(*datasets().Get("b"), FullDataset("b"));
  EXPECT_EQ(*datasets().Count(), 1);
  EXPECT_THAT(datasets().Delete("a"),
              StatusIs(absl::StatusCode::kNotFound, "datasets/a: no such data set"));
  EXPECT_OK(datasets().Insert(FullDataset("a")));
}

TEST_P(DatasetRepositoryContract, DeletesNoSetThatJobsReferTo) {
  for (const char* id : {"used", "shared", "free"}) ASSERT_OK(datasets().Insert(FullDataset(id)));
  const auto insert_job = [&](const std::string& id, const std::string& dataset, JobState state) {
    JobRecord job = NewJob(id);
    job.spec.dataset = dataset;
    job.state = state;
    ASSERT_OK(jobs().Insert(job));
  };
  insert_job("a", "used", JobState::kSucceeded);
  insert_job("b", "shared", JobState::kRunning);
  insert_job("c", "shared", JobState::kFailed);
  const absl::Status refused = datasets().Delete("used");
  EXPECT_THAT(
      refused,
      StatusIs(absl::StatusCode::kFailedPrecondition,
               "datasets/used: must not be in use to be deleted, got 1 job that refers to it"));
  EXPECT_EQ(ReasonOf(refused), "DATASET_IN_USE");
  EXPECT_THAT(datasets().Delete("shared"),
              StatusIs(absl::StatusCode::kFailedPrecondition, HasSubstr("got 2")));
  EXPECT_OK(datasets().Delete("free"));
  EXPECT_EQ(*datasets().Get("used"), FullDataset("used"));
  EXPECT_EQ(*datasets().Count(), 2);
}

TEST_P(DatasetRepositoryContract, CountsUsesOfTheTestSplit) {
  ASSERT_OK(datasets().Insert(FullDataset("points")));
  ASSERT_OK(datasets().Insert(FullDataset("unread")));
  const absl::Time first = absl::FromUnixMicros(1700000000000001);
  const absl::Time second = absl::FromUnixMicros(1700000000000002);
  EXPECT_EQ(*datasets().GetTestReads("points"), data::TestReads{});
  ASSERT_OK(datasets().RecordTestRead("points", first));
  EXPECT_EQ(*datasets().GetTestReads("points"), (data::TestReads{1, first}));
  ASSERT_OK(datasets().RecordTestRead("points", second));
  data::DatasetRecord expected = FullDataset("points");
  expected.test_read_count = 2;
  expected.last_test_read_time = second;
  for (int restart = 0; restart < 2; ++restart) {
    EXPECT_EQ(*datasets().GetTestReads("points"), (data::TestReads{2, second}));
    EXPECT_EQ(*datasets().Get("points"), expected);
    EXPECT_THAT(*datasets().List("", 10, std::nullopt),
                ElementsAre(expected, FullDataset("unread")));
    Reopen();
  }
}

TEST_P(DatasetRepositoryContract, CountsUsesOfASetWithoutARecord) {
  const absl::Time time = absl::FromUnixMicros(1700000000000001);
  ASSERT_OK(datasets().RecordTestRead("mnist", time));
  Reopen();
  EXPECT_EQ(*datasets().GetTestReads("mnist"), (data::TestReads{1, time}));
  EXPECT_THAT(datasets().Get("mnist"), StatusIs(absl::StatusCode::kNotFound));
  EXPECT_EQ(*datasets().Count(), 0);
  EXPECT_TRUE(datasets().List("", 10, std::nullopt)->empty());
}

TEST_P(DatasetRepositoryContract, CountsNoUsesOfAnEarlierSetOfTheSameName) {
  const absl::Time time = absl::FromUnixMicros(1700000000000001);
  ASSERT_OK(datasets().Insert(FullDataset("points")));
  ASSERT_OK(datasets().RecordTestRead("points", time));
  ASSERT_OK(datasets().Delete("points"));
  EXPECT_EQ(*datasets().GetTestReads("points"), data::TestReads{});
  ASSERT_OK(datasets().RecordTestRead("points", time));  // Of one who read it until then.
  ASSERT_OK(datasets().Insert(FullDataset("points")));
  EXPECT_EQ(*datasets().Get("points"), FullDataset("points"));
}

TEST_P(DatasetRepositoryContract, TakesNoCountOfUsesFromAnInsertedRecord) {
  data::DatasetRecord record = FullDataset("points");
  record.test_read_count = 7;
  record.last_test_read_time = absl::FromUnixMicros(1);
  ASSERT_OK(datasets().Insert(record));
  EXPECT_EQ(*datasets().Get("points"), FullDataset("points"));
}

}  // namespace
}  // namespace percept::storage
