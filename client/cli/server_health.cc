#include "client/cli/commands.h"

namespace percept::cli {
namespace {

using grpc::health::v1::HealthCheckResponse;

absl::StatusOr<ExitCode> Run(Session& session) {
  const absl::StatusOr<HealthCheckResponse> health = session.client().CheckHealth();
  if (!health.ok()) return health.status();
  if (session.json()) {
    session.PrintJson(*health);
  } else {
    session.Print(HealthCheckResponse::ServingStatus_Name(health->status()) + "\n");
  }
  return health->status() == HealthCheckResponse::SERVING ? ExitCode::kOk : ExitCode::kUnreachable;
}

}  // namespace

void AddServerHealth(CLI::App& parent, Action* chosen) {
  CLI::App* command = AddCommand(
      parent, "health",
      "Asks whether the server serves. The exit code is 0 when it does and 6 when it does not.",
      "percept server health && percept train mlp --dataset mnist");
  command->callback([chosen] { *chosen = Run; });
}

}  // namespace percept::cli
