#include "server/rpc/dataset_service.h"

#include <string>
#include <vector>

#include "server/base/status.h"
#include "server/rpc/caller.h"
#include "server/rpc/convert_dataset.h"
#include "server/rpc/paging.h"
#include "server/rpc/resource_names.h"
#include "server/rpc/unary.h"

namespace percept::rpc {

absl::StatusOr<v1::Dataset> DatasetService::Show(const data::DatasetRecord& record) const {
  v1::Dataset dataset = ToProto(record);
  PERCEPT_ASSIGN_OR_RETURN(const int64_t job_count, jobs_->CountByDataset(record.id));
  dataset.set_job_count(job_count);
  return dataset;
}

grpc::ServerUnaryReactor* DatasetService::CreateDataset(grpc::CallbackServerContext* context,
                                                        const v1::CreateDatasetRequest* request,
                                                        v1::Dataset* response) {
  return AnswerOn(pool_, context, [this, context, request, response]() -> absl::Status {
    PERCEPT_ASSIGN_OR_RETURN(const data::GeneratorSource source,
                             SourceFromProto(request->dataset()));
    PERCEPT_ASSIGN_OR_RETURN(const data::DatasetRecord record,
                             catalogue_->Create(request->dataset_id(), source, OwnerOf(*context)));
    PERCEPT_ASSIGN_OR_RETURN(*response, Show(record));
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
  return AnswerOn(pool_, context, [this, request, response]() -> absl::Status {
    PERCEPT_ASSIGN_OR_RETURN(const int page_size, PageSize(request->page_size()));
    PERCEPT_ASSIGN_OR_RETURN(const std::string after,
                             ParsePageToken("datasets", request->page_token()));
    // One more than asked for tells whether there is another page.
    PERCEPT_ASSIGN_OR_RETURN(std::vector<data::DatasetRecord> records,
                             catalogue_->List(after, page_size + 1));
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

}  // namespace percept::rpc
