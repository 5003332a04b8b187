#include "client/lib/names.h"

#include <gtest/gtest.h>

namespace percept::client {
namespace {

TEST(JobName, TakesIdAndFullName) {
  EXPECT_EQ(JobName("7f3k").value(), "jobs/7f3k");
  EXPECT_EQ(JobName("jobs/7f3k").value(), "jobs/7f3k");
}

TEST(JobName, RefusesOtherThings) {
  for (const char* text : {"", "jobs/", "datasets/x", "jobs/x/snapshots/3", "/"}) {
    EXPECT_TRUE(absl::IsInvalidArgument(JobName(text).status())) << text;
  }
  EXPECT_EQ(JobName("datasets/x").status().message(), "must be ID or jobs/ID, got 'datasets/x'");
}

TEST(DatasetName, TakesIdAndFullName) {
  EXPECT_EQ(DatasetName("xor").value(), "datasets/xor");
  EXPECT_EQ(DatasetName("datasets/xor").value(), "datasets/xor");
}

TEST(JobOrSnapshotName, TakesEitherInEachSpelling) {
  EXPECT_EQ(JobOrSnapshotName("7f3k").value(), "jobs/7f3k");
  EXPECT_EQ(JobOrSnapshotName("7f3k:12").value(), "jobs/7f3k/snapshots/12");
  EXPECT_EQ(JobOrSnapshotName("jobs/7f3k:12").value(), "jobs/7f3k/snapshots/12");
  EXPECT_EQ(JobOrSnapshotName("jobs/7f3k/snapshots/12").value(), "jobs/7f3k/snapshots/12");
}

TEST(JobOrSnapshotName, RefusesOtherThings) {
  for (const char* text : {"", ":", ":3", "7f3k:", "7f3k:1/2", "datasets/x:1"}) {
    EXPECT_TRUE(absl::IsInvalidArgument(JobOrSnapshotName(text).status())) << text;
  }
}

TEST(ShortName, IsTheLastPart) {
  EXPECT_EQ(ShortName("jobs/7f3k"), "7f3k");
  EXPECT_EQ(ShortName("7f3k"), "7f3k");
  EXPECT_EQ(ShortName(""), "");
}

}  // namespace
}  // namespace percept::client
