#include "client/cli/commands.h"
#include "client/cli/render_server.h"

namespace percept::cli {
namespace {

absl::StatusOr<ExitCode> Run(Session& session) {
  const absl::StatusOr<v1::GetServerInfoResponse> info = session.client().GetServerInfo();
  if (!info.ok()) return info.status();
  if (session.json()) {
    session.PrintJson(*info);
  } else {
    session.Print(RenderServerInfo(*info, session.server()));
  }
  return ExitCode::kOk;
}

}  // namespace

void AddServerInfo(CLI::App& parent, Action* chosen) {
  CLI::App* command = AddCommand(parent, "info", "Shows the server's version, load and limits.",
                                 "percept server info --server lab.example.org:7878");
  command->callback([chosen] { *chosen = Run; });
}

}  // namespace percept::cli
