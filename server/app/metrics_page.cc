#include "server/app/metrics_page.h"

#include <sys/statvfs.h>

#include <array>
#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"

#include "server/app/metric_families.h"
#include "server/base/meters.h"
#include "server/base/process.h"
#include "server/base/status.h"
#include "server/rpc/access/call_meters.h"

namespace percept::app {
namespace {

using storage::JobState;

void AddBuild(const MetricsSources& sources, MetricFamilies& page) {
  page.BeginGauge("percept_build_info", "1; what the server is.");
  page.Add(1, {{"version", sources.version},
               {"instruction_set", sources.scheduler->instruction_set()},
               {"engine_revision", absl::StrCat(sources.scheduler->engine_revision())}});
}

absl::Status AddStore(const MetricsSources& sources, MetricFamilies& page) {
  page.BeginGauge("percept_jobs", "Jobs in the store.");
  for (const JobState state : {JobState::kQueued, JobState::kRunning, JobState::kPaused,
                               JobState::kSucceeded, JobState::kFailed, JobState::kCancelled}) {
    PERCEPT_ASSIGN_OR_RETURN(const int64_t jobs, sources.scheduler->Count({.state = state}));
    page.Add(static_cast<double>(jobs),
             {{"state", absl::AsciiStrToLower(storage::JobStateName(state))}});
  }
  page.BeginGauge("percept_datasets", "Data sets in the store.");
  PERCEPT_ASSIGN_OR_RETURN(const int64_t datasets, sources.catalogue->Count());
  page.Add(static_cast<double>(datasets));
  page.BeginGauge("percept_store_bytes", "Disk that jobs, snapshots and records fill.");
  PERCEPT_ASSIGN_OR_RETURN(const int64_t store_bytes, sources.store->UsedBytes());
  page.Add(static_cast<double>(store_bytes));
  page.BeginGauge("percept_disk_free_bytes", "Room on the data folder's disk.");
  struct statvfs disk {};
  if (statvfs(sources.data_dir.c_str(), &disk) == 0) {
    page.Add(static_cast<double>(disk.f_bavail) * static_cast<double>(disk.f_frsize));
  }
  return absl::OkStatus();
}

void AddTraining(const MetricsSources& sources, MetricFamilies& page) {
  const Meters& meters = Meters::Process();
  const auto counter = [&page](const char* name, const char* help, const Count& count) {
    page.BeginCounter(name, help);
    page.Add(static_cast<double>(count.value()));
  };
  page.BeginGauge("percept_workers", "Jobs that can run side by side.");
  page.Add(sources.scheduler->options().workers);
  page.BeginHistogram("percept_job_queue_wait_seconds", "How long jobs waited for a worker.");
  page.Add(meters.queue_wait);
  counter("percept_training_steps_total", "Updates made by all jobs.", meters.steps);
  counter("percept_training_instances_total", "Training examples seen by all jobs.",
          meters.instances);
  counter("percept_snapshots_published_total", "Snapshots stored and shown to viewers.",
          meters.snapshots_published);
  counter("percept_snapshots_skipped_total", "Snapshots left out for viewers of the latest.",
          meters.snapshots_skipped);
  page.BeginHistogram("percept_fan_out_seconds",
                      "From a snapshot's publication until a waiting viewer was sent it.");
  page.Add(meters.fan_out);
  page.BeginHistogram("percept_store_commit_seconds", "How long transactions that write took.");
  page.Add(meters.commits_to_crash, {{"durability", "crash"}});
  page.Add(meters.commits_to_power_failure, {{"durability", "power_failure"}});
}

// Methods of ours; those of gRPC's own services are not counted.
std::vector<const rpc::CallMeter*> OwnMethods() {
  std::vector<const rpc::CallMeter*> methods;
  for (const rpc::CallMeter& meter : rpc::CallMeters()) {
    if (meter.method.front() != '/') methods.push_back(&meter);
  }
  return methods;
}

void AddCalls(MetricFamilies& page) {
  const std::vector<const rpc::CallMeter*> methods = OwnMethods();
  page.BeginGauge("percept_viewers", "Streams to viewers that are open.");
  int64_t in_flight = 0;
  for (const rpc::CallMeter* meter : methods) {
    if (!meter->is_viewing) {
      in_flight += meter->in_flight.value();
      continue;
    }
    const bool is_watch = meter->method == "SnapshotService/WatchSnapshots";
    page.Add(static_cast<double>(meter->in_flight.value()),
             {{"kind", is_watch ? "watch" : "subscription"}});
  }
  page.BeginGauge("percept_rpcs_in_flight", "Calls under way, less streams to viewers.");
  page.Add(static_cast<double>(in_flight));
  page.BeginCounter("percept_rpcs_total", "Calls that ended.");
  for (const rpc::CallMeter* meter : methods) {
    for (int code = 0; code < rpc::CallMeter::kCodes; ++code) {
      // The good ones from the start, so that the first is an increase, too.
      const int64_t ended = meter->ended[static_cast<size_t>(code)].value();
      if (code != 0 && ended == 0) continue;
      page.Add(static_cast<double>(ended),
               {{"method", meter->method}, {"code", std::string(rpc::CodeName(code))}});
    }
  }
  page.BeginHistogram("percept_rpc_duration_seconds",
                      "How long calls took, less streams to viewers.");
  for (const rpc::CallMeter* meter : methods) {
    if (!meter->is_viewing) page.Add(meter->duration, {{"method", meter->method}});
  }
}

void AddHttp(MetricFamilies& page) {
  constexpr std::array<const char*, Meters::kHttpKinds> kKinds = {"grpc_web", "page",  "health",
                                                                  "metrics",  "login", "refused"};
  const Meters& meters = Meters::Process();
  page.BeginCounter("percept_http_requests_total", "Requests answered.");
  for (size_t kind = 0; kind < kKinds.size(); ++kind) {
    for (size_t code = 0; code < Meters::kHttpClasses; ++code) {
      page.Add(static_cast<double>(meters.http_requests[kind][code].value()),
               {{"kind", kKinds[kind]}, {"code", absl::StrCat(code + 2, "xx")}});
    }
  }
  page.BeginGauge("percept_http_connections", "Connections to the HTTP listener that are open.");
  page.Add(static_cast<double>(meters.http_connections.value()));
}

// As all exporters of Prometheus name them.
void AddProcess(const MetricsSources& sources, MetricFamilies& page) {
  const ProcessUse use = UseOfProcess();
  page.BeginGauge("process_start_time_seconds", "When the process started, since 1970.");
  page.Add(absl::ToDoubleSeconds(sources.start_time - absl::UnixEpoch()));
  page.BeginCounter("process_cpu_seconds_total", "Processor time used, by all threads.");
  page.Add(absl::ToDoubleSeconds(use.cpu_time));
  const auto gauge = [&page](const char* name, const char* help, int64_t value) {
    page.BeginGauge(name, help);
    page.Add(static_cast<double>(value));
  };
  gauge("process_resident_memory_bytes", "Resident memory.", use.resident_bytes);
  gauge("process_open_fds", "Descriptors that are open.", use.open_descriptors);
  gauge("process_max_fds", "Descriptors that may be open.", use.max_descriptors);
  gauge("process_threads", "Threads.", use.threads);
}

}  // namespace

absl::StatusOr<std::string> MetricsPage(const MetricsSources& sources) {
  MetricFamilies page;
  AddBuild(sources, page);
  PERCEPT_RETURN_IF_ERROR(AddStore(sources, page));
  AddTraining(sources, page);
  AddCalls(page);
  AddHttp(page);
  AddProcess(sources, page);
  return page.Text();
}

}  // namespace percept::app
