#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <string>
#include <vector>

#include "tests/bench/jobs/latency_sections.h"
#include "tests/bench/jobs/timings.h"
#include "tests/support/temp_dir.h"

namespace percept::bench {
namespace {

constexpr int kJobs = 1000;
constexpr int kDiskWrites = 200;

// What the machine needs to make a page of a file durable.
std::vector<absl::Duration> TimeDisk(const std::string& path) {
  const int file = open(path.c_str(), O_CREAT | O_WRONLY | O_APPEND | O_CLOEXEC, 0600);
  const std::string page(4096, 'p');
  std::vector<absl::Duration> times = Repeat(kDiskWrites, [&](int) {
    if (write(file, page.data(), page.size()) < 0 || fdatasync(file) != 0) {
      Must(absl::ErrnoToStatus(errno, path));
    }
  });
  close(file);
  return times;
}

}  // namespace

void ShowSubmissions() {
  testing::TempDir folder;
  Served server(folder.File("data"));
  testing::RpcClient& client = server.client;
  MakeToyData(client);
  v1::JobSpec toy = testing::MlpSpec("xor", {3}, /*epochs=*/5, /*batch_size=*/5);
  toy.mutable_training()->set_report_frequency(100);
  Must(client.Watch(Create(client, toy).name()).status);  // Fills caches.
  std::vector<absl::Duration> acknowledged;
  const std::vector<absl::Duration> finished = Repeat(kJobs, [&](int) {
    v1::Job job;
    acknowledged.push_back(Time([&] { job = Create(client, toy); }));
    Must(client.Watch(job.name()).status);
  });
  ShowHead("Jobs submitted one after the other");
  Show("the disk alone: 4 KiB appended to a file, durable", TimeDisk(folder.File("page")));
  Show("CreateJob acknowledged, which is durable", acknowledged,
       {Goal::Of::kP50, absl::Milliseconds(5)});
  Show("toy job submitted to finished, its snapshots received", finished,
       {Goal::Of::kP50, absl::Milliseconds(10)});
}

}  // namespace percept::bench
