#ifndef PERCEPT_CLIENT_CLI_SETTINGS_H_
#define PERCEPT_CLIENT_CLI_SETTINGS_H_

#include <functional>
#include <optional>
#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

#include "client/lib/channel.h"

namespace percept::cli {

inline constexpr absl::string_view kDefaultServer = "127.0.0.1:7878";

// Where the server is and how to be let in.
struct Settings {
  std::string server;  // As client::ClientOptions has it.
  std::string token;   // Empty without one.
  client::TlsOptions tls;
};

// What the command line said.
struct SettingsFlags {
  std::optional<std::string> server;
  std::optional<std::string> token;
  // Files in PEM.
  std::optional<std::string> tls_ca;
  std::optional<std::string> tls_cert;
  std::optional<std::string> tls_key;
};

// Value of an environment variable; nothing when it is unset or empty.
using Environment = std::function<std::optional<std::string>(const std::string& name)>;

// The environment of this process.
std::optional<std::string> ProcessEnvironment(const std::string& name);

// $XDG_CONFIG_HOME/percept/config, or ~/.config/percept/config. FailedPrecondition where neither
// variable is set.
absl::StatusOr<std::string> ConfigPath(const Environment& environment);

// Reads lines such as `server = HOST:PORT` and `token = T`, the keys being the flags' names; blank
// lines and lines that begin with `#` are passed over. InvalidArgument, naming `path` and the line,
// for anything else.
absl::StatusOr<SettingsFlags> ParseConfig(absl::string_view text, absl::string_view path);

// Settles each setting: flag, then the environment (PERCEPT_SERVER, PERCEPT_TLS_CA), then the
// config file, then the default, and reads the files it names. A server is spoken to by TLS when it
// begins with https://, or with no scheme while there is a setting for TLS. The config file is
// $XDG_CONFIG_HOME/percept/config, or ~/.config/percept/config; none is needed. InvalidArgument
// when a setting breaks its rule; DataLoss when there is a file that cannot be read.
absl::StatusOr<Settings> LoadSettings(const SettingsFlags& flags, const Environment& environment);

}  // namespace percept::cli

#endif  // PERCEPT_CLIENT_CLI_SETTINGS_H_
