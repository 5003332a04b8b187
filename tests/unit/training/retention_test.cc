#include "server/training/retention.h"

#include <algorithm>
#include <cstdint>
#include <optional>
#include <set>
#include <utility>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

#include "server/training/job_parameters.h"
#include "tests/unit/training/job_store.h"

namespace percept::training {
namespace {

using ::testing::ElementsAre;

std::vector<int64_t> Kept(int64_t count, int64_t max_kept) {
  const KeptIndices kept(count, max_kept);
  std::vector<int64_t> indices;
  for (int64_t index = 0; index < count; ++index) {
    if (kept.Keeps(index)) indices.push_back(index);
  }
  return indices;
}

TEST(KeptIndices, AreAllWhileThereAreNoMoreThanMayBe) {
  for (int64_t max_kept = 2; max_kept < 50; ++max_kept) {
    for (int64_t count = 1; count <= max_kept; ++count) {
      EXPECT_EQ(static_cast<int64_t>(Kept(count, max_kept).size()), count);
    }
  }
}

TEST(KeptIndices, AreNeverMoreThanMayBeAndHoldTheFirstAndTheNewest) {
  for (int64_t max_kept = 2; max_kept < 40; ++max_kept) {
    for (int64_t count = max_kept; count < 3000; count += 1 + count / 7) {
      const std::vector<int64_t> kept = Kept(count, max_kept);
      EXPECT_LE(static_cast<int64_t>(kept.size()), max_kept) << count;
      EXPECT_EQ(kept.front(), 0);
      EXPECT_EQ(kept.back(), count - 1);
    }
  }
}

TEST(KeptIndices, WereKeptWhenThereWereFewer) {
  for (const int64_t max_kept : {2, 3, 5, 8, 13, 32, 100}) {
    std::vector<int64_t> before = Kept(1, max_kept);
    for (int64_t count = 2; count < 2000; ++count) {
      std::vector<int64_t> kept = Kept(count, max_kept);
      before.push_back(count - 1);
      EXPECT_TRUE(std::includes(before.begin(), before.end(), kept.begin(), kept.end()))
          << count << " of " << max_kept;
      before = std::move(kept);
    }
  }
}

TEST(KeptIndices, ThinOutWithAge) {
  const KeptIndices kept(100'000, 1000);
  for (int64_t index = 1; index < kept.count(); ++index) {
    ASSERT_LE(kept.StrideAt(index), kept.StrideAt(index - 1)) << index;
  }
  EXPECT_EQ(kept.StrideAt(kept.count() - 1), 1);
  EXPECT_GT(kept.StrideAt(0), 100);
  EXPECT_THAT(Kept(12, 9), ElementsAre(0, 2, 4, 6, 8, 9, 10, 11));
}

TEST(MaxKept, IsTheTighterOfBothBoundsAndAtLeastThree) {
  const storage::JobRecord job = JobStore::Job("job");
  const int64_t bytes = ParameterBytesOf(job);
  EXPECT_EQ(MaxKept(job, {.max_snapshots = 10, .max_parameter_bytes = 100 * bytes}), 10);
  EXPECT_EQ(MaxKept(job, {.max_snapshots = 1000, .max_parameter_bytes = 101 * bytes - 1}), 100);
  EXPECT_EQ(MaxKept(job, {.max_snapshots = 0, .max_parameter_bytes = 100 * bytes}), 3);
  EXPECT_EQ(MaxKept(job, {.max_snapshots = 10, .max_parameter_bytes = 0}), 3);
}

// Snapshots of a job as a store keeps them, thinned as they are told.
class ThinnedJob {
 public:
  explicit ThinnedJob(int64_t max_kept)
      : thinning_(JobStore::Job("job"), {.max_snapshots = max_kept}) {}

  // Makes the job longer; as the store, keeps the first and the newest anyway, and the best.
  void Grow(int64_t count, std::optional<int64_t> best = std::nullopt) {
    while (count_ < count) kept_.insert(count_++);
    best_ = best;
    if (!thinning_.IsDue(count_, thinned())) return;
    while (const auto step = thinning_.Next(count_, thinned())) {
      ++steps_;
      std::erase_if(kept_, [&](int64_t index) {
        return index >= step->begin && index < step->end && index > 0 && index < count_ - 1 &&
               index != best_ && !step->kept.Keeps(index);
      });
    }
  }

  int64_t thinned() const { return count_ - static_cast<int64_t>(kept_.size()); }
  const std::set<int64_t>& kept() const { return kept_; }
  int64_t steps() const { return steps_; }

 private:
  Thinning thinning_;
  int64_t count_ = 0;
  std::optional<int64_t> best_;
  std::set<int64_t> kept_;
  int64_t steps_ = 0;
};

TEST(Thinning, KeepsAJobWithinItsBoundHoweverItGrows) {
  for (const int64_t max_kept : {3, 4, 10, 100, 1000}) {
    ThinnedJob job(max_kept);
    for (int64_t count = 1; count < 6000; count += 1 + count % 3) {
      job.Grow(count);
      ASSERT_LE(static_cast<int64_t>(job.kept().size()), max_kept) << count;
      ASSERT_GE(static_cast<int64_t>(job.kept().size()), std::min(count, max_kept / 3)) << count;
    }
  }
}

TEST(Thinning, DropsWhatWasTheBestOnce) {
  for (const int64_t max_kept : {3, 10, 100}) {
    ThinnedJob job(max_kept);
    for (int64_t count = 1; count < 3000; ++count) {
      job.Grow(count, /*best=*/count / 10 * 10 - 3);  // One after another.
      ASSERT_LE(static_cast<int64_t>(job.kept().size()), max_kept + max_kept / 16 + 1) << count;
    }
  }
}

TEST(Thinning, OfAJobThatKeepsFewEnoughIsNothing) {
  ThinnedJob job(100);
  job.Grow(100);
  EXPECT_EQ(job.steps(), 0);
  EXPECT_EQ(job.thinned(), 0);
}

TEST(Thinning, DoesNotTryAgainAtOnceWhereNothingCanBeDropped) {
  Thinning thinning(JobStore::Job("job"), {.max_snapshots = 160});
  int64_t steps = 0;
  for (int64_t count = 1; count <= 180; ++count) {
    if (!thinning.IsDue(count, 0)) continue;
    while (thinning.Next(count, 0).has_value()) ++steps;
  }
  EXPECT_LE(steps, 4);
  EXPECT_GE(steps, 1);
}

}  // namespace
}  // namespace percept::training
