#include <algorithm>
#include <cstdint>
#include <limits>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"

#include "tests/contract/store_suite.h"
#include "tests/support/records.h"

// Snapshots whose parameters are no longer kept.
namespace percept::storage {
namespace {

using ::percept::testing::FullSnapshot;
using ::percept::testing::NewJob;
using ::percept::testing::Pending;
using ::percept::testing::StatusIs;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

using View = SnapshotRepository::View;

constexpr int64_t kCount = 20;

bool KeepsNone(int64_t /*index*/) { return false; }
bool KeepsEveryFourth(int64_t index) { return index % 4 == 0; }

// With parameters of its own.
SnapshotRecord SnapshotAt(int64_t index) { return FullSnapshot(index, absl::StrCat("at ", index)); }

// A job that waits, to start from a snapshot of job "a".
JobRecord StartingFrom(int64_t index, const std::string& id) {
  JobRecord job = NewJob(id);
  job.spec.init_from = SnapshotRef{"a", index};
  return job;
}

}  // namespace

void ThinningContract::SetUp() {
  StoreContract::SetUp();
  ASSERT_OK(jobs().Insert(NewJob("a")));
}

void ThinningContract::AppendAll(int64_t best_index) {
  for (int64_t begin = 0; begin < kCount; begin += 3) {
    std::vector<SnapshotRecord> block;
    for (int64_t index = begin; index < std::min(kCount, begin + 3); ++index) {
      block.push_back(SnapshotAt(index));
      if (index == best_index) block.back().metrics.validation_accuracy = 0.99;
    }
    ASSERT_OK(snapshots().Append({Pending("a", block)}));
  }
}

absl::StatusOr<std::vector<SnapshotRecord>> ThinningContract::ReadFull(int64_t index, int limit) {
  return snapshots().Read("a", index, limit, View::kFull, std::numeric_limits<int64_t>::max());
}

std::vector<int64_t> ThinningContract::KeptIndices() {
  std::vector<int64_t> kept;
  for (int64_t index = 0; index < jobs().Get("a")->snapshot_count; ++index) {
    const auto read = ReadFull(index);
    if (absl::IsOutOfRange(read.status())) continue;
    EXPECT_OK(read);
    EXPECT_EQ(*read->front().parameters, *SnapshotAt(index).parameters);
    EXPECT_EQ(*read->front().batch_indices, *SnapshotAt(index).batch_indices);
    kept.push_back(index);
  }
  return kept;
}

TEST_P(ThinningContract, DropsWhatIsNotKeptForGoodAndNoMetrics) {
  AppendAll();
  EXPECT_EQ(*snapshots().Thin("a", 0, kCount, KeepsEveryFourth), 14);
  for (int restart = 0; restart < 2; ++restart) {
    EXPECT_THAT(KeptIndices(), ElementsAre(0, 4, 8, 12, 16, 19));
    ASSERT_OK_AND_ASSIGN(const auto read, snapshots().Read("a", 0, kCount, View::kMetrics, 0));
    ASSERT_EQ(read.size(), kCount);
    for (const SnapshotRecord& each : read) {
      EXPECT_EQ(each.step, SnapshotAt(each.index).step);
      EXPECT_EQ(each.parameters_crc32c, SnapshotAt(each.index).parameters_crc32c);
    }
    Reopen();
  }
}

TEST_P(ThinningContract, IsCountedOnTheJobOnce) {
  AppendAll();
  EXPECT_EQ(jobs().Get("a")->thinned_count, 0);
  EXPECT_EQ(*snapshots().Thin("a", 0, 10, KeepsEveryFourth), 7);
  EXPECT_EQ(jobs().Get("a")->thinned_count, 7);
  EXPECT_EQ(*snapshots().Thin("a", 0, 10, KeepsEveryFourth), 0);
  EXPECT_EQ(*snapshots().Thin("a", 0, kCount, KeepsEveryFourth), 7);
  EXPECT_EQ(jobs().Get("a")->thinned_count, 14);
  EXPECT_EQ(jobs().Get("a")->snapshot_count, kCount);
}

TEST_P(ThinningContract, TouchesNothingOutsideItsRange) {
  AppendAll();
  EXPECT_EQ(*snapshots().Thin("a", 4, 8, KeepsNone), 4);
  EXPECT_THAT(KeptIndices(), ElementsAre(0, 1, 2, 3, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19));
  EXPECT_EQ(*snapshots().Thin("a", 8, 8, KeepsNone), 0);
  EXPECT_EQ(*snapshots().Thin("a", kCount, 2 * kCount, KeepsNone), 0);
}

TEST_P(ThinningContract, NamesTheNearestThatAreKept) {
  AppendAll();
  ASSERT_OK(snapshots().Thin("a", 0, kCount, KeepsEveryFourth));
  for (const int64_t index : {5, 6, 7}) {
    EXPECT_THAT(ReadFull(index),
                StatusIs(absl::StatusCode::kOutOfRange,
                         absl::StrCat("jobs/a/snapshots/", index,
                                      ": its parameters are no longer kept; the nearest that are: "
                                      "4 before it, 8 after it")));
  }
  EXPECT_THAT(ReadFull(17),
              StatusIs(absl::StatusCode::kOutOfRange, HasSubstr("16 before it, 19 after it")));
  ASSERT_OK(snapshots().Thin("a", 0, kCount, KeepsNone));
  EXPECT_THAT(ReadFull(10),
              StatusIs(absl::StatusCode::kOutOfRange, HasSubstr("0 before it, 19 after it")));
}

TEST_P(ThinningContract, ReadsUpToWhatIsNoLongerKept) {
  AppendAll();
  ASSERT_OK(snapshots().Thin("a", 10, 12, KeepsNone));
  ASSERT_OK_AND_ASSIGN(const auto read, ReadFull(7, 100));
  ASSERT_EQ(read.size(), 3);
  EXPECT_EQ(read.back().index, 9);
  EXPECT_EQ(ReadFull(12, 100)->size(), kCount - 12);
}

TEST_P(ThinningContract, KeepsTheFirstTheNewestTheBestAndOriginsWhateverIsAsked) {
  AppendAll(/*best_index=*/7);
  ASSERT_OK(jobs().Insert(StartingFrom(11, "waiting")));
  JobRecord finished = StartingFrom(13, "finished");
  finished.state = JobState::kSucceeded;
  ASSERT_OK(jobs().Insert(finished));
  ASSERT_OK(snapshots().Thin("a", 0, kCount, KeepsNone));
  EXPECT_THAT(KeptIndices(), ElementsAre(0, 7, 11, 19));
  JobRecord cancelled = StartingFrom(11, "waiting");
  cancelled.state = JobState::kCancelled;
  ASSERT_OK(jobs().Update(cancelled, JobState::kQueued));
  ASSERT_OK(snapshots().Append({Pending("a", {SnapshotAt(20)})}));
  ASSERT_OK(snapshots().Thin("a", 0, kCount + 1, KeepsNone));
  EXPECT_THAT(KeptIndices(), ElementsAre(0, 7, 20));
}

TEST_P(ThinningContract, NoJobStartsFromWhatIsNoLongerKept) {
  AppendAll();
  ASSERT_OK(snapshots().Thin("a", 0, kCount, KeepsEveryFourth));
  EXPECT_THAT(jobs().Insert(StartingFrom(5, "b")),
              StatusIs(absl::StatusCode::kOutOfRange,
                       HasSubstr("init_from: jobs/a/snapshots/5: its parameters are no longer")));
  EXPECT_OK(jobs().Insert(StartingFrom(8, "b")));
}

TEST_P(ThinningContract, OfNoJobOrNoIndexIsRefused) {
  EXPECT_THAT(snapshots().Thin("nobody", 0, 1, KeepsNone), StatusIs(absl::StatusCode::kNotFound));
  EXPECT_THAT(snapshots().Thin("a", -1, 1, KeepsNone),
              StatusIs(absl::StatusCode::kInvalidArgument));
  EXPECT_EQ(*snapshots().Thin("a", 0, 1, KeepsNone), 0);  // Of a job without snapshots.
}

}  // namespace percept::storage
