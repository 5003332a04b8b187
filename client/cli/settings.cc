#include "client/cli/settings.h"

#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <sstream>
#include <tuple>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"

#include "client/lib/local_file.h"

namespace percept::cli {
namespace {

constexpr absl::string_view kPlainScheme = "http://";
// No certificate is as large.
constexpr int64_t kMaxPemBytes = 1 << 20;

// A setting: its flag, without the dashes, is its key in the config file.
struct Setting {
  absl::string_view flag;
  const char* variable;
  std::optional<std::string> SettingsFlags::*value;
};
constexpr Setting kServer = {"server", "PERCEPT_SERVER", &SettingsFlags::server};
constexpr Setting kToken = {"token", "PERCEPT_TOKEN", &SettingsFlags::token};
constexpr Setting kTlsCa = {"tls-ca", "PERCEPT_TLS_CA", &SettingsFlags::tls_ca};
constexpr Setting kTlsCert = {"tls-cert", "PERCEPT_TLS_CERT", &SettingsFlags::tls_cert};
constexpr Setting kTlsKey = {"tls-key", "PERCEPT_TLS_KEY", &SettingsFlags::tls_key};
constexpr Setting kSettings[] = {kServer, kToken, kTlsCa, kTlsCert, kTlsKey};

bool IsPrintableAscii(absl::string_view text) {
  for (const char c : text) {
    if (!absl::ascii_isgraph(static_cast<unsigned char>(c))) return false;
  }
  return true;
}

// HOST:PORT; a lone host gets the default port. `given` is what the user wrote.
absl::StatusOr<std::string> CheckedAddress(const std::string& server, absl::string_view given) {
  const absl::Status error =
      absl::InvalidArgumentError(absl::StrCat("server: must be HOST:PORT, such as ", kDefaultServer,
                                              ", or https://HOST:PORT for TLS, got '", given, "'"));
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

// A scheme decides on TLS; without one, it is spoken when there is a setting for it.
absl::StatusOr<std::string> CheckedServer(const std::string& given, bool has_tls_settings) {
  absl::string_view address = given;
  const bool is_tls = absl::ConsumePrefix(&address, client::kTlsScheme) ||
                      (!absl::ConsumePrefix(&address, kPlainScheme) && has_tls_settings &&
                       !absl::StartsWith(address, "unix:"));
  if (address.size() < given.size() && absl::EndsWith(address, "/")) address.remove_suffix(1);
  absl::StatusOr<std::string> checked = CheckedAddress(std::string(address), given);
  if (!checked.ok() || !is_tls) return checked;
  return absl::StrCat(client::kTlsScheme, *checked);
}

// The contents of the file that a setting names; empty where it names none.
absl::StatusOr<std::string> ReadPem(const Setting& setting, const std::string& path) {
  if (path.empty()) return std::string();
  const absl::StatusOr<client::LocalFile> file = client::LocalFile::Open(path);
  const absl::StatusOr<std::string> pem =
      file.ok() ? file->Read(0, std::min(file->size_bytes(), kMaxPemBytes))
                : absl::StatusOr<std::string>(file.status());
  if (!pem.ok()) {
    return absl::Status(pem.status().code(),
                        absl::StrCat(setting.flag, ": ", pem.status().message()));
  }
  if (!absl::StrContains(*pem, "-----BEGIN ")) {
    return absl::InvalidArgumentError(
        absl::StrCat(setting.flag, ": must be a file in PEM, got '", path, "'"));
  }
  return pem;
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
    const auto* const setting = std::find_if(std::begin(kSettings), std::end(kSettings),
                                             [&](const Setting& s) { return s.flag == key; });
    if (parts.size() != 2 || setting == std::end(kSettings)) {
      return absl::InvalidArgumentError(absl::StrCat(
          path, ":", number, ": must be a line like 'server = HOST:PORT', 'token = T' or ",
          "'tls-ca = FILE', got '", line, "'"));
    }
    settings.*setting->value = std::string(absl::StripLeadingAsciiWhitespace(parts[1]));
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
  const auto settled = [&](const Setting& setting, absl::string_view otherwise = "") {
    return FirstOf({flags.*setting.value, environment(setting.variable), file.*setting.value,
                    std::string(otherwise)});
  };
  const std::string ca = settled(kTlsCa);
  const std::string certificate = settled(kTlsCert);
  const std::string key = settled(kTlsKey);
  if (certificate.empty() != key.empty()) {
    return absl::InvalidArgumentError("tls-cert and tls-key: must be given together");
  }
  absl::StatusOr<std::string> server =
      CheckedServer(settled(kServer, kDefaultServer), !ca.empty() || !certificate.empty());
  if (!server.ok()) return server.status();
  Settings settings{*std::move(server), settled(kToken)};
  if (!IsPrintableAscii(settings.token)) {
    return absl::InvalidArgumentError("token: must be printable ASCII without spaces");
  }
  if (!absl::StartsWith(settings.server, client::kTlsScheme)) return settings;
  for (const auto& [setting, path, contents] :
       {std::make_tuple(&kTlsCa, &ca, &settings.tls.ca),
        std::make_tuple(&kTlsCert, &certificate, &settings.tls.certificate),
        std::make_tuple(&kTlsKey, &key, &settings.tls.key)}) {
    absl::StatusOr<std::string> pem = ReadPem(*setting, *path);
    if (!pem.ok()) return pem.status();
    *contents = *std::move(pem);
  }
  return settings;
}

}  // namespace percept::cli
