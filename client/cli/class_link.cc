#include <memory>
#include <optional>
#include <string>

#include "client/cli/commands.h"
#include "client/cli/parse.h"
#include "client/cli/render_access.h"

namespace percept::cli {
namespace {

absl::StatusOr<ExitCode> Open(Session& session, std::optional<absl::Duration> ttl) {
  v1::OpenClassLinkRequest request;
  if (ttl.has_value()) {
    request.mutable_ttl()->set_seconds(absl::ToInt64Seconds(*ttl));
  }
  const absl::StatusOr<v1::OpenClassLinkResponse> link = session.client().OpenClassLink(request);
  if (!link.ok()) return link.status();
  if (session.json()) {
    session.PrintJson(*link);
  } else {
    session.Print(RenderClassLink(*link));
  }
  return ExitCode::kOk;
}

absl::StatusOr<ExitCode> Close(Session& session) {
  const absl::Status closed = session.client().CloseClassLink();
  if (!closed.ok()) return closed;
  session.Note("the class link lets nobody in any more");
  return ExitCode::kOk;
}

}  // namespace

void AddClassOpen(CLI::App& parent, Action* chosen) {
  const auto ttl = std::make_shared<std::optional<absl::Duration>>();
  CLI::App* command = AddCommand(
      parent, "open",
      "Makes a link by which guests see what is public, and shows it this once. The link before is "
      "good no more.",
      "percept class open --for 4h");
  AddParsed(command, "--for", ttl.get(), "D", "How long it is good. Default 12h.", ParseDuration);
  command->callback(
      [ttl, chosen] { *chosen = [ttl](Session& session) { return Open(session, *ttl); }; });
}

void AddClassClose(CLI::App& parent, Action* chosen) {
  CLI::App* command =
      AddCommand(parent, "close", "Sends guests away and lets none in.", "percept class close");
  command->callback([chosen] { *chosen = Close; });
}

}  // namespace percept::cli
