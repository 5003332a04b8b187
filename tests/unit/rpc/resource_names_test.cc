#include "server/rpc/resource_names.h"

#include <string>

#include "gmock/gmock.h"

#include "tests/support/status_matchers.h"

namespace percept::rpc {
namespace {

using percept::testing::StatusIs;
using ::testing::HasSubstr;

constexpr auto kInvalid = absl::StatusCode::kInvalidArgument;

TEST(ResourceName, GivesTheIdOfItsCollection) {
  EXPECT_EQ(*ParseName("name", "jobs", "jobs/7x2k"), "7x2k");
  EXPECT_EQ(*ParseName("name", "datasets", "datasets/two-class_1"), "two-class_1");
  EXPECT_EQ(*ParseName("name", "jobs", "jobs/" + std::string(100, 'a')), std::string(100, 'a'));
}

TEST(ResourceName, OfAnyOtherFormIsRefusedNamingTheField) {
  for (const std::string& name :
       {std::string(), std::string("jobs"), std::string("jobs/"), std::string("7x2k"),
        std::string("job/7x2k"), std::string("datasets/7x2k"), std::string("jobs/a/b"),
        std::string("jobs/a b"), std::string("/jobs/a"), std::string("jobs/é"),
        std::string("jobs/a\0b", 8), "jobs/" + std::string(101, 'a')}) {
    EXPECT_THAT(ParseName("parent", "jobs", name),
                StatusIs(kInvalid, HasSubstr("parent: must be a name like jobs/ID, got \"")))
        << name;
  }
}

TEST(SnapshotName, MayNameAnIndexTheLastOrTheBest) {
  ASSERT_OK_AND_ASSIGN(const SnapshotName index, ParseSnapshotName("name", "jobs/a/snapshots/12"));
  EXPECT_EQ(index.job, "a");
  EXPECT_EQ(index.which, SnapshotName::Which::kIndex);
  EXPECT_EQ(index.index, 12);
  EXPECT_EQ(ParseSnapshotName("name", "jobs/a/snapshots/last")->which, SnapshotName::Which::kLast);
  EXPECT_EQ(ParseSnapshotName("name", "jobs/a/snapshots/best")->which, SnapshotName::Which::kBest);
}

TEST(SnapshotName, OfAnyOtherFormIsRefused) {
  for (const char* name :
       {"", "jobs/a", "jobs/a/snapshots", "jobs/a/snapshots/", "jobs/a/snapshots/-1",
        "jobs/a/snapshots/+1", "jobs/a/snapshots/ 1", "jobs/a/snapshots/1.0",
        "jobs/a/snapshots/first", "jobs/a/snapshots/9223372036854775808", "jobs//snapshots/1",
        "jobs/a/epochs/1", "jobs/a/snapshots/1/2"}) {
    EXPECT_THAT(ParseSnapshotName("name", name),
                StatusIs(kInvalid, HasSubstr("jobs/ID/snapshots/INDEX")))
        << name;
  }
}

}  // namespace
}  // namespace percept::rpc
