#include "server/rpc/access/call_context.h"

#include <optional>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include <grpc/grpc.h>

#include "server/base/request_id.h"
#include "server/base/status.h"
#include "server/rpc/caller.h"
#include "server/rpc/status_mapping.h"

namespace percept::rpc {
namespace {

// The id in `collection/{id}` or `collection/{id}/…`; empty for another form, which the method will
// refuse.
absl::string_view IdIn(absl::string_view collection, absl::string_view name) {
  if (!absl::ConsumePrefix(&name, collection)) return "";
  return name.substr(0, name.find('/'));
}

absl::Status Denied(absl::string_view why) {
  return WithReason(absl::PermissionDeniedError(why), "PERMISSION_DENIED");
}

absl::Status CheckRole(const Session& session, const Permission& permission) {
  if (session.role() >= permission.least) return absl::OkStatus();
  const absl::string_view method =
      absl::string_view(permission.method).substr(permission.method.rfind('/') + 1);
  return Denied(absl::StrCat("role: ", method, " needs at least ", RoleName(permission.least), ", ",
                             session.name(), " is ", RoleName(session.role())));
}

struct Belonging {
  std::string owner;
  Visibility visibility = Visibility::kPrivate;
};

absl::Status CheckUse(const Session& session, const Target& target, const Belonging& belonging) {
  if (target.use == Target::Use::kChange) {
    if (session.MayChange(belonging.owner)) return absl::OkStatus();
    return Denied(absl::StrCat(target.name, ": belongs to ", belonging.owner,
                               "; only its owner and instructors may do this"));
  }
  const std::optional<Reader> reader = session.reader();
  if (!reader.has_value() || reader->MayRead(belonging.owner, belonging.visibility)) {
    return absl::OkStatus();
  }
  return Denied(absl::StrCat(target.name, ": belongs to another, who has not shared it with you"));
}

}  // namespace

CallContext::~CallContext() {
  if (permission_ != nullptr) {
    // Whose method was never asked has gone before.
    set_outcome(grpc::StatusCode::CANCELLED);
    Meter(outcome_);
  }
  if (budget_ == nullptr) return;
  session_->Remove(this);
  if (is_stream_) budget_->ReturnStream();
}

void CallContext::Prepare(const Gate* gate, const Permission* permission) {
  gate_ = gate;
  permission_ = permission;
  request_id_ = RequestIdFor(MetadataOf(*this, kRequestIdHeader).value_or(""));
  AddInitialMetadata(kRequestIdHeader, request_id_);
  start_ = gate->clock->Now();
  if (permission != nullptr) MeterOf(*permission).in_flight.Add(1);
}

void CallContext::set_request(const void* request) {
  request_ = request;
  // There is none where what came is not a message.
  if (request == nullptr || !permission_->is_audited || !permission_->targets) return;
  for (const Target& target : permission_->targets(request)) {
    if (target.use == Target::Use::kChange) resource_ = target.name;
  }
}

void CallContext::Finishing(int code) {
  set_outcome(code);
  // Who calls without being known is nobody to put on record, and could fill it.
  if (permission_->is_audited && session_ != nullptr) log::Audit("call", Description(code));
}

log::Fields CallContext::Description(int code) const {
  log::Fields fields;
  if (session_ != nullptr) {
    fields.emplace_back("user", session_->name());
    fields.emplace_back("role", RoleName(session_->role()));
  }
  fields.emplace_back("method", MeterOf(*permission_).method);
  if (!resource_.empty()) fields.emplace_back("resource", resource_);
  fields.emplace_back("code", CodeName(code));
  fields.emplace_back("request_id", request_id_);
  fields.emplace_back("peer", AddressOf(*this));
  return fields;
}

void CallContext::Meter(int code) const {
  const absl::Duration duration = gate_->clock->Now() - start_;
  CallMeter& meter = MeterOf(*permission_);
  meter.in_flight.Add(-1);
  meter.ended[static_cast<size_t>(code)].Add(1);
  if (!meter.is_viewing) meter.duration.Add(duration);
  if (!log::WritesDebug()) return;
  log::Fields fields = Description(code);
  fields.emplace_back("seconds", absl::ToDoubleSeconds(duration));
  log::Debug("call ended", fields);
}

absl::Status CallContext::Admit() {
  PERCEPT_RETURN_IF_ERROR(Enter());
  return CheckTargets();
}

absl::Status CallContext::CountAsStream() {
  if (budget_ == nullptr) return absl::OkStatus();
  PERCEPT_RETURN_IF_ERROR(budget_->TakeStream());
  is_stream_ = true;
  return absl::OkStatus();
}

void CallContext::EndWith(const absl::Status& status) {
  const grpc::Status told = ToGrpcStatus(status);
  set_outcome(told.error_code());
  // Unlike a method's own end this does not wait behind a message that nobody reads.
  grpc_call_cancel_with_status(c_call(), static_cast<grpc_status_code>(told.error_code()),
                               told.error_message().c_str(), nullptr);
}

absl::Status CallContext::Enter() {
  if (gate_ == nullptr || permission_ == nullptr) {
    return absl::InternalError("this method is in no table of permissions");
  }
  PERCEPT_ASSIGN_OR_RETURN(session_,
                           gate_->access->Authenticate(MetadataOf(*this, "authorization"),
                                                       MetadataOf(*this, "percept-owner")));
  PERCEPT_RETURN_IF_ERROR(CheckRole(*session_, *permission_));
  if (!gate_->access->tokens_required()) return absl::OkStatus();
  const absl::Time now = gate_->clock->Now();
  PERCEPT_RETURN_IF_ERROR(session_->Add(this, now));
  budget_ = gate_->access->BudgetOf(*session_, AddressOf(*this));
  return budget_->TakeCall(now);
}

absl::Status CallContext::CheckTargets() const {
  // Nothing to look up for those who may do everything.
  if (session_->role() >= Role::kInstructor || !permission_->targets) return absl::OkStatus();
  if (request_ == nullptr) return absl::InternalError("the request is not at hand to be checked");
  for (const Target& target : permission_->targets(request_)) {
    PERCEPT_RETURN_IF_ERROR(CheckTarget(target));
  }
  return absl::OkStatus();
}

absl::Status CallContext::CheckReadsJob(absl::string_view id) const {
  if (session_->role() >= Role::kInstructor) return absl::OkStatus();
  return CheckTarget({Target::Kind::kJob, Target::Use::kRead, absl::StrCat("jobs/", id)});
}

absl::Status CallContext::CheckTarget(const Target& target) const {
  absl::StatusOr<Belonging> belonging = absl::NotFoundError("");
  switch (target.kind) {
    case Target::Kind::kJob: {
      const absl::string_view id = IdIn("jobs/", target.name);
      if (id.empty()) return absl::OkStatus();
      const absl::StatusOr<training::JobView> job = gate_->scheduler->Get(id);
      if (job.ok()) {
        belonging = Belonging{job->record.owner, job->record.visibility};
      } else {
        belonging = job.status();
      }
      break;
    }
    case Target::Kind::kDataset: {
      const absl::string_view id = IdIn("datasets/", target.name);
      if (id.empty()) return absl::OkStatus();
      const absl::StatusOr<data::DatasetRecord> dataset = gate_->catalogue->Get(id);
      if (dataset.ok()) {
        belonging = Belonging{dataset->owner, dataset->visibility};
      } else {
        belonging = dataset.status();
      }
      break;
    }
    case Target::Kind::kUpload: {
      const absl::string_view id = IdIn("uploads/", target.name);
      if (id.empty()) return absl::OkStatus();
      const absl::StatusOr<data::UploadRecord> upload = gate_->uploads->Get(id);
      if (upload.ok()) {
        belonging = Belonging{upload->owner, Visibility::kPrivate};
      } else {
        belonging = upload.status();
      }
      break;
    }
  }
  if (belonging.ok()) return CheckUse(*session_, target, *belonging);
  // What is not there the method says better. Whose something damaged is cannot be known.
  const bool is_absent =
      absl::IsNotFound(belonging.status()) || absl::IsFailedPrecondition(belonging.status());
  return is_absent ? absl::OkStatus() : belonging.status();
}

CallContext& CallOf(grpc::CallbackServerContext* context) {
  return *static_cast<CallContext*>(context);
}

const CallContext& CallOf(const grpc::CallbackServerContext& context) {
  return static_cast<const CallContext&>(context);
}

}  // namespace percept::rpc
