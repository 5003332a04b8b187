#ifndef PERCEPT_SERVER_APP_USER_COMMAND_H_
#define PERCEPT_SERVER_APP_USER_COMMAND_H_

#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"

namespace percept::app {

// What `perceptd user` is to do with the users in `--auth-file`.
struct UserCommand {
  enum class Action { kAdd, kList, kRemove, kRotate };
  Action action = Action::kList;
  std::string name;     // Not for kList.
  std::string role;     // For kAdd.
  std::string expires;  // For kAdd and kRotate: a duration such as 720h or 30d; empty: never.
};

// Does it, and returns the text to show: a new token, which is shown nowhere else, or the users.
// What changes the users is audited. Every error is one line that names what is wrong.
absl::StatusOr<std::string> RunUserCommand(const std::string& user_file, const UserCommand& command,
                                           absl::Time now);

}  // namespace percept::app

#endif  // PERCEPT_SERVER_APP_USER_COMMAND_H_
