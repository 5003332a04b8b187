#include "client/cli/session.h"

#include <pwd.h>
#include <unistd.h>

#include <cstdio>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"

#include "client/cli/render_json.h"

namespace percept::cli {
namespace {

// The user's name as far as it can be sent: printable ASCII.
std::string UserName() {
  std::string name = ProcessEnvironment("USER").value_or("");
  if (const passwd* user = name.empty() ? getpwuid(getuid()) : nullptr) name = user->pw_name;
  for (const char c : name) {
    if (!absl::ascii_isgraph(static_cast<unsigned char>(c))) return "";
  }
  return name;
}

}  // namespace

Session::Session(SessionOptions options)
    : options_(std::move(options)),
      out_(DescribeTerminal(STDOUT_FILENO)),
      err_(DescribeTerminal(STDERR_FILENO)) {}

client::Client& Session::client() {
  if (client_ == nullptr) {
    client::ClientOptions options;
    options.server = options_.settings.server;
    options.tls = options_.settings.tls;
    options.token = options_.settings.token;
    options.owner = UserName();
    options.cancellation = &cancellation_;
    client_ = std::make_unique<client::Client>(std::move(options));
  }
  return *client_;
}

absl::Status Session::UseToken(const std::string& token) {
  for (const char c : token) {
    if (!absl::ascii_isgraph(static_cast<unsigned char>(c))) {
      return absl::InvalidArgumentError("token: must be printable ASCII without spaces");
    }
  }
  options_.settings.token = token;
  client_ = nullptr;
  return absl::OkStatus();
}

void Session::Print(absl::string_view text) const {
  std::fwrite(text.data(), 1, text.size(), stdout);
  std::fflush(stdout);
}

void Session::PrintJson(const google::protobuf::Message& message) const {
  Print(absl::StrCat(RenderJson(message), "\n"));
}

void Session::Note(absl::string_view line) const {
  if (quiet()) return;
  std::fprintf(stderr, "%s\n", std::string(line).c_str());
}

std::string Session::Command(absl::string_view arguments) const {
  return absl::StrCat("percept ", options_.server_flags, arguments);
}

}  // namespace percept::cli
