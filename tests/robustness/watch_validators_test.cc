// The validators find what they are there to find.
#include "tests/support/watch_validators.h"

#include <string>
#include <vector>

#include "gmock/gmock.h"

namespace percept::testing {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;

v1::Job FinalJob(int64_t snapshots) {
  v1::Job job;
  job.set_state(v1::JOB_STATE_SUCCEEDED);
  job.mutable_progress()->set_snapshot_count(snapshots);
  return job;
}

WatchEvent SnapshotEvent(int64_t index) {
  WatchEvent event{.kind = WatchEvent::Kind::kSnapshot};
  event.snapshot.set_index(index);
  return event;
}

WatchEvent HeartbeatEvent(int64_t newest_index) {
  WatchEvent event{.kind = WatchEvent::Kind::kHeartbeat};
  event.heartbeat.set_newest_index(newest_index);
  return event;
}

WatchEvent EndEvent(const v1::Job& job) { return {.kind = WatchEvent::Kind::kEnded, .job = job}; }

WatchRecord Record(int64_t start_index, std::vector<WatchEvent> events,
                   grpc::Status status = grpc::Status::OK) {
  WatchRecord record;
  record.request.set_start_index(start_index);
  record.events = std::move(events);
  record.status = std::move(status);
  return record;
}

// A faultless history of four snapshots over two connections.
WatchHistory GoodHistory() {
  return {
      Record(0, {HeartbeatEvent(-1), SnapshotEvent(0), SnapshotEvent(1), HeartbeatEvent(1)},
             {grpc::StatusCode::UNAVAILABLE,
              "the server is stopping; resume the watch at start_index 2"}),
      Record(2, {HeartbeatEvent(2), SnapshotEvent(2), SnapshotEvent(3), EndEvent(FinalJob(4))})};
}

TEST(WatchValidators, FindNothingWrongWithAFaultlessHistory) {
  EXPECT_THAT(CheckWatch(GoodHistory(), FinalJob(4)), IsEmpty());
}

// A faultless history of eight snapshots, of which the newest were wanted.
WatchHistory GoodLatestHistory() {
  WatchEvent fourth = SnapshotEvent(3);
  fourth.skipped = 2;
  WatchEvent last = SnapshotEvent(7);
  last.skipped = 3;
  WatchHistory history = {Record(0, {HeartbeatEvent(-1), SnapshotEvent(0), fourth},
                                 {grpc::StatusCode::UNAVAILABLE,
                                  "the server is stopping; resume the watch at start_index 4"}),
                          Record(4, {HeartbeatEvent(7), last, EndEvent(FinalJob(8))})};
  for (WatchRecord& watch : history) watch.request.set_delivery(v1::DELIVERY_LATEST);
  return history;
}

TEST(WatchValidators, FindNothingWrongWithAFaultlessHistoryOfTheNewest) {
  EXPECT_THAT(CheckWatch(GoodLatestHistory(), FinalJob(8)), IsEmpty());
}

TEST(WatchValidators, SkippedFindsACountThatDoesNotAddUp) {
  WatchHistory history = GoodLatestHistory();
  history[0].events[2].skipped = 1;
  EXPECT_THAT(CheckSkipped(history, FinalJob(8)),
              ElementsAre("skipped: watch 0 sent 3 when 1 was next and 1 were said to be skipped"));
}

TEST(WatchValidators, SkippedFindsThatTheLastWasNotSent) {
  EXPECT_THAT(CheckSkipped(GoodLatestHistory(), FinalJob(9)),
              ElementsAre("skipped: the end came after 7 of 9"));
}

TEST(WatchValidators, SkippedFindsAnySkipWhereAllWereWanted) {
  WatchHistory history = GoodLatestHistory();
  for (WatchRecord& watch : history) watch.request.set_delivery(v1::DELIVERY_EVERY);
  EXPECT_THAT(CheckSkipped(history, FinalJob(8)),
              ElementsAre("skipped: 2 before 3", "skipped: 3 before 7"));
}

TEST(WatchValidators, OrderedFindsAStepBack) {
  WatchHistory history = GoodHistory();
  std::swap(history[1].events[1], history[1].events[2]);
  EXPECT_THAT(CheckOrdered(history), ElementsAre("ordered: 2 came after 3"));
}

TEST(WatchValidators, UniqueFindsAnIndexThatComesAgainAfterResuming) {
  WatchHistory history = GoodHistory();
  history[1].events.insert(history[1].events.begin() + 1, SnapshotEvent(1));
  EXPECT_THAT(CheckUnique(history), ElementsAre("unique: 1 came twice"));
}

TEST(WatchValidators, CompleteFindsAGapAMissingEndAndTooMuch) {
  WatchHistory gap = GoodHistory();
  gap[0].events.erase(gap[0].events.begin() + 2);
  EXPECT_THAT(CheckComplete(gap, FinalJob(4)), ElementsAre("complete: 1 is missing"));
  EXPECT_THAT(CheckComplete(GoodHistory(), FinalJob(5)), ElementsAre("complete: 4 is missing"));
  EXPECT_THAT(CheckComplete(GoodHistory(), FinalJob(3)),
              ElementsAre("complete: 3 came, of 3 snapshots"));
  EXPECT_THAT(CheckComplete({}, FinalJob(0)), Not(IsEmpty()));
}

TEST(WatchValidators, ResumableFindsAnotherBeginningAndAWrongCursor) {
  WatchHistory elsewhere = GoodHistory();
  elsewhere[1].request.set_start_index(1);
  EXPECT_THAT(CheckResumable(elsewhere),
              ElementsAre("resumable: watch 1 was to begin with 1 and began with 2"));
  WatchHistory cursor = GoodHistory();
  cursor[0].status = {grpc::StatusCode::UNAVAILABLE,
                      "the server is stopping; resume the watch at start_index 12"};
  EXPECT_THAT(CheckResumable(cursor), ElementsAre(HasSubstr("the next index was 2")));
}

TEST(WatchValidators, TerminalFindsAnEndThatIsMissingEarlyTwiceOrUntrue) {
  WatchHistory missing = GoodHistory();
  missing[1].events.pop_back();
  EXPECT_THAT(CheckTerminalLastAndTrue(missing, FinalJob(4)), Not(IsEmpty()));
  WatchHistory early = GoodHistory();
  std::swap(early[1].events[2], early[1].events[3]);
  EXPECT_THAT(CheckTerminalLastAndTrue(early, FinalJob(4)), Not(IsEmpty()));
  WatchHistory twice = GoodHistory();
  twice[0].events.push_back(EndEvent(FinalJob(4)));
  EXPECT_THAT(CheckTerminalLastAndTrue(twice, FinalJob(4)), Not(IsEmpty()));
  EXPECT_THAT(CheckTerminalLastAndTrue(GoodHistory(), FinalJob(5)), Not(IsEmpty()));
  WatchHistory running = GoodHistory();
  v1::Job job = FinalJob(4);
  job.set_state(v1::JOB_STATE_RUNNING);
  running[1].events.back() = EndEvent(job);
  EXPECT_THAT(CheckTerminalLastAndTrue(running, job), ElementsAre(HasSubstr("is no end")));
  WatchHistory refused = GoodHistory();
  refused[1].status = {grpc::StatusCode::INTERNAL, "a fault"};
  EXPECT_THAT(CheckTerminalLastAndTrue(refused, FinalJob(4)), Not(IsEmpty()));
  WatchHistory silent = GoodHistory();
  silent[0].status = grpc::Status::OK;
  EXPECT_THAT(CheckTerminalLastAndTrue(silent, FinalJob(4)), Not(IsEmpty()));
}

TEST(WatchValidators, TerminalAllowsAConnectionToBreakBehindTheEnd) {
  WatchHistory history = GoodHistory();
  history[1].status = {grpc::StatusCode::UNAVAILABLE, "Socket closed"};
  EXPECT_THAT(CheckTerminalLastAndTrue(history, FinalJob(4)), IsEmpty());
}

TEST(WatchValidators, HeartbeatFindsAnIndexTooLowTooHighOrFalling) {
  WatchHistory low = GoodHistory();
  low[0].events[3] = HeartbeatEvent(0);
  EXPECT_THAT(CheckHeartbeatNewest(low, FinalJob(4)),
              ElementsAre("heartbeat: names 0 after 1 was sent"));
  WatchHistory high = GoodHistory();
  high[1].events[0] = HeartbeatEvent(4);
  EXPECT_THAT(CheckHeartbeatNewest(high, FinalJob(4)),
              ElementsAre("heartbeat: names 4, which the job does not have"));
  WatchHistory falling = GoodHistory();
  falling[0].events[3] = HeartbeatEvent(3);
  EXPECT_THAT(CheckHeartbeatNewest(falling, FinalJob(4)),
              ElementsAre("heartbeat: names 2 after 3"));
  WatchHistory late = GoodHistory();
  late[1].events.erase(late[1].events.begin());
  EXPECT_THAT(CheckHeartbeatNewest(late, FinalJob(4)),
              ElementsAre("heartbeat: watch 1 does not begin with one"));
}

}  // namespace
}  // namespace percept::testing
