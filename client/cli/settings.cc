#include "client/cli/settings.h"

#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <sstream>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"

namespace percept::cli {
namespace {

bool IsPrintableAscii(absl::string_view text) {
  for (const char c : text) {
    if (!absl::ascii_isgraph(static_cast<unsigned char>(c))) return false;
  }
  return true;
}

// HOST:PORT; a lone host gets the default port.
absl::StatusOr<std::string> CheckedServer(const std::string& server) {
  const absl::Status error = absl::InvalidArgumentError(
      absl::StrCat("server: must be HOST:PORT, such as ", kDefaultServer, ", got '", server, "'"));
  if (server.empty() || !IsPrintableAscii(server) || absl::StrContains(server, '/')) {
    const bool is_socket = absl::StartsWith(server, "unix:") && IsPrintableAscii(server);
    if (!is_socket) return error;
  }
  if (absl::StartsWith(server, "unix:")) return server;
  const size_t bracket = server.rfind(']');
  const size_t colon = server.rfind(':');
  const bool has_port =
      colon != std::string::npos && (bracket == std::string::npos || colon > bracket);
  if (!has_port) return absl::StrCat(server, ":7878");
  int port = 0;
  const bool is_number = absl::SimpleAtoi(server.substr(colon + 1), &port);
  if (colon == 0 || !is_number || port < 1 || port > 65535) return error;
  return server;
}

absl::StatusOr<SettingsFlags> ReadConfig(const std::string& path) {
  std::ifstream file(path);
  if (!file) {
    if (errno == ENOENT || errno == ENOTDIR) return SettingsFlags();
    return absl::DataLossError(absl::StrCat(path, ": cannot be read: ", std::strerror(errno)));
  }
  std::ostringstream text;
  text << file.rdbuf();
  return ParseConfig(text.str(), path);
}

std::string FirstOf(std::initializer_list<std::optional<std::string>> values) {
  for (const auto& value : values) {
    if (value.has_value()) return *value;
  }
  return "";
}

}  // namespace

std::optional<std::string> ProcessEnvironment(const std::string& name) {
  const char* value = std::getenv(name.c_str());
  if (value == nullptr || *value == '\0') return std::nullopt;
  return value;
}

absl::StatusOr<std::string> ConfigPath(const Environment& environment) {
  if (const auto xdg = environment("XDG_CONFIG_HOME")) return absl::StrCat(*xdg, "/percept/config");
  if (const auto home = environment("HOME")) return absl::StrCat(*home, "/.config/percept/config");
  return absl::FailedPreconditionError(
      "there is no place for a config file: neither XDG_CONFIG_HOME nor HOME is set");
}

absl::StatusOr<SettingsFlags> ParseConfig(absl::string_view text, absl::string_view path) {
  SettingsFlags settings;
  int number = 0;
  for (absl::string_view line : absl::StrSplit(text, '\n')) {
    ++number;
    line = absl::StripAsciiWhitespace(line);
    if (line.empty() || line.front() == '#') continue;
    const std::vector<std::string> parts = absl::StrSplit(line, absl::MaxSplits('=', 1));
    const absl::string_view key = absl::StripTrailingAsciiWhitespace(parts[0]);
    if (parts.size() != 2 || (key != "server" && key != "token")) {
      return absl::InvalidArgumentError(absl::StrCat(
          path, ":", number, ": must be 'server = HOST:PORT' or 'token = T', got '", line, "'"));
    }
    (key == "server" ? settings.server : settings.token) =
        std::string(absl::StripLeadingAsciiWhitespace(parts[1]));
  }
  return settings;
}

absl::StatusOr<Settings> LoadSettings(const SettingsFlags& flags, const Environment& environment) {
  SettingsFlags file;
  if (const auto path = ConfigPath(environment); path.ok()) {
    absl::StatusOr<SettingsFlags> read = ReadConfig(*path);
    if (!read.ok()) return read.status();
    file = *std::move(read);
  }
  absl::StatusOr<std::string> server = CheckedServer(FirstOf(
      {flags.server, environment("PERCEPT_SERVER"), file.server, std::string(kDefaultServer)}));
  if (!server.ok()) return server.status();
  Settings settings{*std::move(server),
                    FirstOf({flags.token, environment("PERCEPT_TOKEN"), file.token})};
  if (!IsPrintableAscii(settings.token)) {
    return absl::InvalidArgumentError("token: must be printable ASCII without spaces");
  }
  return settings;
}

}  // namespace percept::cli
