#include "server/rpc/server_service.h"

#include "absl/strings/str_cat.h"

#include "server/base/logging.h"
#include "server/base/process.h"
#include "server/base/status.h"
#include "server/rpc/access/call_context.h"
#include "server/rpc/convert_time.h"
#include "server/rpc/unary.h"

namespace percept::rpc {

grpc::ServerUnaryReactor* ServerService::GetServerInfo(grpc::CallbackServerContext* context,
                                                       const v1::GetServerInfoRequest*,
                                                       v1::GetServerInfoResponse* response) {
  return AnswerOn(pool_, context, [this, response]() -> absl::Status {
    const training::Scheduler::Load load = scheduler_->load();
    const training::Scheduler::Options& options = scheduler_->options();
    PERCEPT_ASSIGN_OR_RETURN(const int64_t datasets, catalogue_->Count());
    response->set_version(facts_.version);
    response->set_engine_revision(facts_.engine_revision);
    response->set_instruction_set(facts_.instruction_set);
    response->set_workers(options.workers);
    response->set_running_jobs(load.running);
    response->set_queued_jobs(load.queued);
    response->set_datasets(datasets);
    *response->mutable_start_time() = ToProto(facts_.start_time);
    *response->mutable_uptime() = ToProto(clock_->Now() - facts_.start_time);
    const ProcessUse use = UseOfProcess();
    response->set_resident_bytes(use.resident_bytes);
    *response->mutable_cpu_time() = ToProto(use.cpu_time);
    response->set_processors(use.processors);
    response->set_log_level(log::Level());
    PERCEPT_ASSIGN_OR_RETURN(const int64_t store_bytes, store_->UsedBytes());
    response->set_store_bytes(store_bytes);
    v1::ServerLimits* limits = response->mutable_limits();
    limits->set_max_message_bytes(facts_.max_message_bytes);
    limits->set_max_upload_bytes(facts_.max_upload_bytes);
    limits->set_max_job_memory_bytes(options.max_job_memory_bytes);
    limits->set_max_queued_jobs(options.max_queued_jobs);
    limits->set_max_queued_jobs_per_owner(options.max_queued_jobs_per_owner);
    limits->set_max_running_jobs_per_owner(options.max_running_jobs_per_owner);
    limits->set_max_kept_snapshots_per_job(options.max_kept_snapshots_per_job);
    limits->set_max_parameter_bytes_per_job(options.max_parameter_bytes_per_job);
    limits->set_max_streams(streams_->options().max_streams);
    *limits->mutable_stall_timeout() = ToProto(streams_->options().stall_limit);
    limits->set_max_dataset_bytes_per_owner(catalogue_->max_bytes_per_owner());
    limits->set_max_stored_bytes_per_owner(options.max_stored_bytes_per_owner);
    limits->set_max_dataset_bytes(catalogue_->max_bytes());
    limits->set_max_store_bytes(options.max_store_bytes);
    const CallerLimits& of_caller = access_->limits();
    limits->set_max_streams_per_caller(of_caller.streams);
    limits->set_max_calls_per_second_per_caller(of_caller.calls_per_second);
    *limits->mutable_max_inspect_time_per_minute_per_caller() =
        ToProto(of_caller.inspect_per_minute);
    response->set_open_streams(streams_->count());
    absl::MutexLock lock(&mutex_);
    if (!grpc_address_.empty()) response->add_grpc_addresses(grpc_address_);
    if (!http_address_.empty()) response->add_http_addresses(http_address_);
    return absl::OkStatus();
  });
}

grpc::ServerUnaryReactor* ServerService::SetLogLevel(grpc::CallbackServerContext* context,
                                                     const v1::SetLogLevelRequest* request,
                                                     v1::SetLogLevelResponse* response) {
  return AnswerOn(pool_, context, [context, request, response]() -> absl::Status {
    response->set_previous_level(log::Level());
    PERCEPT_RETURN_IF_ERROR(log::SetLevel(request->level()));
    response->set_level(request->level());
    CallOf(context).set_resource(absl::StrCat("log-level/", request->level()));
    return absl::OkStatus();
  });
}

}  // namespace percept::rpc
