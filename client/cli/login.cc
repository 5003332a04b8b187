#include <filesystem>
#include <map>
#include <optional>
#include <string>

#include "absl/strings/str_cat.h"

#include "client/cli/commands.h"
#include "client/cli/credentials.h"
#include "client/cli/render_access.h"
#include "client/cli/settings.h"

namespace percept::cli {
namespace {

// The token, and what the command line said of the server.
std::map<std::string, std::string> ValuesToKeep(const SettingsFlags& given,
                                                const std::string& token) {
  std::map<std::string, std::string> values = {{"token", token}};
  if (given.server.has_value()) values["server"] = *given.server;
  const auto keep_file = [&](const char* key, const std::optional<std::string>& file) {
    if (file.has_value()) values[key] = std::filesystem::absolute(*file).string();
  };
  keep_file("tls-ca", given.tls_ca);
  keep_file("tls-cert", given.tls_cert);
  keep_file("tls-key", given.tls_key);
  return values;
}

absl::StatusOr<ExitCode> Run(Session& session) {
  const absl::StatusOr<std::string> path = ConfigPath(ProcessEnvironment);
  if (!path.ok()) return path.status();
  // Not the one that is kept already.
  std::string token =
      session.given().token.value_or(ProcessEnvironment("PERCEPT_TOKEN").value_or(""));
  if (token.empty()) {
    absl::StatusOr<std::string> typed = ReadToken();
    if (!typed.ok()) return typed.status();
    token = *std::move(typed);
    const absl::Status usable = session.UseToken(token);
    if (!usable.ok()) return usable;
  }
  const absl::StatusOr<v1::Caller> caller = session.client().GetCaller();
  if (!caller.ok()) return caller.status();
  const absl::Status saved = SaveSettings(*path, ValuesToKeep(session.given(), token));
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
      "unless --token or PERCEPT_TOKEN gives it; what the command line says of the server is kept, "
      "too.",
      "percept login --server https://lab.example.org:7878");
  command->callback([chosen] { *chosen = Run; });
}

}  // namespace percept::cli
