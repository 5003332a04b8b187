#include "server/rpc/dataset_service.h"

#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "server/base/status.h"
#include "server/data/npz_writer.h"
#include "server/rpc/access/call_context.h"
#include "server/rpc/convert_access.h"
#include "server/rpc/convert_dataset.h"
#include "server/rpc/convert_upload.h"
#include "server/rpc/paging.h"
#include "server/rpc/read_examples.h"
#include "server/rpc/resource_names.h"
#include "server/rpc/unary.h"

namespace percept::rpc {
namespace {

// Bytes of the NPZ file of a data set, about.
int64_t FileBytes(const data::Dataset& dataset, bool include_test) {
  int64_t examples = 0;
  for (const data::Split& split : dataset.splits) examples += split.examples;
  if (!include_test) examples -= dataset.split(data::SplitKind::kTest).examples;
  const int64_t input_bytes = dataset.is_sparse ? 1 : sizeof(float);
  return examples * (dataset.inputs * input_bytes + static_cast<int64_t>(sizeof(int32_t)));
}

}  // namespace

absl::StatusOr<v1::Dataset> DatasetService::Show(const data::DatasetRecord& record) const {
  v1::Dataset dataset = ToProto(record);
  PERCEPT_ASSIGN_OR_RETURN(const int64_t job_count, jobs_->Count({.dataset = record.id}));
  dataset.set_job_count(job_count);
  return dataset;
}

grpc::ServerUnaryReactor* DatasetService::CreateDataset(grpc::CallbackServerContext* context,
                                                        const v1::CreateDatasetRequest* request,
                                                        v1::Dataset* response) {
  return AnswerOn(work_pool_, context, [this, context, request, response]() -> absl::Status {
    PERCEPT_ASSIGN_OR_RETURN(const data::Source source, SourceFromProto(request->dataset()));
    PERCEPT_ASSIGN_OR_RETURN(
        const Visibility visibility,
        VisibilityOrDefault("dataset.visibility", request->dataset().visibility()));
    PERCEPT_ASSIGN_OR_RETURN(const data::DatasetRecord record,
                             catalogue_->Create(request->dataset_id(), source,
                                                CallOf(context).session().name(), visibility));
    PERCEPT_ASSIGN_OR_RETURN(*response, Show(record));
    CallOf(context).set_resource(response->name());
    return absl::OkStatus();
  });
}

grpc::ServerUnaryReactor* DatasetService::GetDataset(grpc::CallbackServerContext* context,
                                                     const v1::GetDatasetRequest* request,
                                                     v1::Dataset* response) {
  return AnswerOn(pool_, context, [this, request, response]() -> absl::Status {
    PERCEPT_ASSIGN_OR_RETURN(const std::string id, ParseName("name", "datasets", request->name()));
    PERCEPT_ASSIGN_OR_RETURN(const data::DatasetRecord record, catalogue_->Get(id));
    PERCEPT_ASSIGN_OR_RETURN(*response, Show(record));
    return absl::OkStatus();
  });
}

grpc::ServerUnaryReactor* DatasetService::ListDatasets(grpc::CallbackServerContext* context,
                                                       const v1::ListDatasetsRequest* request,
                                                       v1::ListDatasetsResponse* response) {
  return AnswerOn(pool_, context, [this, context, request, response]() -> absl::Status {
    PERCEPT_ASSIGN_OR_RETURN(const int page_size, PageSize(request->page_size()));
    PERCEPT_ASSIGN_OR_RETURN(const std::string after,
                             ParsePageToken("datasets", request->page_token()));
    // One more than asked for tells whether there is another page.
    PERCEPT_ASSIGN_OR_RETURN(
        std::vector<data::DatasetRecord> records,
        catalogue_->List(after, page_size + 1, CallOf(context).session().reader()));
    if (records.size() > static_cast<size_t>(page_size)) {
      records.resize(static_cast<size_t>(page_size));
      response->set_next_page_token(MakePageToken("datasets", records.back().id));
    }
    for (const data::DatasetRecord& record : records) {
      PERCEPT_ASSIGN_OR_RETURN(*response->add_datasets(), Show(record));
    }
    return absl::OkStatus();
  });
}

grpc::ServerUnaryReactor* DatasetService::DeleteDataset(grpc::CallbackServerContext* context,
                                                        const v1::DeleteDatasetRequest* request,
                                                        google::protobuf::Empty*) {
  return AnswerOn(pool_, context, [this, request]() -> absl::Status {
    PERCEPT_ASSIGN_OR_RETURN(const std::string id, ParseName("name", "datasets", request->name()));
    return catalogue_->Delete(id);
  });
}

grpc::ServerUnaryReactor* DatasetService::ShareDataset(grpc::CallbackServerContext* context,
                                                       const v1::ShareDatasetRequest* request,
                                                       v1::Dataset* response) {
  return AnswerOn(pool_, context, [this, request, response]() -> absl::Status {
    PERCEPT_ASSIGN_OR_RETURN(const std::string id, ParseName("name", "datasets", request->name()));
    PERCEPT_ASSIGN_OR_RETURN(const Visibility visibility,
                             VisibilityFromProto("visibility", request->visibility()));
    PERCEPT_ASSIGN_OR_RETURN(const data::DatasetRecord record, catalogue_->Share(id, visibility));
    PERCEPT_ASSIGN_OR_RETURN(*response, Show(record));
    return absl::OkStatus();
  });
}

grpc::ServerUnaryReactor* DatasetService::ReadExamples(grpc::CallbackServerContext* context,
                                                       const v1::ReadExamplesRequest* request,
                                                       v1::ReadExamplesResponse* response) {
  return AnswerOn(work_pool_, context, [this, request, response]() -> absl::Status {
    PERCEPT_ASSIGN_OR_RETURN(const std::string id, ParseName("name", "datasets", request->name()));
    PERCEPT_ASSIGN_OR_RETURN(const data::SplitKind split, SplitToRead(*request));
    PERCEPT_ASSIGN_OR_RETURN(const std::shared_ptr<const data::Dataset> dataset,
                             catalogue_->Load(id));
    PERCEPT_ASSIGN_OR_RETURN(const ExampleSelection selection, SelectExamples(*dataset, *request));
    if (split == data::SplitKind::kTest) PERCEPT_RETURN_IF_ERROR(catalogue_->RecordTestRead(id));
    *response = ToProto(*dataset, selection);
    return absl::OkStatus();
  });
}

absl::StatusOr<OutgoingFile> DatasetService::Export(const v1::ExportDatasetRequest& request) {
  PERCEPT_ASSIGN_OR_RETURN(const std::string id, ParseName("name", "datasets", request.name()));
  PERCEPT_ASSIGN_OR_RETURN(const std::shared_ptr<const data::Dataset> dataset,
                           catalogue_->Load(id));
  const bool include_test = request.include_test();
  if (include_test) PERCEPT_RETURN_IF_ERROR(CheckHasTestSplit(*dataset, request.name()));
  PERCEPT_ASSIGN_OR_RETURN(FileBudget::Reservation reservation,
                           files_->Reserve(FileBytes(*dataset, include_test)));
  PERCEPT_ASSIGN_OR_RETURN(std::string bytes, data::WriteDatasetNpz(*dataset, include_test));
  if (include_test) PERCEPT_RETURN_IF_ERROR(catalogue_->RecordTestRead(id));
  return OutgoingFile{std::move(bytes), std::move(reservation)};
}

grpc::ServerWriteReactor<v1::ExportDatasetResponse>* DatasetService::ExportDataset(
    grpc::CallbackServerContext* context, const v1::ExportDatasetRequest* request) {
  return FileSender<v1::ExportDatasetResponse>::Start(
      work_pool_, context, [this, context, request]() -> absl::StatusOr<OutgoingFile> {
        PERCEPT_RETURN_IF_ERROR(CallOf(context).Admit());
        return Export(*request);
      });
}

grpc::ServerUnaryReactor* DatasetService::CreateUpload(grpc::CallbackServerContext* context,
                                                       const v1::CreateUploadRequest* request,
                                                       v1::Upload* response) {
  return AnswerOn(pool_, context, [this, context, request, response]() -> absl::Status {
    PERCEPT_ASSIGN_OR_RETURN(data::UploadRecord asked, UploadFromProto(request->upload()));
    PERCEPT_ASSIGN_OR_RETURN(const data::UploadRecord upload,
                             uploads_->Create(std::move(asked), CallOf(context).session().name()));
    *response = ToProto(upload);
    CallOf(context).set_resource(response->name());
    return absl::OkStatus();
  });
}

grpc::ServerUnaryReactor* DatasetService::GetUpload(grpc::CallbackServerContext* context,
                                                    const v1::GetUploadRequest* request,
                                                    v1::Upload* response) {
  return AnswerOn(pool_, context, [this, request, response]() -> absl::Status {
    PERCEPT_ASSIGN_OR_RETURN(const std::string id, ParseName("name", "uploads", request->name()));
    PERCEPT_ASSIGN_OR_RETURN(const data::UploadRecord upload, uploads_->Get(id));
    *response = ToProto(upload);
    return absl::OkStatus();
  });
}

grpc::ServerUnaryReactor* DatasetService::UploadChunk(grpc::CallbackServerContext* context,
                                                      const v1::UploadChunkRequest* request,
                                                      v1::Upload* response) {
  return AnswerOn(pool_, context, [this, request, response]() -> absl::Status {
    PERCEPT_ASSIGN_OR_RETURN(const std::string id, ParseName("name", "uploads", request->name()));
    std::optional<uint32_t> crc32c;
    if (request->has_crc32c()) crc32c = request->crc32c();
    PERCEPT_ASSIGN_OR_RETURN(
        const data::UploadRecord upload,
        uploads_->Append(id, request->file_index(), request->offset(), request->data(), crc32c));
    *response = ToProto(upload);
    return absl::OkStatus();
  });
}

grpc::ServerUnaryReactor* DatasetService::FinishUpload(grpc::CallbackServerContext* context,
                                                       const v1::FinishUploadRequest* request,
                                                       v1::Dataset* response) {
  return AnswerOn(work_pool_, context, [this, context, request, response]() -> absl::Status {
    PERCEPT_ASSIGN_OR_RETURN(const std::string id, ParseName("name", "uploads", request->name()));
    PERCEPT_ASSIGN_OR_RETURN(const data::DatasetRecord record, uploads_->Finish(id));
    PERCEPT_ASSIGN_OR_RETURN(*response, Show(record));
    CallOf(context).set_resource(response->name());
    return absl::OkStatus();
  });
}

grpc::ServerUnaryReactor* DatasetService::DeleteUpload(grpc::CallbackServerContext* context,
                                                       const v1::DeleteUploadRequest* request,
                                                       google::protobuf::Empty*) {
  return AnswerOn(work_pool_, context, [this, request]() -> absl::Status {
    PERCEPT_ASSIGN_OR_RETURN(const std::string id, ParseName("name", "uploads", request->name()));
    return uploads_->Delete(id);
  });
}

}  // namespace percept::rpc
