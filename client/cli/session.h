#ifndef PERCEPT_CLIENT_CLI_SESSION_H_
#define PERCEPT_CLIENT_CLI_SESSION_H_

#include <memory>
#include <string>

#include "absl/strings/string_view.h"
#include <google/protobuf/message.h>

#include "client/cli/settings.h"
#include "client/cli/terminal.h"
#include "client/lib/cancellation.h"
#include "client/lib/client.h"

namespace percept::cli {

struct SessionOptions {
  Settings settings;
  std::string server_flags;  // Those that name the server, for commands to come back with.
  bool json = false;
  bool quiet = false;
  SettingsFlags given;  // What the command line said of the settings.
};

// What a command works with: the server and the two output streams. Data goes to stdout, all else
// to stderr. Not thread-safe, but for the cancellation.
class Session {
 public:
  explicit Session(SessionOptions options);

  // The connection, made when first asked for.
  client::Client& client();
  client::Cancellation& cancellation() { return cancellation_; }

  bool json() const { return options_.json; }
  bool quiet() const { return options_.quiet; }
  const std::string& server() const { return options_.settings.server; }
  // What the command line said of the settings.
  const SettingsFlags& given() const { return options_.given; }
  // Has calls carry another token from now on. InvalidArgument where it cannot be sent.
  absl::Status UseToken(const std::string& token);
  const Terminal& out() const { return out_; }
  const Terminal& err() const { return err_; }

  // Writes data to stdout at once.
  void Print(absl::string_view text) const;
  // Writes the message as a line of JSON to stdout at once.
  void PrintJson(const google::protobuf::Message& message) const;
  // Writes a line to stderr, unless quiet.
  void Note(absl::string_view line) const;

  // A command that a reader can copy, such as `percept job watch 7f3k`.
  std::string Command(absl::string_view arguments) const;

 private:
  SessionOptions options_;
  const Terminal out_;
  const Terminal err_;
  client::Cancellation cancellation_;
  std::unique_ptr<client::Client> client_;
};

}  // namespace percept::cli

#endif  // PERCEPT_CLIENT_CLI_SESSION_H_
