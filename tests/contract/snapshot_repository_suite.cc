#include <algorithm>
#include <atomic>
#include <cmath>
#include <limits>
#include <memory>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "absl/strings/str_cat.h"

#include "tests/contract/store_suite.h"
#include "tests/support/records.h"

namespace percept::storage {
namespace {

using ::percept::testing::FullSnapshot;
using ::percept::testing::NewJob;
using ::percept::testing::Pending;
using ::percept::testing::StatusIs;

using View = SnapshotRepository::View;

constexpr int64_t kNoBound = std::numeric_limits<int64_t>::max();

void ExpectSameMetrics(const SnapshotRecord& actual, const SnapshotRecord& expected) {
  EXPECT_EQ(actual.index, expected.index);
  EXPECT_EQ(actual.step, expected.step);
  EXPECT_EQ(actual.instances, expected.instances);
  EXPECT_EQ(actual.epoch, expected.epoch);
  EXPECT_EQ(actual.metrics, expected.metrics);
  EXPECT_EQ(actual.create_time, expected.create_time);
  EXPECT_EQ(actual.parameters_crc32c, expected.parameters_crc32c);
}

void ExpectSame(const SnapshotRecord& actual, const SnapshotRecord& expected) {
  ExpectSameMetrics(actual, expected);
  ASSERT_NE(actual.parameters, nullptr);
  EXPECT_EQ(*actual.parameters, *expected.parameters);
  ASSERT_NE(actual.batch_indices, nullptr);
  EXPECT_EQ(*actual.batch_indices, *expected.batch_indices);
}

TEST_P(SnapshotRepositoryContract, KeepsEveryFieldAcrossARestart) {
  ASSERT_OK(jobs().Insert(NewJob("a")));
  ASSERT_OK(snapshots().Append({Pending("a", 0), Pending("a", 1, "others")}));
  for (int restart = 0; restart < 2; ++restart) {
    ASSERT_OK_AND_ASSIGN(const auto read, snapshots().Read("a", 0, 10, View::kFull, kNoBound));
    ASSERT_EQ(read.size(), 2);
    ExpectSame(read[0], FullSnapshot(0));
    ExpectSame(read[1], FullSnapshot(1, "others"));
    Reopen();
  }
}

TEST_P(SnapshotRepositoryContract, LeavesOutParametersWhereMetricsAreAskedFor) {
  ASSERT_OK(jobs().Insert(NewJob("a")));
  ASSERT_OK(snapshots().Append({Pending("a", 0)}));
  ASSERT_OK_AND_ASSIGN(const auto read, snapshots().Read("a", 0, 10, View::kMetrics, 0));
  ASSERT_EQ(read.size(), 1);
  ExpectSameMetrics(read[0], FullSnapshot(0));
  EXPECT_EQ(read[0].parameters, nullptr);
  EXPECT_EQ(read[0].batch_indices, nullptr);
}

TEST_P(SnapshotRepositoryContract, KeepsUnsetAndAwkwardMetrics) {
  constexpr double kInfinity = std::numeric_limits<double>::infinity();
  constexpr double kNan = std::numeric_limits<double>::quiet_NaN();
  ASSERT_OK(jobs().Insert(NewJob("a")));
  SnapshotRecord unset = FullSnapshot(0);
  unset.metrics = {};
  SnapshotRecord awkward = FullSnapshot(1);
  awkward.metrics = {-0.0, kInfinity, -kInfinity, kNan};
  SnapshotRecord negative_nan = FullSnapshot(2);
  negative_nan.metrics.validation_accuracy = -kNan;
  ASSERT_OK(snapshots().Append({Pending("a", {unset, awkward, negative_nan})}));
  ASSERT_OK_AND_ASSIGN(const auto read, snapshots().Read("a", 0, 10, View::kMetrics, 0));
  ASSERT_EQ(read.size(), 3);
  EXPECT_EQ(read[0].metrics, Metrics{});
  EXPECT_EQ(read[1].metrics.validation_accuracy, 0.0);
  EXPECT_EQ(read[1].metrics.validation_loss, kInfinity);
  EXPECT_EQ(read[1].metrics.training_accuracy, -kInfinity);
  EXPECT_TRUE(std::isnan(read[1].metrics.training_loss.value()));
  EXPECT_TRUE(std::isnan(read[2].metrics.validation_accuracy.value()));
}

TEST_P(SnapshotRepositoryContract, KeepsLargeParametersAndEmptyBatches) {
  ASSERT_OK(jobs().Insert(NewJob("a")));
  SnapshotRecord empty = FullSnapshot(0);
  empty.batch_indices = std::make_shared<const std::vector<uint32_t>>();
  std::string large(3 << 20, '\0');
  for (size_t place = 0; place < large.size(); ++place)
    large[place] = static_cast<char>(place * place >> 7);
  ASSERT_OK(snapshots().Append({Pending("a", {empty, FullSnapshot(1, large)})}));
  ASSERT_OK_AND_ASSIGN(const auto read, snapshots().Read("a", 0, 10, View::kFull, kNoBound));
  ASSERT_EQ(read.size(), 2);
  EXPECT_TRUE(read[0].batch_indices->empty());
  EXPECT_EQ(*read[1].parameters, large);
}

TEST_P(SnapshotRepositoryContract, CountsSnapshotsInTheirJob) {
  ASSERT_OK(jobs().Insert(NewJob("a")));
  ASSERT_OK(jobs().Insert(NewJob("b")));
  ASSERT_OK(snapshots().Append({Pending("a", 0), Pending("b", 0), Pending("a", 1)}));
  ASSERT_OK(snapshots().Append({Pending("a", 2)}));
  EXPECT_EQ(jobs().Get("a")->snapshot_count, 3);
  EXPECT_EQ(jobs().Get("b")->snapshot_count, 1);
  ASSERT_OK_AND_ASSIGN(const auto page, jobs().List({}, false, std::nullopt, 10));
  EXPECT_EQ(page.jobs[0].snapshot_count, 3);
  EXPECT_EQ(page.jobs[1].snapshot_count, 1);
  JobRecord running = NewJob("a");
  running.state = JobState::kRunning;
  ASSERT_OK(jobs().Update(running, JobState::kQueued));
  EXPECT_EQ(jobs().Get("a")->snapshot_count, 3);
}

TEST_P(SnapshotRepositoryContract, RefusesAnIndexThatIsNotTheNext) {
  ASSERT_OK(jobs().Insert(NewJob("a")));
  EXPECT_THAT(snapshots().Append({Pending("a", 1)}),
              StatusIs(absl::StatusCode::kFailedPrecondition,
                       "jobs/a/snapshots/1: the job's next index must be 0, got 1"));
  ASSERT_OK(snapshots().Append({Pending("a", 0), Pending("a", 1)}));
  for (const int64_t index : {int64_t{-1}, int64_t{0}, int64_t{1}, int64_t{3}}) {
    EXPECT_THAT(snapshots().Append({Pending("a", index)}),
                StatusIs(absl::StatusCode::kFailedPrecondition))
        << index;
  }
  EXPECT_OK(snapshots().Append({Pending("a", 2)}));
}

TEST_P(SnapshotRepositoryContract, StoresNothingOfAGroupThatFails) {
  ASSERT_OK(jobs().Insert(NewJob("a")));
  ASSERT_OK(jobs().Insert(NewJob("b")));
  EXPECT_THAT(snapshots().Append({Pending("a", 0), Pending("b", 0), Pending("a", 2)}),
              StatusIs(absl::StatusCode::kFailedPrecondition));
  EXPECT_THAT(snapshots().Append({Pending("a", 0), Pending("nobody", 0)}),
              StatusIs(absl::StatusCode::kNotFound, "jobs/nobody: no such job"));
  const PendingSnapshots empty{"a", std::make_shared<SnapshotBlock>(1)};
  EXPECT_THAT(snapshots().Append({Pending("a", 0), empty}),
              StatusIs(absl::StatusCode::kFailedPrecondition));
  EXPECT_EQ(jobs().Get("a")->snapshot_count, 0);
  EXPECT_EQ(jobs().Get("b")->snapshot_count, 0);
  EXPECT_OK(snapshots().Append({Pending("a", 0), Pending("b", 0)}));
  EXPECT_OK(snapshots().Append({}));
}

TEST_P(SnapshotRepositoryContract, ReadsFromAnIndexOn) {
  ASSERT_OK(jobs().Insert(NewJob("a")));
  ASSERT_OK(jobs().Insert(NewJob("b")));
  for (int64_t index = 0; index < 20; ++index) {
    ASSERT_OK(snapshots().Append({Pending("a", index), Pending("b", index)}));
  }
  ASSERT_OK_AND_ASSIGN(const auto middle, snapshots().Read("a", 7, 5, View::kMetrics, 0));
  ASSERT_EQ(middle.size(), 5);
  EXPECT_EQ(middle.front().index, 7);
  EXPECT_EQ(middle.back().index, 11);
  EXPECT_EQ(snapshots().Read("a", 18, 5, View::kMetrics, 0)->size(), 2);
  EXPECT_TRUE(snapshots().Read("a", 20, 5, View::kMetrics, 0)->empty());
  EXPECT_TRUE(snapshots().Read("nobody", 0, 5, View::kFull, kNoBound)->empty());
  EXPECT_THAT(snapshots().Read("a", -1, 5, View::kMetrics, 0),
              StatusIs(absl::StatusCode::kInvalidArgument));
  EXPECT_THAT(snapshots().Read("a", 0, 0, View::kMetrics, 0),
              StatusIs(absl::StatusCode::kInvalidArgument));
}

std::vector<SnapshotRecord> FullSnapshots(int64_t first_index, int64_t end_index) {
  std::vector<SnapshotRecord> snapshots;
  for (int64_t index = first_index; index < end_index; ++index) {
    snapshots.push_back(FullSnapshot(index, std::string(static_cast<size_t>(index) + 1, 'p')));
  }
  return snapshots;
}

TEST_P(SnapshotRepositoryContract, ReadsAnyRangeAcrossBlocks) {
  ASSERT_OK(jobs().Insert(NewJob("a")));
  ASSERT_OK(snapshots().Append({Pending("a", FullSnapshots(0, 5))}));
  ASSERT_OK(
      snapshots().Append({Pending("a", FullSnapshots(5, 6)), Pending("a", FullSnapshots(6, 16))}));
  EXPECT_EQ(jobs().Get("a")->snapshot_count, 16);
  for (int64_t start = 0; start < 18; ++start) {
    for (int limit = 1; limit < 18; ++limit) {
      for (const View view : {View::kMetrics, View::kFull}) {
        ASSERT_OK_AND_ASSIGN(const auto read, snapshots().Read("a", start, limit, view, kNoBound));
        const int64_t end = std::min<int64_t>(16, start + limit);
        ASSERT_EQ(static_cast<int64_t>(read.size()), std::max<int64_t>(0, end - start));
        for (const SnapshotRecord& each : read) {
          const int64_t index = start + (&each - read.data());
          const SnapshotRecord expected = FullSnapshots(index, index + 1).front();
          if (view == View::kFull) {
            ExpectSame(each, expected);
          } else {
            ExpectSameMetrics(each, expected);
          }
        }
      }
    }
  }
}

TEST_P(SnapshotRepositoryContract, VisitsTheHeadsOfAnyRangeAcrossBlocks) {
  ASSERT_OK(jobs().Insert(NewJob("a")));
  ASSERT_OK(jobs().Insert(NewJob("b")));
  ASSERT_OK(snapshots().Append({Pending("a", FullSnapshots(0, 5)), Pending("b", 0)}));
  ASSERT_OK(
      snapshots().Append({Pending("a", FullSnapshots(5, 6)), Pending("a", FullSnapshots(6, 16))}));
  for (int64_t start = 0; start < 18; ++start) {
    for (int64_t end = 0; end < 20; ++end) {
      int64_t next = start;
      ASSERT_OK(snapshots().VisitHeads("a", start, end, [&](const SnapshotHead& head) {
        ExpectSameMetrics({head, nullptr, nullptr}, FullSnapshots(next, next + 1).front());
        ++next;
      }));
      EXPECT_EQ(next, std::max(start, std::min<int64_t>(end, 16)));
    }
  }
  const auto fail = [](const SnapshotHead& head) { ADD_FAILURE() << head.index; };
  EXPECT_OK(snapshots().VisitHeads("nobody", 0, 10, fail));
  EXPECT_THAT(snapshots().VisitHeads("a", -1, 5, fail),
              StatusIs(absl::StatusCode::kInvalidArgument));
}

TEST_P(SnapshotRepositoryContract, StopsAfterTheSnapshotThatReachesTheBytes) {
  ASSERT_OK(jobs().Insert(NewJob("a")));
  const std::string parameters(100, 'p');
  for (int64_t index = 0; index < 6; ++index)
    ASSERT_OK(snapshots().Append({Pending("a", index, parameters)}));
  const auto count = [&](int64_t max_bytes) {
    return snapshots().Read("a", 1, 10, View::kFull, max_bytes)->size();
  };
  EXPECT_EQ(count(0), 1);
  EXPECT_EQ(count(100), 1);
  EXPECT_EQ(count(101), 2);
  EXPECT_EQ(count(300), 3);
  EXPECT_EQ(count(kNoBound), 5);
}

TEST_P(SnapshotRepositoryContract, FindsTheBestSnapshot) {
  struct Validation {
    std::optional<double> accuracy;
    std::optional<double> loss;
  };
  const auto best_of = [&](const std::string& id, const std::vector<Validation>& reports) {
    EXPECT_OK(jobs().Insert(NewJob(id)));
    std::vector<SnapshotRecord> records;
    for (const Validation& report : reports) {
      records.push_back(FullSnapshot(static_cast<int64_t>(records.size())));
      records.back().metrics.validation_accuracy = report.accuracy;
      records.back().metrics.validation_loss = report.loss;
    }
    // The last in a block of its own.
    if (records.size() > 1) {
      EXPECT_OK(snapshots().Append({Pending(id, {records.begin(), records.end() - 1})}));
    }
    if (!records.empty()) {
      EXPECT_OK(snapshots().Append({Pending(id, {records.back()})}));
    }
    return snapshots().BestIndex(id);
  };
  constexpr double kNan = std::numeric_limits<double>::quiet_NaN();
  EXPECT_EQ(*best_of("accuracy", {{0.5, 0.1}, {0.9, 0.3}, {0.8, 0.0}}), 1);
  EXPECT_EQ(*best_of("loss", {{0.9, 0.3}, {0.9, 0.2}, {0.9, 0.25}}), 1);
  EXPECT_EQ(*best_of("earliest", {{0.1, 9.0}, {0.9, 0.2}, {0.9, 0.2}}), 1);
  EXPECT_EQ(*best_of("without-loss", {{0.9, std::nullopt}, {0.9, 0.5}}), 1);
  EXPECT_EQ(*best_of("nan-loss", {{0.9, kNan}, {0.9, 1e300}}), 1);
  EXPECT_EQ(*best_of("nan-accuracy", {{kNan, 0.1}, {0.2, 0.5}, {kNan, 0.1}}), 1);
  EXPECT_EQ(*best_of("partly", {{0.3, 0.5}, {}, {}}), 0);
  EXPECT_EQ(*best_of("zero", {{}, {0.0, 9.0}, {}}), 1);
  EXPECT_EQ(*best_of("whole", {{1.0, 9.0}, {0.5, 0.0}, {}}), 0);
  EXPECT_EQ(*best_of("unevaluated", {{}, {}, {}}), 2);
  EXPECT_THAT(best_of("none", {}), StatusIs(absl::StatusCode::kNotFound));
  EXPECT_THAT(snapshots().BestIndex("nobody"), StatusIs(absl::StatusCode::kNotFound));
}

TEST_P(SnapshotRepositoryContract, ShowsReadersWholeGroupsInOrder) {
  constexpr int kGroups = 40;
  constexpr int kGroupSize = 5;
  ASSERT_OK(jobs().Insert(NewJob("a")));
  std::atomic<bool> done = false;
  std::vector<std::thread> readers;
  for (int reader = 0; reader < 3; ++reader) {
    readers.emplace_back([&] {
      size_t seen = 0;
      while (!done) {
        const auto read = snapshots().Read("a", 0, 1000, View::kFull, kNoBound);
        ASSERT_OK(read);
        ASSERT_GE(read->size(), seen);
        ASSERT_EQ(read->size() % kGroupSize, 0);
        seen = read->size();
        ASSERT_OK(jobs().Get("a"));
      }
    });
  }
  for (int group = 0; group < kGroups; ++group) {
    std::vector<PendingSnapshots> pending;
    for (int i = 0; i < kGroupSize; ++i) pending.push_back(Pending("a", group * kGroupSize + i));
    ASSERT_OK(snapshots().Append(pending));
    // What a call stored is there for whoever reads after it.
    ASSERT_EQ(jobs().Get("a")->snapshot_count, (group + 1) * kGroupSize);
  }
  done = true;
  for (std::thread& reader : readers) reader.join();
}

TEST_P(SnapshotRepositoryContract, MayBeFlushedAtAnyTime) {
  EXPECT_OK(store().Flush());
  ASSERT_OK(jobs().Insert(NewJob("a")));
  ASSERT_OK(snapshots().Append({Pending("a", 0)}));
  EXPECT_OK(store().Flush());
  EXPECT_OK(store().Flush());
  EXPECT_EQ(jobs().Get("a")->snapshot_count, 1);
}

}  // namespace
}  // namespace percept::storage
