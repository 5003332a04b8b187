#ifndef PERCEPT_CLIENT_CLI_INSPECT_ATTACK_VIEW_H_
#define PERCEPT_CLIENT_CLI_INSPECT_ATTACK_VIEW_H_

#include <string>

#include "absl/status/status.h"

#include "client/cli/page.h"
#include "client/cli/picture/canvas.h"
#include "percept/v1/inspect_service.pb.h"

namespace percept::cli {

// A search for the smallest change that is seen as another class.
struct AttackRun {
  std::string job;
  int target_label = 0;
  v1::AttackResponse response;  // All steps, the result and the shape together.
};

// Internal unless there are a result and steps, and all inputs are as many. Precondition of both
// below.
absl::Status CheckAttack(const AttackRun& attack);

std::string RenderAttack(const AttackRun& attack, const Page& page);
picture::Canvas DrawAttack(const AttackRun& attack);

}  // namespace percept::cli

#endif  // PERCEPT_CLIENT_CLI_INSPECT_ATTACK_VIEW_H_
