#ifndef PERCEPT_CLIENT_CLI_SETTINGS_H_
#define PERCEPT_CLIENT_CLI_SETTINGS_H_

#include <functional>
#include <optional>
#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

namespace percept::cli {

inline constexpr absl::string_view kDefaultServer = "127.0.0.1:7878";

// Where the server is and how to be let in.
struct Settings {
  std::string server;  // HOST:PORT, or unix:PATH.
  std::string token;   // Empty without one.
};

// What the command line said.
struct SettingsFlags {
  std::optional<std::string> server;
  std::optional<std::string> token;
};

// Value of an environment variable; nothing when it is unset or empty.
using Environment = std::function<std::optional<std::string>(const std::string& name)>;

// The environment of this process.
std::optional<std::string> ProcessEnvironment(const std::string& name);

// $XDG_CONFIG_HOME/percept/config, or ~/.config/percept/config. FailedPrecondition where neither
// variable is set.
absl::StatusOr<std::string> ConfigPath(const Environment& environment);

// Reads `server = HOST:PORT` and `token = T` lines; blank lines and lines that begin with `#` are
// passed over. InvalidArgument, naming `path` and the line, for anything else.
absl::StatusOr<SettingsFlags> ParseConfig(absl::string_view text, absl::string_view path);

// Settles each setting: flag, then PERCEPT_SERVER and PERCEPT_TOKEN, then the config file, then the
// default. The config file is $XDG_CONFIG_HOME/percept/config, or ~/.config/percept/config; none is
// needed. InvalidArgument when a setting breaks its rule; DataLoss when there is a file that cannot
// be read.
absl::StatusOr<Settings> LoadSettings(const SettingsFlags& flags, const Environment& environment);

}  // namespace percept::cli

#endif  // PERCEPT_CLIENT_CLI_SETTINGS_H_
