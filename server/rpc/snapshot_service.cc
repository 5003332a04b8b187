#include "server/rpc/snapshot_service.h"

#include <algorithm>
#include <limits>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "server/base/status.h"
#include "server/inspect/export/export.h"
#include "server/rpc/access/call_context.h"
#include "server/rpc/convert_snapshot.h"
#include "server/rpc/paging.h"
#include "server/rpc/resource_names.h"
#include "server/rpc/snapshot_lookup.h"
#include "server/rpc/status_mapping.h"
#include "server/rpc/unary.h"
#include "server/training/job_parameters.h"
#include "server/training/metric_series.h"

namespace percept::rpc {
namespace {

// Points of a metric series.
constexpr int kMinSeriesPoints = 2;
constexpr int kMaxSeriesPoints = 10'000;
constexpr int kDefaultSeriesPoints = 1000;
constexpr int64_t kEndOfSeries = std::numeric_limits<int64_t>::max();

// Sends a snapshot's description, then its parameters in chunks.
class SnapshotSender final : public grpc::ServerWriteReactor<v1::GetSnapshotResponse> {
 public:
  // Both must outlive the call.
  SnapshotSender(const training::Scheduler* scheduler, const storage::SnapshotRepository* snapshots)
      : scheduler_(scheduler), snapshots_(snapshots) {}

  // Finds the snapshot, which may block, and begins to send.
  void Begin(CallContext& call, const std::string& name) {
    const auto find = [&]() -> absl::StatusOr<FoundSnapshot> {
      PERCEPT_RETURN_IF_ERROR(call.Admit());
      return FindSnapshot("name", name, *scheduler_, *snapshots_);
    };
    const absl::StatusOr<FoundSnapshot> found = find();
    if (!found.ok()) {
      Finish(ToGrpcStatus(found.status()));
      return;
    }
    for (const auto& tensor : training::ParametersOf(found->job)) {
      tensor_bytes_.push_back(static_cast<size_t>(tensor.size_bytes()));
    }
    parameters_ = found->snapshot.parameters;
    *response_.mutable_snapshot() =
        DescriptionToProto(found->job, storage::Borrow(found->snapshot));
    StartWrite(&response_);
  }

  void OnWriteDone(bool ok) override {
    if (!ok) {
      Finish({grpc::StatusCode::CANCELLED, "the client went away"});
      return;
    }
    while (tensor_ < tensor_bytes_.size() && offset_ == tensor_bytes_[tensor_]) {
      tensor_start_ += tensor_bytes_[tensor_++];
      offset_ = 0;
    }
    if (tensor_ == tensor_bytes_.size()) {
      Finish(grpc::Status::OK);
      return;
    }
    const size_t size = std::min(kChunkBytes, tensor_bytes_[tensor_] - offset_);
    v1::TensorChunk& chunk = *response_.mutable_chunk();
    chunk.set_tensor_index(static_cast<int32_t>(tensor_));
    chunk.set_offset(static_cast<int64_t>(offset_));
    chunk.set_data(parameters_->data() + tensor_start_ + offset_, size);
    offset_ += size;
    StartWrite(&response_);
  }

  void OnDone() override { delete this; }

 private:
  const training::Scheduler* const scheduler_;
  const storage::SnapshotRepository* const snapshots_;
  std::vector<size_t> tensor_bytes_;               // Size of each tensor.
  std::shared_ptr<const std::string> parameters_;  // The tensors' bytes, one after the other.
  v1::GetSnapshotResponse response_;
  size_t tensor_ = 0;        // Tensor whose bytes are sent next,
  size_t tensor_start_ = 0;  // where it begins,
  size_t offset_ = 0;        // and how much of it has been sent.
};

training::SeriesAxis AxisOf(v1::SeriesAxis axis) {
  switch (axis) {
    case v1::SERIES_AXIS_STEP:
      return training::SeriesAxis::kStep;
    case v1::SERIES_AXIS_TIME:
      return training::SeriesAxis::kTime;
    default:
      return training::SeriesAxis::kInstances;
  }
}

absl::StatusOr<training::SeriesRange> ParseSeriesRange(const v1::GetMetricSeriesRequest& message) {
  training::SeriesRange range;
  PERCEPT_ASSIGN_OR_RETURN(range.job_id, ParseName("name", "jobs", message.name()));
  range.max_points = message.has_max_points() ? message.max_points() : kDefaultSeriesPoints;
  range.axis = AxisOf(message.axis());
  range.start_index = message.start_index();
  range.end_index = message.has_end_index() ? message.end_index() : kEndOfSeries;
  FieldViolations violations;
  violations.CheckRange("max_points", range.max_points, kMinSeriesPoints, kMaxSeriesPoints);
  if (!v1::SeriesAxis_IsValid(message.axis())) {
    violations.Add("axis", "must be one of the enumeration's values",
                   static_cast<int>(message.axis()));
  }
  if (range.start_index < 0) {
    violations.Add("start_index", "must be at least 0", range.start_index);
  } else if (range.end_index < range.start_index) {
    violations.Add("end_index", absl::StrCat("must be at least start_index, ", range.start_index),
                   range.end_index);
  }
  PERCEPT_RETURN_IF_ERROR(violations.ToStatus());
  return range;
}

absl::Status CheckFormat(v1::ModelFormat format) {
  if (v1::ModelFormat_IsValid(format) && format != v1::MODEL_FORMAT_UNSPECIFIED)
    return absl::OkStatus();
  return InvalidField("format", "must be one of the enumeration's values other than 0",
                      static_cast<int>(format));
}

absl::StatusOr<std::string> Export(const inspect::TrainedModel& model, v1::ModelFormat format) {
  switch (format) {
    case v1::MODEL_FORMAT_SAFETENSORS:
      return inspect::ExportSafetensors(model);
    case v1::MODEL_FORMAT_NPZ:
      return inspect::ExportNpz(model);
    case v1::MODEL_FORMAT_ONNX:
      return inspect::ExportOnnx(model);
    default:
      return CheckFormat(format);
  }
}

}  // namespace

grpc::ServerWriteReactor<grpc::ByteBuffer>* SnapshotService::WatchSnapshots(
    grpc::CallbackServerContext* context, const grpc::ByteBuffer* request) {
  return BeginWatch(streams_, context, *request);
}

grpc::ServerUnaryReactor* SnapshotService::ListSnapshots(grpc::CallbackServerContext* context,
                                                         const v1::ListSnapshotsRequest* request,
                                                         v1::ListSnapshotsResponse* response) {
  return AnswerOn(pool_, context, [this, request, response]() -> absl::Status {
    PERCEPT_ASSIGN_OR_RETURN(const std::string id, ParseName("parent", "jobs", request->parent()));
    PERCEPT_ASSIGN_OR_RETURN(const int page_size, PageSize(request->page_size()));
    const std::string query = absl::StrCat("snapshots\n", id);
    PERCEPT_ASSIGN_OR_RETURN(const int64_t position,
                             ParseNumericPageToken(query, request->page_token()));
    PERCEPT_ASSIGN_OR_RETURN(const training::JobView job, scheduler_->Get(id));
    PERCEPT_ASSIGN_OR_RETURN(const std::vector<storage::SnapshotRecord> snapshots,
                             snapshots_->Read(id, std::max<int64_t>(0, position), page_size,
                                              training::SnapshotView::kMetrics, /*max_bytes=*/0));
    for (const storage::SnapshotRecord& snapshot : snapshots) {
      *response->add_snapshots() = MetricsToProto(job.record, snapshot);
    }
    if (!snapshots.empty() && snapshots.back().index + 1 < job.record.snapshot_count) {
      response->set_next_page_token(MakePageToken(query, absl::StrCat(snapshots.back().index + 1)));
    }
    return absl::OkStatus();
  });
}

grpc::ServerWriteReactor<v1::GetSnapshotResponse>* SnapshotService::GetSnapshot(
    grpc::CallbackServerContext* context, const v1::GetSnapshotRequest* request) {
  auto* sender = new SnapshotSender(scheduler_, snapshots_);
  if (!pool_->TrySubmit([sender, call = &CallOf(context), name = request->name()] {
        sender->Begin(*call, name);
      })) {
    sender->Finish(TooBusy());
  }
  return sender;
}

grpc::ServerUnaryReactor* SnapshotService::GetMetricSeries(
    grpc::CallbackServerContext* context, const v1::GetMetricSeriesRequest* request,
    v1::GetMetricSeriesResponse* response) {
  return AnswerOn(work_pool_, context, [this, request, response]() -> absl::Status {
    PERCEPT_ASSIGN_OR_RETURN(training::SeriesRange range, ParseSeriesRange(*request));
    PERCEPT_ASSIGN_OR_RETURN(const training::JobView job, scheduler_->Get(range.job_id));
    range.end_index = std::min(range.end_index, job.record.snapshot_count);
    range.start_index = std::min(range.start_index, range.end_index);
    PERCEPT_ASSIGN_OR_RETURN(const std::vector<storage::SnapshotHead> points,
                             training::ReadMetricSeries(*snapshots_, range));
    for (const storage::SnapshotHead& point : points) {
      *response->add_points() = MetricsToProto(job.record, point);
    }
    response->set_total_points(range.end_index - range.start_index);
    return absl::OkStatus();
  });
}

grpc::ServerUnaryReactor* SnapshotService::ListEpochs(grpc::CallbackServerContext* context,
                                                      const v1::ListEpochsRequest* request,
                                                      v1::ListEpochsResponse* response) {
  return AnswerOn(pool_, context, [this, request, response]() -> absl::Status {
    PERCEPT_ASSIGN_OR_RETURN(const std::string id, ParseName("parent", "jobs", request->parent()));
    PERCEPT_ASSIGN_OR_RETURN(const int page_size, PageSize(request->page_size()));
    const std::string query = absl::StrCat("epochs\n", id);
    PERCEPT_ASSIGN_OR_RETURN(const int64_t position,
                             ParseNumericPageToken(query, request->page_token()));
    PERCEPT_RETURN_IF_ERROR(scheduler_->Get(id).status());
    // One more than asked for tells whether there is another page.
    PERCEPT_ASSIGN_OR_RETURN(
        std::vector<storage::EpochRecord> epochs,
        snapshots_->ReadEpochs(id, static_cast<int32_t>(std::max<int64_t>(0, position)),
                               page_size + 1));
    if (epochs.size() > static_cast<size_t>(page_size)) {
      response->set_next_page_token(MakePageToken(query, absl::StrCat(epochs.back().epoch)));
      epochs.pop_back();
    }
    for (const storage::EpochRecord& epoch : epochs) *response->add_epochs() = ToProto(epoch);
    return absl::OkStatus();
  });
}

grpc::ServerWriteReactor<v1::ExportModelResponse>* SnapshotService::ExportModel(
    grpc::CallbackServerContext* context, const v1::ExportModelRequest* request) {
  return FileSender<v1::ExportModelResponse>::Start(
      work_pool_, context, [this, context, request]() -> absl::StatusOr<OutgoingFile> {
        PERCEPT_RETURN_IF_ERROR(CallOf(context).Admit());
        PERCEPT_RETURN_IF_ERROR(CheckFormat(request->format()));
        PERCEPT_ASSIGN_OR_RETURN(const FoundSnapshot found,
                                 FindSnapshot("name", request->name(), *scheduler_, *snapshots_));
        PERCEPT_ASSIGN_OR_RETURN(FileBudget::Reservation reservation,
                                 files_->Reserve(training::ParameterBytesOf(found.job)));
        PERCEPT_ASSIGN_OR_RETURN(std::string bytes, Export(found.model(), request->format()));
        return OutgoingFile{std::move(bytes), std::move(reservation)};
      });
}

}  // namespace percept::rpc
