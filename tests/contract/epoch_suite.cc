#include <cmath>
#include <limits>
#include <optional>
#include <string>
#include <vector>

#include "tests/contract/store_suite.h"
#include "tests/support/records.h"

namespace percept::storage {
namespace {

using ::percept::testing::FullEpoch;
using ::percept::testing::NewJob;
using ::percept::testing::Pending;
using ::percept::testing::StatusIs;
using ::testing::ElementsAre;

TEST_P(SnapshotRepositoryContract, KeepsEveryFieldOfEpochsAcrossARestart) {
  ASSERT_OK(jobs().Insert(NewJob("a")));
  ASSERT_OK(jobs().Insert(NewJob("b")));
  ASSERT_OK(snapshots().AppendEpochs({{"a", FullEpoch(0)}, {"b", FullEpoch(0)}}));
  ASSERT_OK(snapshots().AppendEpochs({{"a", FullEpoch(1)}}));
  for (int restart = 0; restart < 2; ++restart) {
    EXPECT_THAT(*snapshots().ReadEpochs("a", 0, 10), ElementsAre(FullEpoch(0), FullEpoch(1)));
    EXPECT_THAT(*snapshots().ReadEpochs("b", 0, 10), ElementsAre(FullEpoch(0)));
    Reopen();
  }
}

TEST_P(SnapshotRepositoryContract, KeepsUnsetAndAwkwardMetricsOfEpochs) {
  constexpr double kInfinity = std::numeric_limits<double>::infinity();
  constexpr double kNan = std::numeric_limits<double>::quiet_NaN();
  ASSERT_OK(jobs().Insert(NewJob("a")));
  ASSERT_OK(
      snapshots().AppendEpochs({{"a", {0, {}}}, {"a", {1, {-0.0, -kInfinity, kInfinity, kNan}}}}));
  ASSERT_OK_AND_ASSIGN(const auto epochs, snapshots().ReadEpochs("a", 0, 10));
  ASSERT_EQ(epochs.size(), 2);
  EXPECT_EQ(epochs[0].metrics, Metrics{});
  EXPECT_EQ(epochs[1].metrics.validation_accuracy, 0.0);
  EXPECT_EQ(epochs[1].metrics.validation_loss, -kInfinity);
  EXPECT_EQ(epochs[1].metrics.training_accuracy, kInfinity);
  EXPECT_TRUE(std::isnan(epochs[1].metrics.training_loss.value()));
}

TEST_P(SnapshotRepositoryContract, LeavesEpochsThatAreThereAsTheyAre) {
  ASSERT_OK(jobs().Insert(NewJob("a")));
  ASSERT_OK(snapshots().AppendEpochs({{"a", FullEpoch(0)}, {"a", FullEpoch(1)}}));
  const EpochRecord other{1, {0.0, 0.0, 0.0, 0.0}};
  EXPECT_OK(snapshots().AppendEpochs({{"a", other}, {"a", FullEpoch(2)}}));
  EXPECT_OK(snapshots().AppendEpochs({{"a", FullEpoch(0)}}));
  EXPECT_THAT(*snapshots().ReadEpochs("a", 0, 10),
              ElementsAre(FullEpoch(0), FullEpoch(1), FullEpoch(2)));
}

TEST_P(SnapshotRepositoryContract, StoresNoEpochOfAGroupThatFails) {
  ASSERT_OK(jobs().Insert(NewJob("a")));
  EXPECT_THAT(snapshots().AppendEpochs({{"a", FullEpoch(0)}, {"nobody", FullEpoch(0)}}),
              StatusIs(absl::StatusCode::kNotFound, "jobs/nobody: no such job"));
  EXPECT_TRUE(snapshots().ReadEpochs("a", 0, 10)->empty());
  EXPECT_OK(snapshots().AppendEpochs({}));
}

TEST_P(SnapshotRepositoryContract, ReadsEpochsFromOneOnUpToALimitInOrder) {
  ASSERT_OK(jobs().Insert(NewJob("a")));
  for (const int32_t epoch : {2, 0, 1, 300, 3}) {
    ASSERT_OK(snapshots().AppendEpochs({{"a", FullEpoch(epoch)}}));
  }
  const auto numbers = [&](int32_t first_epoch, int limit) {
    std::vector<int32_t> found;
    const std::vector<EpochRecord> epochs = snapshots().ReadEpochs("a", first_epoch, limit).value();
    for (const EpochRecord& epoch : epochs) found.push_back(epoch.epoch);
    return found;
  };
  EXPECT_THAT(numbers(0, 100), ElementsAre(0, 1, 2, 3, 300));
  EXPECT_THAT(numbers(0, 2), ElementsAre(0, 1));
  EXPECT_THAT(numbers(2, 2), ElementsAre(2, 3));
  EXPECT_THAT(numbers(4, 100), ElementsAre(300));
  EXPECT_THAT(numbers(301, 100), ElementsAre());
  EXPECT_TRUE(snapshots().ReadEpochs("nobody", 0, 10)->empty());
  EXPECT_THAT(snapshots().ReadEpochs("a", -1, 1), StatusIs(absl::StatusCode::kInvalidArgument));
  EXPECT_THAT(snapshots().ReadEpochs("a", 0, 0), StatusIs(absl::StatusCode::kInvalidArgument));
}

TEST_P(SnapshotRepositoryContract, KeepsEpochsApartFromSnapshots) {
  ASSERT_OK(jobs().Insert(NewJob("a")));
  ASSERT_OK(snapshots().AppendEpochs({{"a", FullEpoch(0)}}));
  EXPECT_EQ(jobs().Get("a")->snapshot_count, 0);
  ASSERT_OK(snapshots().Append({Pending("a", 0)}));
  EXPECT_EQ(jobs().Get("a")->snapshot_count, 1);
  EXPECT_THAT(*snapshots().ReadEpochs("a", 0, 10), ElementsAre(FullEpoch(0)));
}

}  // namespace
}  // namespace percept::storage
