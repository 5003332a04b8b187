#include "tests/support/watch_validators.h"

#include <algorithm>
#include <optional>
#include <set>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"

namespace percept::testing {
namespace {

using Kind = WatchEvent::Kind;

std::vector<int64_t> IndicesOf(const WatchHistory& history) {
  std::vector<int64_t> indices;
  for (const WatchRecord& watch : history) {
    for (const v1::Snapshot& snapshot : watch.Snapshots()) indices.push_back(snapshot.index());
  }
  return indices;
}

bool WantsLatest(const WatchRecord& watch) {
  return watch.request.delivery() == v1::DELIVERY_LATEST;
}

}  // namespace

bool IsFinal(v1::JobState state) {
  return state == v1::JOB_STATE_SUCCEEDED || state == v1::JOB_STATE_FAILED ||
         state == v1::JOB_STATE_CANCELLED;
}

Faults CheckOrdered(const WatchHistory& history) {
  Faults faults;
  const std::vector<int64_t> indices = IndicesOf(history);
  for (size_t place = 1; place < indices.size(); ++place) {
    if (indices[place] < indices[place - 1]) {
      faults.push_back(
          absl::StrCat("ordered: ", indices[place], " came after ", indices[place - 1]));
    }
  }
  return faults;
}

Faults CheckUnique(const WatchHistory& history) {
  Faults faults;
  std::set<int64_t> seen;
  for (const int64_t index : IndicesOf(history)) {
    if (!seen.insert(index).second)
      faults.push_back(absl::StrCat("unique: ", index, " came twice"));
  }
  return faults;
}

Faults CheckComplete(const WatchHistory& history, const v1::Job& final_job) {
  if (history.empty()) return {"complete: nothing was watched"};
  if (WantsLatest(history.front())) return {};
  Faults faults;
  const std::vector<int64_t> indices = IndicesOf(history);
  const std::set<int64_t> seen(indices.begin(), indices.end());
  const int64_t count = final_job.progress().snapshot_count();
  for (int64_t index = history.front().request.start_index(); index < count; ++index) {
    if (!seen.contains(index)) faults.push_back(absl::StrCat("complete: ", index, " is missing"));
  }
  if (!seen.empty() && *seen.rbegin() >= count) {
    faults.push_back(absl::StrCat("complete: ", *seen.rbegin(), " came, of ", count, " snapshots"));
  }
  return faults;
}

Faults CheckSkipped(const WatchHistory& history, const v1::Job& final_job) {
  Faults faults;
  for (size_t number = 0; number < history.size(); ++number) {
    const WatchRecord& watch = history[number];
    int64_t next = watch.request.start_index();
    for (const WatchEvent& event : watch.events) {
      if (event.kind != Kind::kSnapshot) continue;
      const int64_t index = event.snapshot.index();
      if (index != next + event.skipped) {
        faults.push_back(absl::StrCat("skipped: watch ", number, " sent ", index, " when ", next,
                                      " was next and ", event.skipped, " were said to be skipped"));
      }
      if (event.skipped != 0 && !WantsLatest(watch)) {
        faults.push_back(absl::StrCat("skipped: ", event.skipped, " before ", index));
      }
      next = index + 1;
    }
    const int64_t count = final_job.progress().snapshot_count();
    if (watch.Ended().has_value() && next < count) {
      faults.push_back(absl::StrCat("skipped: the end came after ", next - 1, " of ", count));
    }
  }
  return faults;
}

Faults CheckResumable(const WatchHistory& history) {
  Faults faults;
  for (size_t number = 0; number < history.size(); ++number) {
    const WatchRecord& watch = history[number];
    const std::vector<v1::Snapshot> snapshots = watch.Snapshots();
    int64_t next = watch.request.start_index();
    if (!snapshots.empty() && snapshots.front().index() != next && !WantsLatest(watch)) {
      faults.push_back(absl::StrCat("resumable: watch ", number, " was to begin with ", next,
                                    " and began with ", snapshots.front().index()));
    }
    if (!snapshots.empty()) next = snapshots.back().index() + 1;
    const std::string& message = watch.status.error_message();
    if (absl::StrContains(message, "the server is stopping") &&
        !absl::EndsWith(message, absl::StrCat(" start_index ", next))) {
      faults.push_back(
          absl::StrCat("resumable: the next index was ", next, ", the server said: ", message));
    }
  }
  return faults;
}

Faults CheckTerminalLastAndTrue(const WatchHistory& history, const v1::Job& final_job) {
  if (history.empty()) return {"terminal: nothing was watched"};
  Faults faults;
  for (size_t number = 0; number < history.size(); ++number) {
    const WatchRecord& watch = history[number];
    const bool last_watch = number + 1 == history.size();
    for (size_t place = 0; place < watch.events.size(); ++place) {
      const bool last = last_watch && place + 1 == watch.events.size();
      if (watch.events[place].kind == Kind::kEnded && !last) {
        faults.push_back(absl::StrCat("terminal: watch ", number, " went on after the end"));
      }
    }
    if (!last_watch && watch.status.ok()) {
      faults.push_back(absl::StrCat("terminal: watch ", number, " was OK without the end"));
    }
  }
  const std::optional<v1::Job> ended = history.back().Ended();
  if (!ended.has_value()) return {"terminal: the end did not come"};
  // The connection may break behind the last message; the server itself says nothing but OK.
  const grpc::Status& status = history.back().status;
  const bool cut =
      status.error_code() == grpc::StatusCode::UNAVAILABLE && status.error_details().empty();
  if (!status.ok() && !cut) {
    faults.push_back(absl::StrCat("terminal: the end came with ", status.error_message()));
  }
  if (!IsFinal(ended->state())) {
    faults.push_back(absl::StrCat("terminal: ", v1::JobState_Name(ended->state()), " is no end"));
  }
  if (ended->SerializeAsString() != final_job.SerializeAsString()) {
    faults.push_back(absl::StrCat("terminal: the end was ", ended->ShortDebugString(),
                                  ", the job is ", final_job.ShortDebugString()));
  }
  return faults;
}

Faults CheckHeartbeatNewest(const WatchHistory& history, const v1::Job& final_job) {
  Faults faults;
  int64_t sent = -1;
  int64_t told = -1;
  for (size_t number = 0; number < history.size(); ++number) {
    const std::vector<WatchEvent>& events = history[number].events;
    if (!events.empty() && events.front().kind != Kind::kHeartbeat) {
      faults.push_back(absl::StrCat("heartbeat: watch ", number, " does not begin with one"));
    }
    for (const WatchEvent& event : events) {
      if (event.kind == Kind::kSnapshot) sent = std::max(sent, event.snapshot.index());
      if (event.kind != Kind::kHeartbeat) continue;
      const int64_t newest = event.heartbeat.newest_index();
      if (newest < sent) {
        faults.push_back(absl::StrCat("heartbeat: names ", newest, " after ", sent, " was sent"));
      }
      if (newest < told)
        faults.push_back(absl::StrCat("heartbeat: names ", newest, " after ", told));
      if (newest >= final_job.progress().snapshot_count()) {
        faults.push_back(
            absl::StrCat("heartbeat: names ", newest, ", which the job does not have"));
      }
      told = std::max(told, newest);
    }
  }
  return faults;
}

Faults CheckWatch(const WatchHistory& history, const v1::Job& final_job) {
  Faults all;
  for (const Faults& faults :
       {CheckOrdered(history), CheckUnique(history), CheckComplete(history, final_job),
        CheckSkipped(history, final_job), CheckResumable(history),
        CheckTerminalLastAndTrue(history, final_job), CheckHeartbeatNewest(history, final_job)}) {
    all.insert(all.end(), faults.begin(), faults.end());
  }
  return all;
}

}  // namespace percept::testing
