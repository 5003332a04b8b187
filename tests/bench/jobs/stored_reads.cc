#include <fcntl.h>
#include <unistd.h>

#include <filesystem>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"

#include "tests/bench/jobs/latency_sections.h"
#include "tests/bench/jobs/stored_jobs.h"
#include "tests/bench/jobs/timings.h"
#include "tests/support/temp_dir.h"

namespace percept::bench {
namespace {

using testing::RpcClient;
using testing::ServerLife;

constexpr int64_t kStoredJobs = 100'000;
constexpr int64_t kSnapshotsEach = 10;
constexpr int kUnfinishedJobs = 100;
constexpr int kReads = 500;
constexpr int kStarts = 6;
constexpr absl::Duration kLifeBeforeKill = absl::Milliseconds(300);
constexpr Goal kReadGoal{Goal::Of::kP99, absl::Milliseconds(10)};
constexpr Goal kStartGoal{Goal::Of::kMost, absl::Seconds(1)};

std::string StoredName(int64_t number) { return absl::StrCat("jobs/", StoredJobId(number)); }

// --- Starts ---

struct Starts {
  std::vector<absl::Duration> ready;
  std::vector<absl::Duration> answered;
};

// What a start waits for when the machine has just been switched on.
void DropFromMemory(const std::string& data_dir) {
  for (const auto& file : std::filesystem::recursive_directory_iterator(data_dir)) {
    if (!file.is_regular_file()) continue;
    const int descriptor = open(file.path().c_str(), O_RDONLY | O_CLOEXEC);
    if (descriptor < 0) continue;
    fsync(descriptor);  // What is not on disk yet stays in memory.
    posix_fadvise(descriptor, 0, 0, POSIX_FADV_DONTNEED);
    close(descriptor);
  }
}

// `kKilled`: by SIGKILL while it stores what jobs report.
enum class End { kStopped, kKilled };

// Starts a server over and over, and times each start on what the one before, which ended so, has
// left.
Starts TimeStarts(const std::string& data_dir, End end, bool from_disk) {
  Starts starts;
  for (int start = 0; start <= kStarts; ++start) {
    if (from_disk) DropFromMemory(data_dir);
    const absl::Time begin = absl::Now();
    ServerLife life(testing::ServerArguments(data_dir, /*workers=*/2), absl::InfiniteDuration());
    RpcClient client(life.WaitForAddress());
    const absl::Duration ready = absl::Now() - begin;
    v1::Job job;
    Must(client.GetJob(StoredName(7), &job));
    const absl::Duration answered = absl::Now() - begin;
    if (start > 0) {  // The first comes after the end of another.
      starts.ready.push_back(ready);
      starts.answered.push_back(answered);
    }
    if (end == End::kStopped) {
      Must(life.End());
    } else {
      absl::SleepFor(kLifeBeforeKill);
    }
  }
  return starts;
}

void ShowStartsAfter(const std::string& title, const std::string& data_dir, End end) {
  for (const bool from_disk : {false, true}) {
    const Starts starts = TimeStarts(data_dir, end, from_disk);
    Show(absl::StrCat(from_disk ? "  with none of it in memory" : title, ": ready"), starts.ready,
         kStartGoal);
    Show(absl::StrCat(from_disk ? "  " : "", "  first answer"), starts.answered, kStartGoal);
  }
}

// --- Reads ---

void ShowLists(RpcClient& client, const std::string& title, const std::string& filter) {
  const auto times = Repeat(kReads, [&](int number) {
    v1::ListJobsRequest request;
    request.set_filter(filter);
    if (number % 2 == 1) request.set_order_by("create_time");
    v1::ListJobsResponse page;
    Must(client.ListJobs(request, &page));
  });
  Show(title, times, kReadGoal);
}

// Each page from where the one before ended.
void ShowFollowingPages(RpcClient& client) {
  v1::ListJobsRequest request;
  const auto times = Repeat(kReads, [&](int) {
    v1::ListJobsResponse page;
    Must(client.ListJobs(request, &page));
    request.set_page_token(page.next_page_token());
  });
  Show("  page after page", times, kReadGoal);
}

void ShowGets(RpcClient& client, const std::string& title) {
  const auto times = Repeat(kReads, [&](int number) {
    v1::Job job;
    Must(client.GetJob(StoredName(number * (kStoredJobs / kReads)), &job));
  });
  Show(title, times, kReadGoal);
}

void ShowReads(RpcClient& client) {
  ShowLists(client, "ListJobs, a page of 50, newest or oldest first", "");
  ShowFollowingPages(client);
  for (const char* filter : {"owner=owner-3", "state=CANCELLED", "state=RUNNING", "dataset=xor",
                             "label=\"run 17\"", "owner=owner-1 AND state=SUCCEEDED"}) {
    ShowLists(client, absl::StrCat("  ", filter), filter);
  }
  ShowLists(client, "  all four, each true of many jobs, together of none",
            "owner=owner-1 AND state=CANCELLED AND dataset=xor AND label=\"run 0\"");
  ShowGets(client, "GetJob");
}

}  // namespace

void ShowStored() {
  testing::TempDir folder;
  const std::string data_dir = folder.File("data");
  Must(StoreJobs(data_dir, kStoredJobs, kSnapshotsEach));
  ShowHead("With 100,000 jobs and 1,000,000 snapshots stored");
  ShowStartsAfter("start after a stop", data_dir, End::kStopped);
  {
    Served server(data_dir);
    ShowReads(server.client);
    MakeToyData(server.client);
    for (int job = 0; job < kUnfinishedJobs; ++job) Create(server.client, LongToyJob());
    ShowLists(server.client, "ListJobs beside two jobs that train", "");
    ShowGets(server.client, "GetJob beside them");
  }
  ShowStartsAfter("start after kill -9, with 100 jobs to go on with", data_dir, End::kKilled);
}

}  // namespace percept::bench
