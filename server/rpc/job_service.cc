#include "server/rpc/job_service.h"

#include <algorithm>
#include <functional>
#include <optional>
#include <string>

#include "absl/strings/ascii.h"

#include "server/base/status.h"
#include "server/rpc/access/call_context.h"
#include "server/rpc/convert_access.h"
#include "server/rpc/convert_job.h"
#include "server/rpc/convert_job_spec.h"
#include "server/rpc/paging.h"
#include "server/rpc/resource_names.h"
#include "server/rpc/unary.h"

namespace percept::rpc {
namespace {

absl::Status CheckRequestId(const std::string& request_id) {
  constexpr size_t kMaxBytes = 100;
  const bool printable = std::all_of(request_id.begin(), request_id.end(), [](char character) {
    return absl::ascii_isgraph(static_cast<unsigned char>(character));
  });
  if (printable && request_id.size() <= kMaxBytes) return absl::OkStatus();
  return InvalidField("request_id",
                      absl::StrCat("must be at most ", kMaxBytes, " printable ASCII characters"),
                      absl::StrCat(request_id.size(), " bytes"));
}

}  // namespace

grpc::ServerUnaryReactor* JobService::CreateJob(grpc::CallbackServerContext* context,
                                                const v1::CreateJobRequest* request,
                                                v1::Job* response) {
  return AnswerOn(pool_, context, [this, context, request, response]() -> absl::Status {
    PERCEPT_RETURN_IF_ERROR(CheckRequestId(request->request_id()));
    PERCEPT_ASSIGN_OR_RETURN(const storage::JobSpec spec, SpecFromProto(request->spec()));
    PERCEPT_ASSIGN_OR_RETURN(const Visibility visibility,
                             VisibilityOrDefault("visibility", request->visibility()));
    PERCEPT_ASSIGN_OR_RETURN(const training::JobView view,
                             scheduler_->Create({.spec = spec,
                                                 .owner = CallOf(context).session().name(),
                                                 .request_id = request->request_id(),
                                                 .visibility = visibility}));
    *response = ToProto(view);
    CallOf(context).set_resource(response->name());
    return absl::OkStatus();
  });
}

grpc::ServerUnaryReactor* JobService::AnswerWithJob(grpc::CallbackServerContext* context,
                                                    const std::string& name, v1::Job* response,
                                                    JobMethod method) {
  return AnswerOn(pool_, context, [this, &name, response, method]() -> absl::Status {
    PERCEPT_ASSIGN_OR_RETURN(const std::string id, ParseName("name", "jobs", name));
    PERCEPT_ASSIGN_OR_RETURN(const training::JobView view, method(*scheduler_, id));
    *response = ToProto(view);
    return absl::OkStatus();
  });
}

grpc::ServerUnaryReactor* JobService::GetJob(grpc::CallbackServerContext* context,
                                             const v1::GetJobRequest* request, v1::Job* response) {
  return AnswerWithJob(context, request->name(), response, std::mem_fn(&training::Scheduler::Get));
}

grpc::ServerUnaryReactor* JobService::ListJobs(grpc::CallbackServerContext* context,
                                               const v1::ListJobsRequest* request,
                                               v1::ListJobsResponse* response) {
  return AnswerOn(pool_, context, [this, context, request, response]() -> absl::Status {
    PERCEPT_ASSIGN_OR_RETURN(const int page_size, PageSize(request->page_size()));
    PERCEPT_ASSIGN_OR_RETURN(storage::JobFilter filter, FilterFromText(request->filter()));
    filter.readable_by = CallOf(context).session().reader();
    const std::string& order = request->order_by();
    if (!order.empty() && order != "create_time" && order != "create_time desc") {
      return InvalidField("order_by", "must be \"create_time\" or \"create_time desc\"",
                          Quoted(order));
    }
    const std::string query = absl::StrCat("jobs\n", request->filter(), "\n", order);
    PERCEPT_ASSIGN_OR_RETURN(const int64_t position,
                             ParseNumericPageToken(query, request->page_token()));
    std::optional<storage::JobRepository::Cursor> cursor;
    if (position >= 0) cursor = storage::JobRepository::Cursor{position};
    PERCEPT_ASSIGN_OR_RETURN(const training::Scheduler::Page page,
                             scheduler_->List(filter, order != "create_time", cursor, page_size));
    for (const training::JobView& view : page.jobs) *response->add_jobs() = ToProto(view);
    for (const std::string& id : page.damaged) response->add_unreachable(absl::StrCat("jobs/", id));
    if (page.next.has_value()) {
      response->set_next_page_token(MakePageToken(query, absl::StrCat(page.next->sequence)));
    }
    return absl::OkStatus();
  });
}

grpc::ServerUnaryReactor* JobService::CancelJob(grpc::CallbackServerContext* context,
                                                const v1::CancelJobRequest* request,
                                                v1::Job* response) {
  return AnswerWithJob(context, request->name(), response,
                       std::mem_fn(&training::Scheduler::Cancel));
}

grpc::ServerUnaryReactor* JobService::PauseJob(grpc::CallbackServerContext* context,
                                               const v1::PauseJobRequest* request,
                                               v1::Job* response) {
  return AnswerWithJob(context, request->name(), response,
                       std::mem_fn(&training::Scheduler::Pause));
}

grpc::ServerUnaryReactor* JobService::ResumeJob(grpc::CallbackServerContext* context,
                                                const v1::ResumeJobRequest* request,
                                                v1::Job* response) {
  return AnswerWithJob(context, request->name(), response,
                       std::mem_fn(&training::Scheduler::Resume));
}

grpc::ServerUnaryReactor* JobService::DeleteJob(grpc::CallbackServerContext* context,
                                                const v1::DeleteJobRequest* request,
                                                google::protobuf::Empty*) {
  return AnswerOn(pool_, context, [this, request]() -> absl::Status {
    PERCEPT_ASSIGN_OR_RETURN(const std::string id, ParseName("name", "jobs", request->name()));
    return scheduler_->Delete(id);
  });
}

grpc::ServerUnaryReactor* JobService::ShareJob(grpc::CallbackServerContext* context,
                                               const v1::ShareJobRequest* request,
                                               v1::Job* response) {
  return AnswerOn(pool_, context, [this, request, response]() -> absl::Status {
    PERCEPT_ASSIGN_OR_RETURN(const std::string id, ParseName("name", "jobs", request->name()));
    PERCEPT_ASSIGN_OR_RETURN(const Visibility visibility,
                             VisibilityFromProto("visibility", request->visibility()));
    PERCEPT_ASSIGN_OR_RETURN(const training::JobView view, scheduler_->Share(id, visibility));
    *response = ToProto(view);
    return absl::OkStatus();
  });
}

}  // namespace percept::rpc
