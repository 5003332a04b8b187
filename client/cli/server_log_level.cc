#include <memory>
#include <string>

#include "client/cli/commands.h"

namespace percept::cli {
namespace {

absl::StatusOr<ExitCode> Show(Session& session) {
  const absl::StatusOr<v1::GetServerInfoResponse> info = session.client().GetServerInfo();
  if (!info.ok()) return info.status();
  if (session.json()) {
    v1::SetLogLevelResponse level;
    level.set_level(info->log_level());
    level.set_previous_level(info->log_level());
    session.PrintJson(level);
  } else {
    session.Print(info->log_level() + "\n");
  }
  return ExitCode::kOk;
}

absl::StatusOr<ExitCode> Set(Session& session, const std::string& level) {
  const absl::StatusOr<v1::SetLogLevelResponse> changed = session.client().SetLogLevel(level);
  if (!changed.ok()) return changed.status();
  if (session.json()) {
    session.PrintJson(*changed);
  } else {
    session.Note("the server logs " + changed->level() + " from now on, until it stops; before " +
                 changed->previous_level());
  }
  return ExitCode::kOk;
}

}  // namespace

void AddServerLogLevel(CLI::App& parent, Action* chosen) {
  const auto level = std::make_shared<std::string>();
  CLI::App* command = AddCommand(
      parent, "log-level",
      "Shows what the server writes into its log, or changes it until the server stops, which "
      "administrators may.",
      "percept server log-level debug");
  command->add_option("LEVEL", *level, "trace, debug, info, warn, error or off.");
  command->callback([level, chosen] {
    *chosen = [level](Session& session) {
      return level->empty() ? Show(session) : Set(session, *level);
    };
  });
}

}  // namespace percept::cli
