// percept_viewers SERVER [CA [TOKEN]]
//
// Watches jobs as many viewers, for streams.py. SERVER is HOST:PORT, or https://HOST:PORT with the
// file of the authority that it trusts. Reads JSON objects from standard input, one a line,
// and answers each with one line:
//
//   {"job": NAME}               {"time": T, "instances": N, "snapshots": N}
//   {"watch": NAME, "viewers": N, "start_index": I, "by": "library" or "wire"}
//                               {"seconds": T} until each of them was sent a snapshot; the viewers
//                               of the watch before leave first
//   {"take": SECONDS}           {"seconds", "snapshots", "ended"}: what all viewers were sent
//                               meanwhile; ends early when all have seen the job's end
//   {"messages": true}          {"messages": [[INDEX, TAKEN, RECEIVED], ...]}: which snapshot was
//                               the newest of each message of the last take, and when that was
//                               taken and when received, in seconds since the epoch
//   {"leave": true}             {}
//
// The answer to what fails is {"error": MESSAGE}.
#include <cstdio>
#include <fstream>
#include <iostream>
#include <memory>
#include <sstream>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/clock.h"
#include <nlohmann/json.hpp>

#include "client/lib/client.h"
#include "server/base/status.h"
#include "tests/bench/streams/viewers.h"

namespace percept::bench {
namespace {

using Json = nlohmann::ordered_json;

class Program {
 public:
  Program(std::string server, client::TlsOptions tls, std::string token)
      : server_(std::move(server)),
        tls_(std::move(tls)),
        token_(std::move(token)),
        client_({.server = server_, .tls = tls_, .token = token_}) {}

  absl::StatusOr<Json> Answer(const Json& request) {
    if (request.contains("job")) return Job(request["job"]);
    if (request.contains("watch")) return Watch(request);
    if (request.contains("take") && viewers_ != nullptr) return Take(request["take"]);
    if (request.contains("messages")) return Messages();
    if (request.contains("leave")) {
      viewers_.reset();
      return Json::object();
    }
    return absl::InvalidArgumentError("must be an object with job, watch, take, messages or leave");
  }

 private:
  static double SecondsOf(absl::Time time) {
    return absl::ToDoubleSeconds(time - absl::UnixEpoch());
  }

  absl::StatusOr<Json> Job(const std::string& name) {
    v1::GetJobRequest request;
    request.set_name(name);
    const absl::StatusOr<v1::Job> job = client_.GetJob(request);
    if (!job.ok()) return job.status();
    return Json{{"time", SecondsOf(absl::Now())},
                {"instances", job->progress().instances()},
                {"snapshots", job->progress().snapshot_count()}};
  }

  absl::StatusOr<Json> Watch(const Json& request) {
    const absl::Time start = absl::Now();
    viewers_.reset();
    const Watched watched{request["watch"], request["viewers"], request["start_index"]};
    if (request.value("by", "library") == "wire") {
      PERCEPT_ASSIGN_OR_RETURN(viewers_, WatchByWire(server_, watched));
    } else {
      viewers_ = WatchByLibrary(server_, tls_, token_, watched);
    }
    if (!viewers_->AwaitFirst(absl::Minutes(2))) {
      return absl::DeadlineExceededError("some viewers were sent no snapshot");
    }
    return Json{{"seconds", absl::ToDoubleSeconds(absl::Now() - start)}};
  }

  absl::StatusOr<Json> Take(double seconds) {
    const absl::Time start = absl::Now();
    received_ = viewers_->Run(absl::Seconds(seconds));
    if (!received_.fault.ok()) return received_.fault;
    return Json{{"seconds", absl::ToDoubleSeconds(absl::Now() - start)},
                {"snapshots", received_.snapshots},
                {"ended", viewers_->ended()}};
  }

  Json Messages() const {
    Json messages = Json::array();
    for (const Viewers::Receipt& receipt : received_.messages) {
      messages.push_back({receipt.index, SecondsOf(receipt.taken), SecondsOf(receipt.received)});
    }
    return Json{{"messages", std::move(messages)}};
  }

  const std::string server_;
  const client::TlsOptions tls_;
  const std::string token_;
  client::Client client_;
  std::unique_ptr<Viewers> viewers_;
  Viewers::Received received_;  // In the last run.
};

}  // namespace
}  // namespace percept::bench

int main(int argc, char** argv) {
  if (argc < 2 || argc > 4) {
    std::fprintf(stderr, "usage: percept_viewers SERVER [CA [TOKEN]]\n");
    return 2;
  }
  using percept::bench::Json;
  // As in `percept`.
  absl::SetMutexDeadlockDetectionMode(absl::OnDeadlockCycle::kIgnore);
  std::ostringstream ca;
  if (argc > 2) ca << std::ifstream(argv[2]).rdbuf();
  percept::bench::Program program(argv[1], {.ca = ca.str()}, argc > 3 ? argv[3] : "");
  for (std::string line; std::getline(std::cin, line);) {
    const Json request = Json::parse(line, nullptr, /*allow_exceptions=*/false);
    const absl::StatusOr<Json> answer = program.Answer(request);
    std::cout
        << (answer.ok() ? *answer : Json{{"error", std::string(answer.status().message())}}).dump()
        << std::endl;
  }
  return 0;
}
