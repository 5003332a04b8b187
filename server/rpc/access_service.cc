#include "server/rpc/access_service.h"

#include "absl/strings/str_cat.h"

#include "server/base/logging.h"
#include "server/base/status.h"
#include "server/rpc/access/call_context.h"
#include "server/rpc/convert_access.h"
#include "server/rpc/convert_time.h"
#include "server/rpc/unary.h"

namespace percept::rpc {
namespace {

constexpr absl::Duration kDefaultTtl = absl::Hours(12);
constexpr absl::Duration kLeastTtl = absl::Minutes(1);
constexpr absl::Duration kMostTtl = absl::Hours(24 * 366);

absl::StatusOr<absl::Duration> TtlOf(const v1::OpenClassLinkRequest& request) {
  if (!request.has_ttl()) return kDefaultTtl;
  const absl::Duration ttl =
      absl::Seconds(request.ttl().seconds()) + absl::Nanoseconds(request.ttl().nanos());
  if (ttl >= kLeastTtl && ttl <= kMostTtl) return ttl;
  return InvalidField("ttl",
                      absl::StrCat("must be a duration from ", absl::FormatDuration(kLeastTtl),
                                   " to ", absl::FormatDuration(kMostTtl)),
                      absl::FormatDuration(ttl));
}

}  // namespace

grpc::ServerUnaryReactor* AccessService::GetCaller(grpc::CallbackServerContext* context,
                                                   const v1::GetCallerRequest*,
                                                   v1::Caller* response) {
  return AnswerOn(pool_, context, [this, context, response]() -> absl::Status {
    const Session& session = CallOf(context).session();
    response->set_name(session.name());
    response->set_role(ToProto(session.role()));
    response->set_tokens_required(access_->tokens_required());
    if (session.expire_time() != absl::InfiniteFuture()) {
      *response->mutable_expire_time() = ToProto(session.expire_time());
    }
    return absl::OkStatus();
  });
}

grpc::ServerUnaryReactor* AccessService::OpenClassLink(grpc::CallbackServerContext* context,
                                                       const v1::OpenClassLinkRequest* request,
                                                       v1::OpenClassLinkResponse* response) {
  return AnswerOn(pool_, context, [this, context, request, response]() -> absl::Status {
    PERCEPT_ASSIGN_OR_RETURN(const absl::Duration ttl, TtlOf(*request));
    const absl::Time expire_time = clock_->Now() + ttl;
    PERCEPT_ASSIGN_OR_RETURN(const std::string token, access_->OpenClassLink(expire_time));
    log::Info("the class link was opened", {{"by", CallOf(context).session().name()}});
    response->set_token(token);
    *response->mutable_expire_time() = ToProto(expire_time);
    absl::MutexLock lock(&mutex_);
    if (!http_origin_.empty()) {
      response->add_links(absl::StrCat(http_origin_, "/login#token=", token));
    }
    return absl::OkStatus();
  });
}

grpc::ServerUnaryReactor* AccessService::CloseClassLink(grpc::CallbackServerContext* context,
                                                        const v1::CloseClassLinkRequest*,
                                                        google::protobuf::Empty*) {
  return AnswerOn(pool_, context, [this, context]() -> absl::Status {
    PERCEPT_RETURN_IF_ERROR(access_->CloseClassLink());
    log::Info("the class link was closed", {{"by", CallOf(context).session().name()}});
    return absl::OkStatus();
  });
}

}  // namespace percept::rpc
