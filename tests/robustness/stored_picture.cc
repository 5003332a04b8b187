#include "tests/robustness/stored_picture.h"

#include <vector>

#include "absl/strings/str_cat.h"

namespace percept::testing {
namespace {

std::string Shown(const grpc::Status& status, std::string bytes) {
  if (status.ok()) return bytes;
  if (status.error_code() == grpc::StatusCode::DATA_LOSS) return kDamaged;
  return absl::StrCat("error ", status.error_code(), ": ", status.error_message());
}

std::string Text(const v1::Job& job) {
  return job.damaged().empty() ? job.DebugString() : kDamaged;
}

void ReadList(RpcClient& client, const std::vector<std::string>& jobs, StoredPicture& picture) {
  v1::ListJobsRequest request;
  request.set_page_size(1000);
  v1::ListJobsResponse page;
  const grpc::Status status = client.ListJobs(request, &page);
  for (const std::string& name : jobs) {
    picture[absl::StrCat("ListJobs: ", name)] = Shown(status, "not listed");
  }
  for (const v1::Job& job : page.jobs()) {
    picture[absl::StrCat("ListJobs: ", job.name())] = Text(job);
  }
  for (const std::string& name : page.unreachable()) {
    picture[absl::StrCat("ListJobs: ", name)] = kDamaged;
  }
}

void ReadJob(RpcClient& client, const std::string& name, StoredPicture& picture) {
  v1::Job job;
  const grpc::Status got = client.GetJob(name, &job);
  picture[name] = Shown(got, Text(job));
  v1::ListSnapshotsRequest snapshots;
  snapshots.set_parent(name);
  snapshots.set_page_size(1000);
  v1::ListSnapshotsResponse listed;
  const grpc::Status read = client.ListSnapshots(snapshots, &listed);
  picture[name + " snapshots"] = Shown(read, listed.SerializeAsString());
  v1::ListEpochsRequest epochs;
  epochs.set_parent(name);
  v1::ListEpochsResponse averages;
  const grpc::Status averaged = client.ListEpochs(epochs, &averages);
  picture[name + " epochs"] = Shown(averaged, averages.SerializeAsString());
  for (const char* index : {"0", "7", "last", "best"}) {
    const std::string snapshot = absl::StrCat(name, "/snapshots/", index);
    const RpcClient::SnapshotRead model = client.GetSnapshot(snapshot);
    picture[snapshot] = Shown(model.status, model.snapshot.SerializeAsString());
  }
}

}  // namespace

StoredPicture ReadPicture(RpcClient& client, const std::vector<std::string>& jobs) {
  StoredPicture picture;
  ReadList(client, jobs, picture);
  for (const std::string& name : jobs) ReadJob(client, name, picture);
  return picture;
}

Faults CompareDamaged(const StoredPicture& damaged, const StoredPicture& whole) {
  Faults faults;
  for (const auto& [what, shown] : damaged) {
    const auto before = whole.find(what);
    if (shown == kDamaged || (before != whole.end() && shown == before->second)) continue;
    faults.push_back(absl::StrCat(what, ": shows ", shown, ", before ",
                                  before != whole.end() ? before->second : "nothing"));
  }
  return faults;
}

}  // namespace percept::testing
