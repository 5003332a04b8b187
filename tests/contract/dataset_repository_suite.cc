#include <string>
#include <vector>

#include "tests/contract/store_suite.h"
#include "tests/support/records.h"

namespace percept::storage {
namespace {

using ::percept::testing::FullDataset;
using ::percept::testing::StatusIs;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

TEST_P(DatasetRepositoryContract, KeepsEveryFieldAcrossARestart) {
  const data::DatasetRecord record = FullDataset("points");
  ASSERT_OK(datasets().Insert(record));
  EXPECT_EQ(*datasets().Get("points"), record);
  Reopen();
  EXPECT_EQ(*datasets().Get("points"), record);
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

TEST_P(DatasetRepositoryContract, ListsAndCountsByIdAPageAtATime) {
  EXPECT_EQ(*datasets().Count(), 0);
  for (const char* id : {"b", "d", "a", "c"}) ASSERT_OK(datasets().Insert(FullDataset(id)));
  EXPECT_EQ(*datasets().Count(), 4);
  const auto ids = [&](const char* after, int limit) {
    std::vector<std::string> found;
    const std::vector<data::DatasetRecord> records = datasets().List(after, limit).value();
    for (const data::DatasetRecord& record : records) found.push_back(record.id);
    return found;
  };
  EXPECT_THAT(ids("", 10), ElementsAre("a", "b", "c", "d"));
  EXPECT_THAT(ids("", 2), ElementsAre("a", "b"));
  EXPECT_THAT(ids("b", 2), ElementsAre("c", "d"));
  EXPECT_THAT(ids("bb", 1), ElementsAre("c"));
  EXPECT_THAT(ids("d", 2), ElementsAre());
}

}  // namespace
}  // namespace percept::storage
