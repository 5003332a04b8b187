#include <cstdint>
#include <string>

#include "absl/synchronization/mutex.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

#include "server/training/retention.h"
#include "server/training/snapshot_writer.h"
#include "tests/support/status_matchers.h"
#include "tests/unit/training/example_jobs.h"
#include "tests/unit/training/gate.h"
#include "tests/unit/training/job_store.h"
#include "tests/unit/training/lanes.h"

// The snapshot writer's thinning.
namespace percept::training {
namespace {

using percept::testing::StatusIs;

constexpr int64_t kMaxKept = 20;
constexpr Retention kRetention{.max_snapshots = kMaxKept};

// Two jobs in a store, whose thinning a test can wait for.
class ThinningTest : public ::testing::Test {
 protected:
  StoreHooks Hooks() {
    return {.after_thin = [this] {
      absl::MutexLock lock(&mutex_);  // Which wakes those that wait.
    }};
  }
  void SetUp() override { jobs_.store.SetHooks(Hooks()); }

  void Append(SnapshotWriter& writer, const Job& job, int64_t begin, int64_t end) {
    for (int64_t index = begin; index < end; ++index) {
      EXPECT_OK(writer.Append(job.lane, Borrow(SnapshotOf(index, 100))));
    }
    EXPECT_OK(writer.Drain(job.lane));
  }

  int64_t KeptOf(const std::string& id) {
    const auto job = jobs_.sqlite->jobs().Get(id);
    EXPECT_OK(job);
    return job->snapshot_count - job->thinned_count;
  }

  void AwaitThinning(const std::string& id) {
    absl::MutexLock lock(&mutex_);
    const auto is_thinned = [&] { return KeptOf(id) <= kMaxKept; };
    EXPECT_TRUE(mutex_.AwaitWithTimeout(absl::Condition(&is_thinned), kPatience));
  }

  JobStore jobs_{{"job", "other"}};

 private:
  absl::Mutex mutex_;
};

TEST_F(ThinningTest, BringsAJobBackWithinItsBound) {
  Job job("job", jobs_.store);
  SnapshotWriter writer(&jobs_.store.snapshots(), kRetention);
  Append(writer, job, 0, 200);
  AwaitThinning("job");
  EXPECT_EQ(job.history->count(), 200);
  for (const int64_t index : {0, 199}) {
    EXPECT_OK(jobs_.sqlite->snapshots().Read("job", index, 1, SnapshotView::kFull, 1));
  }
  EXPECT_THAT(jobs_.sqlite->snapshots().Read("job", 1, 1, SnapshotView::kFull, 1),
              StatusIs(absl::StatusCode::kOutOfRange));
}

TEST_F(ThinningTest, IsShownByTheHistory) {
  Job job("job", jobs_.store);
  {
    SnapshotWriter writer(&jobs_.store.snapshots(), kRetention);
    Append(writer, job, 0, 200);
    AwaitThinning("job");
  }
  EXPECT_EQ(job.history->thinned_count(), jobs_.sqlite->jobs().Get("job")->thinned_count);
}

TEST_F(ThinningTest, OfAJobWithinItsBoundIsNothing) {
  Job job("job", jobs_.store);
  {
    SnapshotWriter writer(&jobs_.store.snapshots(), kRetention);
    Append(writer, job, 0, kMaxKept);
  }
  EXPECT_EQ(KeptOf("job"), kMaxKept);
}

TEST_F(ThinningTest, GoesOnWithTheNextWriter) {
  StoreHooks hooks = Hooks();
  hooks.before_thin = [](int64_t, int64_t) { return absl::UnavailableError("not now"); };
  jobs_.store.SetHooks(hooks);
  {
    Job job("job", jobs_.store);
    SnapshotWriter writer(&jobs_.store.snapshots(), kRetention);
    Append(writer, job, 0, 100);
  }
  EXPECT_EQ(KeptOf("job"), 100);
  jobs_.store.SetHooks(Hooks());
  Job job("job", jobs_.store);
  SnapshotWriter writer(&jobs_.store.snapshots(), kRetention);
  Append(writer, job, 100, 101);
  AwaitThinning("job");
}

TEST_F(ThinningTest, ThatFailsLetsTheJobTrainOn) {
  StoreHooks hooks = Hooks();
  hooks.before_thin = [](int64_t, int64_t) { return absl::ResourceExhaustedError("disk full"); };
  jobs_.store.SetHooks(hooks);
  Job job("job", jobs_.store);
  SnapshotWriter writer(&jobs_.store.snapshots(), kRetention);
  Append(writer, job, 0, 100);
  jobs_.store.SetHooks(Hooks());
  Append(writer, job, 100, 200);
  AwaitThinning("job");
  EXPECT_EQ(job.history->count(), 200);
}

TEST_F(ThinningTest, OfOneJobLetsAnotherStoreInBetween) {
  Gate first_step_begun;
  Gate first_step_may_end;
  int64_t steps = 0;  // Of the writer's thread alone.
  StoreHooks hooks = Hooks();
  hooks.before_thin = [&](int64_t, int64_t) {
    ++steps;
    first_step_begun.Open();
    first_step_may_end.Wait();
    return absl::OkStatus();
  };
  hooks.before_append = [&](absl::Span<const storage::PendingSnapshots> group) {
    EXPECT_TRUE(group.front().job_id == "job" || steps == 1);
    return absl::OkStatus();
  };
  jobs_.store.SetHooks(hooks);
  Job job("job", jobs_.store);
  Job other("other", jobs_.store);
  SnapshotWriter writer(&jobs_.store.snapshots(), kRetention);
  for (int64_t index = 0; index < 40; ++index) {  // Of which a step takes a part.
    EXPECT_OK(writer.Append(job.lane, Borrow(SnapshotOf(index, 100))));
  }
  first_step_begun.Wait();
  EXPECT_OK(writer.Append(other.lane, Borrow(SnapshotOf(0, 100))));
  first_step_may_end.Open();
  EXPECT_OK(writer.Drain(other.lane));
}

}  // namespace
}  // namespace percept::training
