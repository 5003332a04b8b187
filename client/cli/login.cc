#include <map>
#include <string>

#include "absl/strings/str_cat.h"

#include "client/cli/commands.h"
#include "client/cli/credentials.h"
#include "client/cli/render_access.h"
#include "client/cli/settings.h"

namespace percept::cli {
namespace {

absl::StatusOr<ExitCode> Run(Session& session) {
  const absl::StatusOr<std::string> path = ConfigPath(ProcessEnvironment);
  if (!path.ok()) return path.status();
  std::string token = session.token();
  if (token.empty()) {
    absl::StatusOr<std::string> typed = ReadToken();
    if (!typed.ok()) return typed.status();
    token = *std::move(typed);
    const absl::Status usable = session.UseToken(token);
    if (!usable.ok()) return usable;
  }
  const absl::StatusOr<v1::Caller> caller = session.client().GetCaller();
  if (!caller.ok()) return caller.status();
  std::map<std::string, std::string> values = {{"token", token}};
  if (session.server_given()) values["server"] = session.server();
  const absl::Status saved = SaveSettings(*path, values);
  if (!saved.ok()) return saved;
  session.Note(absl::StrCat("kept in ", *path));
  if (session.json()) {
    session.PrintJson(*caller);
  } else {
    session.Print(RenderCaller(*caller, session.server()));
  }
  return ExitCode::kOk;
}

}  // namespace

void AddLogin(CLI::App& app, Action* chosen) {
  CLI::App* command = AddCommand(
      app, "login",
      "Keeps a token for later calls, once the server has taken it. It is read from standard input "
      "unless --token or PERCEPT_TOKEN gives it; with --server the server is kept, too.",
      "percept --server lab.example.org:7878 login");
  command->callback([chosen] { *chosen = Run; });
}

}  // namespace percept::cli
