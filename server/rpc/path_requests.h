#ifndef PERCEPT_SERVER_RPC_PATH_REQUESTS_H_
#define PERCEPT_SERVER_RPC_PATH_REQUESTS_H_

#include <memory>

#include "absl/status/status.h"
#include "absl/status/statusor.h"

#include "percept/v1/inspect_service.pb.h"
#include "server/rpc/file_sender.h"
#include "server/rpc/inspect_subject.h"
#include "server/rpc/step_stream.h"

// Explore and Attack: from a request to what makes the messages of its stream. Rules, defaults and
// errors are those of inspect_service.proto.
namespace percept::rpc {

// The rules that need no model.
absl::Status CheckPath(const v1::ExploreRequest& request);
absl::Status CheckPath(const v1::AttackRequest& request);

// A path that begins where a request, whose rules `CheckPath` has checked, says. Takes what it
// needs of the subject with it, whose parameters `memory` stands for.
absl::StatusOr<std::unique_ptr<StepSource<v1::ExploreResponse>>> BeginPath(
    const v1::ExploreRequest& request, const InspectSubject& subject,
    FileBudget::Reservation memory);
absl::StatusOr<std::unique_ptr<StepSource<v1::AttackResponse>>> BeginPath(
    const v1::AttackRequest& request, const InspectSubject& subject,
    FileBudget::Reservation memory);

}  // namespace percept::rpc

#endif  // PERCEPT_SERVER_RPC_PATH_REQUESTS_H_
