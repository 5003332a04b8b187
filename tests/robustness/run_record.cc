#include "tests/robustness/run_record.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "google/protobuf/repeated_ptr_field.h"

#include "server/base/crc32c.h"
#include "tests/robustness/rpc_status.h"

namespace percept::testing {
namespace {

constexpr int kPageSize = 1000;

// Reads all pages of a list of a job: `call` asks for one, `items` says what it holds.
template <typename Request, typename Response, typename Item, typename Call, typename Items>
absl::Status ReadPages(const std::string& job, Call call, Items items, std::vector<Item>& all) {
  Request request;
  request.set_parent(job);
  request.set_page_size(kPageSize);
  do {
    Response response;
    if (absl::Status read = ToStatus(call(request, &response)); !read.ok()) return read;
    all.insert(all.end(), items(response).begin(), items(response).end());
    request.set_page_token(response.next_page_token());
  } while (!request.page_token().empty());
  return absl::OkStatus();
}

absl::Status ReadSnapshots(RpcClient& client, RunRecord& run) {
  return ReadPages<v1::ListSnapshotsRequest, v1::ListSnapshotsResponse>(
      run.job.name(),
      [&](const auto& request, auto* response) { return client.ListSnapshots(request, response); },
      [](const auto& response) -> auto& { return response.snapshots(); }, run.snapshots);
}

absl::Status ReadEpochs(RpcClient& client, RunRecord& run) {
  return ReadPages<v1::ListEpochsRequest, v1::ListEpochsResponse>(
      run.job.name(),
      [&](const auto& request, auto* response) { return client.ListEpochs(request, response); },
      [](const auto& response) -> auto& { return response.epochs(); }, run.epochs);
}

absl::Status ReadParameters(RpcClient& client, RunRecord& run) {
  if (run.snapshots.empty()) return absl::OkStatus();
  const RpcClient::SnapshotRead read =
      client.GetSnapshot(absl::StrCat(run.job.name(), "/snapshots/last"));
  if (!read.status.ok()) return ToStatus(read.status);
  for (const v1::Tensor& tensor : read.snapshot.parameters()) run.parameters += tensor.data();
  if (Crc32c(run.parameters) != run.snapshots.back().parameters_crc32c()) {
    return absl::DataLossError(
        absl::StrCat(run.job.name(), ": the last parameters do not have their digest"));
  }
  return absl::OkStatus();
}

// What of a snapshot two runs have in common.
std::string Bits(v1::Snapshot snapshot) {
  snapshot.clear_name();
  snapshot.clear_create_time();
  return snapshot.SerializeAsString();
}

std::string Bits(const v1::EpochRecord& epoch) { return epoch.SerializeAsString(); }

template <typename Item>
void CompareItems(const char* what, const std::vector<Item>& actual,
                  const std::vector<Item>& undisturbed, bool may_be_shorter, Faults& faults) {
  if (actual.size() > undisturbed.size() ||
      (!may_be_shorter && actual.size() < undisturbed.size())) {
    faults.push_back(
        absl::StrCat(what, "s: there are ", actual.size(), " of ", undisturbed.size()));
  }
  for (size_t place = 0; place < std::min(actual.size(), undisturbed.size()); ++place) {
    if (Bits(actual[place]) == Bits(undisturbed[place])) continue;
    faults.push_back(absl::StrCat(what, " ", place, ": is ", actual[place].ShortDebugString(),
                                  ", undisturbed ", undisturbed[place].ShortDebugString()));
    return;  // What follows from it says nothing new.
  }
}

}  // namespace

absl::StatusOr<RunRecord> ReadRun(RpcClient& client, const std::string& job) {
  RunRecord run;
  if (absl::Status got = ToStatus(client.GetJob(job, &run.job)); !got.ok()) return got;
  for (const auto& read : {ReadSnapshots, ReadEpochs, ReadParameters}) {
    if (absl::Status status = read(client, run); !status.ok()) return status;
  }
  return run;
}

Faults CompareRuns(const RunRecord& actual, const RunRecord& undisturbed) {
  Faults faults;
  const bool cancelled = actual.job.state() == v1::JOB_STATE_CANCELLED;
  if (!cancelled && actual.job.state() != undisturbed.job.state()) {
    faults.push_back(absl::StrCat("state: is ", v1::JobState_Name(actual.job.state()),
                                  ", undisturbed ", v1::JobState_Name(undisturbed.job.state()),
                                  ": ", actual.job.error().message()));
  }
  CompareItems("snapshot", actual.snapshots, undisturbed.snapshots, cancelled, faults);
  CompareItems("epoch", actual.epochs, undisturbed.epochs, cancelled, faults);
  if (!cancelled && actual.parameters != undisturbed.parameters) {
    faults.push_back("parameters: the last ones differ");
  }
  return faults;
}

Faults CheckKept(const WatchHistory& history, const RunRecord& stored) {
  Faults faults;
  for (const WatchRecord& watch : history) {
    for (const v1::Snapshot& sent : watch.Snapshots()) {
      const auto index = static_cast<size_t>(sent.index());
      if (index < stored.snapshots.size() &&
          stored.snapshots[index].SerializeAsString() == sent.SerializeAsString()) {
        continue;
      }
      faults.push_back(absl::StrCat("kept: a viewer was sent ", sent.ShortDebugString(),
                                    ", which is not stored so"));
    }
  }
  return faults;
}

}  // namespace percept::testing
