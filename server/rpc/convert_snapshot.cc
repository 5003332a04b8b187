#include "server/rpc/convert_snapshot.h"

#include "absl/strings/str_cat.h"

#include "percept/v1/snapshot_service.pb.h"
#include "server/rpc/convert_job.h"
#include "server/rpc/convert_time.h"
#include "server/training/job_parameters.h"

namespace percept::rpc {
namespace {

// `bytes` are those of all tensors, or none.
void AddTensors(const storage::JobRecord& job, absl::string_view bytes, v1::Snapshot& proto) {
  for (const auto& info : training::ParametersOf(job)) {
    v1::Tensor* tensor = proto.add_parameters();
    tensor->set_name(info.name);
    for (const int64_t extent : info.shape) tensor->add_shape(extent);
    tensor->set_data_type(info.is_float32() ? v1::DATA_TYPE_FLOAT32 : v1::DATA_TYPE_FLOAT64);
    if (bytes.empty()) continue;
    const auto size = static_cast<size_t>(info.size_bytes());
    tensor->set_data(bytes.data(), size);
    bytes.remove_prefix(size);
  }
}

}  // namespace

v1::Snapshot MetricsToProto(const storage::JobRecord& job, const storage::SnapshotHead& snapshot) {
  v1::Snapshot proto;
  proto.set_name(absl::StrCat("jobs/", job.id, "/snapshots/", snapshot.index));
  proto.set_index(snapshot.index);
  proto.set_step(snapshot.step);
  proto.set_instances(snapshot.instances);
  proto.set_epoch(snapshot.epoch);
  *proto.mutable_metrics() = ToProto(snapshot.metrics);
  *proto.mutable_create_time() = ToProto(snapshot.create_time);
  proto.set_parameters_crc32c(snapshot.parameters_crc32c);
  return proto;
}

v1::Snapshot DescriptionToProto(const storage::JobRecord& job,
                                const storage::BorrowedSnapshot& snapshot) {
  v1::Snapshot proto = MetricsToProto(job, snapshot);
  AddTensors(job, "", proto);
  for (const uint32_t index : snapshot.batch_indices) proto.add_batch_indices(index);
  return proto;
}

v1::Snapshot FullToProto(const storage::JobRecord& job, const storage::BorrowedSnapshot& snapshot) {
  v1::Snapshot proto = MetricsToProto(job, snapshot);
  AddTensors(job, snapshot.parameters, proto);
  for (const uint32_t index : snapshot.batch_indices) proto.add_batch_indices(index);
  return proto;
}

v1::EpochRecord ToProto(const storage::EpochRecord& epoch) {
  v1::EpochRecord proto;
  proto.set_epoch(epoch.epoch);
  *proto.mutable_metrics() = ToProto(epoch.metrics);
  return proto;
}

void EncodeForWatch(const storage::JobRecord& job, const storage::BorrowedSnapshot& snapshot,
                    training::SnapshotView view, std::string& bytes) {
  v1::WatchSnapshotsResponse response;
  *response.add_snapshots() = view == training::SnapshotView::kFull ? FullToProto(job, snapshot)
                                                                    : MetricsToProto(job, snapshot);
  response.AppendToString(&bytes);
}

}  // namespace percept::rpc
