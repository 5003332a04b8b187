// percept_job_client HOST:PORT
//
// Submits and follows jobs on one connection, for jobs.py: starting percept anew for each would
// cost more than the shortest jobs take. Reads JSON objects from standard input, one a line, and
// answers each with one line:
//
//   {"submit": JOB_SPEC}  {"name": "jobs/…", "sent": T, "answered": T}, as percept.v1.JobSpec
//   {"follow": "jobs/…"}  {"ended": T, "state", "snapshots", "instances", "create_time",
//                         "start_time", "end_time", "run_time"}, once the job has ended; all
//                         its snapshots are received, as by `percept train`
//
// Times are seconds since the Unix epoch. The answer to what fails is {"error": MESSAGE}.
#include <cstdio>
#include <iostream>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/clock.h"
#include "absl/time/time.h"
#include <google/protobuf/util/json_util.h>
#include <google/protobuf/util/time_util.h>
#include <nlohmann/json.hpp>

#include "client/lib/client.h"
#include "client/lib/watch.h"

namespace percept::bench {
namespace {

using google::protobuf::util::TimeUtil;
using Json = nlohmann::ordered_json;

double Now() { return absl::ToDoubleSeconds(absl::Now() - absl::UnixEpoch()); }

double Seconds(const google::protobuf::Timestamp& time) {
  return static_cast<double>(TimeUtil::TimestampToMicroseconds(time)) / 1e6;
}

double Seconds(const google::protobuf::Duration& duration) {
  return static_cast<double>(TimeUtil::DurationToMicroseconds(duration)) / 1e6;
}

class Silent final : public client::WatchVisitor {
 public:
  void OnSnapshot(const v1::Snapshot&, int64_t) override {}
  void OnHeartbeat(const v1::Heartbeat&) override {}
  void OnDisconnected(const absl::Status&, int64_t) override {}
  void OnReconnected() override {}
};

absl::StatusOr<Json> Submit(client::Client& client, const Json& spec) {
  v1::CreateJobRequest request;
  const auto parsed =
      google::protobuf::util::JsonStringToMessage(spec.dump(), request.mutable_spec());
  if (!parsed.ok()) return absl::InvalidArgumentError(std::string(parsed.message()));
  const double sent = Now();
  const absl::StatusOr<v1::Job> job = client.CreateJob(request);
  if (!job.ok()) return job.status();
  return Json{{"name", job->name()}, {"sent", sent}, {"answered", Now()}};
}

absl::StatusOr<Json> Follow(client::Client& client, const std::string& name) {
  client::WatchOptions options;
  options.job = name;
  Silent visitor;
  const absl::StatusOr<v1::Job> job = client::Watch(client, options, visitor);
  if (!job.ok()) return job.status();
  return Json{{"ended", Now()},
              {"state", v1::JobState_Name(job->state())},
              {"snapshots", job->progress().snapshot_count()},
              {"instances", job->progress().instances()},
              {"create_time", Seconds(job->create_time())},
              {"start_time", Seconds(job->start_time())},
              {"end_time", Seconds(job->end_time())},
              {"run_time", Seconds(job->run_time())}};
}

absl::StatusOr<Json> Answer(client::Client& client, const std::string& line) {
  const Json request = Json::parse(line, nullptr, /*allow_exceptions=*/false);
  if (request.contains("submit")) return Submit(client, request["submit"]);
  if (request.contains("follow") && request["follow"].is_string()) {
    return Follow(client, request["follow"].get<std::string>());
  }
  return absl::InvalidArgumentError("must be an object with submit or follow");
}

}  // namespace
}  // namespace percept::bench

int main(int argc, char** argv) {
  if (argc != 2) {
    std::fprintf(stderr, "usage: percept_job_client HOST:PORT\n");
    return 2;
  }
  percept::client::Client client({.server = argv[1]});
  for (std::string line; std::getline(std::cin, line);) {
    const absl::StatusOr<percept::bench::Json> answer = percept::bench::Answer(client, line);
    const percept::bench::Json shown =
        answer.ok() ? *answer
                    : percept::bench::Json{{"error", std::string(answer.status().message())}};
    std::cout << shown.dump() << std::endl;
  }
  return 0;
}
