#ifndef PERCEPT_TESTS_UNIT_TRAINING_SCHEDULER_FIXTURE_H_
#define PERCEPT_TESTS_UNIT_TRAINING_SCHEDULER_FIXTURE_H_

#include <cstdint>
#include <filesystem>
#include <functional>
#include <limits>
#include <memory>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/strings/str_cat.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/clock.h"
#include "gtest/gtest.h"

#include "server/data/catalogue.h"
#include "server/storage/sqlite/sqlite_store.h"
#include "server/training/scheduler.h"
#include "tests/support/status_matchers.h"
#include "tests/support/temp_dir.h"
#include "tests/unit/training/example_jobs.h"
#include "tests/unit/training/gate.h"
#include "tests/unit/training/hooked_store.h"

namespace percept::training {

// A clock at which a test can hold the trainers up, since they look at it before each batch. It
// stands still but for `Advance`. Thread-safe.
class HoldingClock final : public Clock {
 public:
  absl::Time Now() const override ABSL_LOCKS_EXCLUDED(mutex_) {
    absl::MutexLock lock(&mutex_);
    if (std::this_thread::get_id() != owner_ && ++looks_ > free_looks_) {
      ++held_;
      const auto may_go = [this]()
                              ABSL_SHARED_LOCKS_REQUIRED(mutex_) { return looks_ <= free_looks_; };
      EXPECT_TRUE(mutex_.AwaitWithTimeout(absl::Condition(&may_go), kPatience));
      --held_;
    }
    return now_;
  }

  // Lets threads other than the one that made the clock look at it `looks` times in all, then holds
  // each that looks again.
  void HoldAfter(int64_t looks) ABSL_LOCKS_EXCLUDED(mutex_) {
    absl::MutexLock lock(&mutex_);
    free_looks_ = looks;
  }

  void Release() { HoldAfter(std::numeric_limits<int64_t>::max()); }

  // Waits until this many threads are held.
  void AwaitHeld(int threads) const ABSL_LOCKS_EXCLUDED(mutex_) {
    absl::MutexLock lock(&mutex_);
    const auto held = [&]() ABSL_SHARED_LOCKS_REQUIRED(mutex_) { return held_ == threads; };
    EXPECT_TRUE(mutex_.AwaitWithTimeout(absl::Condition(&held), kPatience));
  }

  void Advance(absl::Duration duration) ABSL_LOCKS_EXCLUDED(mutex_) {
    absl::MutexLock lock(&mutex_);
    now_ += duration;
  }

 private:
  const std::thread::id owner_ = std::this_thread::get_id();
  mutable absl::Mutex mutex_;
  mutable int64_t looks_ ABSL_GUARDED_BY(mutex_) = 0;
  mutable int held_ ABSL_GUARDED_BY(mutex_) = 0;
  int64_t free_looks_ ABSL_GUARDED_BY(mutex_) = std::numeric_limits<int64_t>::max();
  absl::Time now_ ABSL_GUARDED_BY(mutex_) = absl::FromUnixSeconds(1700000000);
};

// A scheduler over a store in a data folder, as a server has it, with the data sets "xor",
// "three-class", "two-normals" and "large-xor", whose validation is large. Destroying it stops it.
class TestServer {
 public:
  static constexpr char kDatabase[] = "percept.db";

  // `folder` holds what an earlier server left, if anything.
  explicit TestServer(const std::string& folder, Scheduler::Options options = {})
      : sqlite_(storage::OpenSqliteStore(absl::StrCat(folder, "/", kDatabase)).value()),
        scheduler_(std::make_unique<Scheduler>(
            options, &store_, &catalogue_,
            [](const storage::JobRecord& job, const storage::SnapshotHead& snapshot, SnapshotView,
               std::string& bytes) { absl::StrAppend(&bytes, job.id, "/", snapshot.index); },
            &clock_)) {
    data::GeneratorSource three_class = XorSource();
    three_class.generator = data::GeneratorKind::kThreeClass;
    // There already, where the folder was used before.
    catalogue_.Create("xor", XorSource(), "ada").IgnoreError();
    catalogue_.Create("three-class", three_class, "ada").IgnoreError();
    catalogue_.Create("two-normals", TwoNormalsSource(), "ada").IgnoreError();
    catalogue_.Create("large-xor", LargeEvaluationSource(), "ada").IgnoreError();
  }

  ~TestServer() {
    clock_.Release();
    scheduler_.reset();
  }

  // As a server does at its start.
  void Start() {
    EXPECT_OK(scheduler_->Recover());
    scheduler_->StartWorkers();
  }

  Scheduler& scheduler() { return *scheduler_; }
  HoldingClock& clock() { return clock_; }
  HookedStore& store() { return store_; }
  data::Catalogue& catalogue() { return catalogue_; }

  // Its id.
  std::string Create(const storage::JobSpec& spec) {
    const absl::StatusOr<JobView> job = scheduler_->Create({spec, "ada", ""});
    EXPECT_OK(job);
    return job.ok() ? job->record.id : "";
  }

  JobView Get(const std::string& id) { return scheduler_->Get(id).value(); }

  // Creates a job and waits until it is held before its update number `step` (the perceptron: after
  // `step` updates, the last of them without its snapshot). No other job may have
  // run yet, and the scheduler must have a free worker.
  std::string CreateHeld(const storage::JobSpec& spec, int64_t step) {
    // A worker looks when it takes the job, when its start is recorded, when the run begins, and
    // before each batch (the perceptron: at its start and after each change).
    clock_.HoldAfter(3 + step);
    std::string id = Create(spec);
    clock_.AwaitHeld(1);
    return id;
  }

  // Waits until the job is shown as `wanted`.
  void AwaitView(const std::string& id, const std::function<bool(const JobView&)>& wanted) {
    const absl::Time deadline = absl::Now() + kPatience;
    while (!wanted(Get(id))) {
      ASSERT_LT(absl::Now(), deadline) << Get(id).wait_message;
      std::this_thread::yield();
    }
  }
  void AwaitState(const std::string& id, storage::JobState state) {
    AwaitView(id, [state](const JobView& job) { return job.record.state == state; });
  }

  // Waits until `count` snapshots are published.
  void AwaitSnapshots(const std::string& id, int64_t count) {
    AwaitHistory(id, [count](const SnapshotHistory& history) { return history.count() >= count; });
  }

  // Waits until the job has ended.
  JobView AwaitEnd(const std::string& id) {
    AwaitHistory(id, [](const SnapshotHistory& history) { return history.ended(); });
    return Get(id);
  }

  // All of a job, in the full view.
  std::vector<storage::SnapshotRecord> Snapshots(const std::string& id) {
    return sqlite_->snapshots()
        .Read(id, 0, 1'000'000, storage::SnapshotRepository::View::kFull, int64_t{1} << 40)
        .value();
  }
  std::vector<storage::EpochRecord> Epochs(const std::string& id) {
    return sqlite_->snapshots().ReadEpochs(id, 0, 1'000'000).value();
  }

 private:
  struct News {
    absl::Mutex mutex;
    int64_t changes ABSL_GUARDED_BY(mutex) = 0;
  };

  void AwaitHistory(const std::string& id,
                    const std::function<bool(const SnapshotHistory&)>& wanted) {
    const std::shared_ptr<SnapshotHistory> history = scheduler_->OpenHistory(id).value();
    const auto news = std::make_shared<News>();
    const auto subscription = history->Listen([news] {
      absl::MutexLock lock(&news->mutex);
      ++news->changes;
    });
    int64_t seen = 0;
    while (!wanted(*history)) {
      absl::MutexLock lock(&news->mutex);
      const auto changed = [&] { return news->changes > seen; };
      ASSERT_TRUE(news->mutex.AwaitWithTimeout(absl::Condition(&changed), kPatience));
      seen = news->changes;
    }
  }

  HoldingClock clock_;
  const std::unique_ptr<storage::Store> sqlite_;
  HookedStore store_{sqlite_.get()};
  data::Catalogue catalogue_{{}, &store_.datasets(), &clock_};
  std::unique_ptr<Scheduler> scheduler_;
};

// What is on the disk now, as a crash would leave it. No write may be under way.
inline void CopyDisk(const percept::testing::TempDir& from, const percept::testing::TempDir& to) {
  for (const auto& file : std::filesystem::directory_iterator(from.path())) {
    if (file.path().extension() == ".db-shm") continue;  // Memory, not disk.
    std::filesystem::copy(file.path(), to.path() + "/" + file.path().filename().string());
  }
}

}  // namespace percept::training

#endif  // PERCEPT_TESTS_UNIT_TRAINING_SCHEDULER_FIXTURE_H_
