#include "server/app/user_command.h"

#include <pwd.h>
#include <unistd.h>

#include <algorithm>
#include <cstdint>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/strip.h"

#include "server/base/logging.h"
#include "server/base/status.h"
#include "server/rpc/access/user_file.h"

namespace percept::app {
namespace {

using rpc::User;

constexpr absl::Duration kLeast = absl::Minutes(1);
constexpr absl::Duration kMost = absl::Hours(24 * 366 * 10);

// When a token given now expires. Days, which Abseil does not know, are understood too.
absl::StatusOr<absl::Time> ExpireTime(const std::string& text, absl::Time now) {
  if (text.empty()) return absl::InfiniteFuture();
  absl::string_view days = text;
  int64_t count = 0;
  absl::Duration duration;
  if (absl::ConsumeSuffix(&days, "d") && absl::SimpleAtoi(days, &count) && count > 0 &&
      count < 10'000) {
    duration = absl::Hours(24 * count);
  } else if (!absl::ParseDuration(text, &duration)) {
    duration = absl::ZeroDuration();
  }
  if (duration >= kLeast && duration <= kMost) return now + duration;
  return InvalidField("--expires", "must be a duration from 1m to ten years, such as 12h or 30d",
                      Quoted(text));
}

absl::Status CheckName(const std::string& name) {
  if (!rpc::IsPlainName(name)) {
    return InvalidField("NAME", "must be 1 to 64 letters, digits and . _ - @", Quoted(name));
  }
  if (name == rpc::kGuestName || name == "anonymous") {
    return InvalidField("NAME", "must be none that the server uses itself", Quoted(name));
  }
  return absl::OkStatus();
}

std::vector<User>::iterator Find(std::vector<User>& users, const std::string& name) {
  return std::find_if(users.begin(), users.end(),
                      [&](const User& user) { return user.name == name; });
}

absl::Status NoSuchUser(const std::string& name) {
  return absl::NotFoundError(absl::StrCat("NAME: there is no user ", name));
}

std::string TimeText(absl::Time time) {
  return time == absl::InfiniteFuture()
             ? "never"
             : absl::FormatTime("%Y-%m-%d %H:%M", time, absl::UTCTimeZone());
}

const char* ActionName(UserCommand::Action action) {
  switch (action) {
    case UserCommand::Action::kAdd:
      return "add";
    case UserCommand::Action::kList:
      return "list";
    case UserCommand::Action::kRemove:
      return "remove";
    case UserCommand::Action::kRotate:
      return "rotate";
  }
  return "";
}

// Of the machine: who runs the program.
std::string SystemUserName() {
  const passwd* const user = getpwuid(getuid());
  return user != nullptr ? user->pw_name : absl::StrCat(getuid());
}

std::string Table(const std::vector<User>& users, absl::Time now) {
  std::string text =
      absl::StrFormat("%-24s %-12s %-18s %s\n", "NAME", "ROLE", "TOKEN MADE", "EXPIRES (UTC)");
  for (const User& user : users) {
    absl::StrAppend(&text,
                    absl::StrFormat("%-24s %-12s %-18s %s%s\n", user.name, rpc::RoleName(user.role),
                                    TimeText(user.create_time), TimeText(user.expire_time),
                                    user.expire_time <= now ? " (expired)" : ""));
  }
  return text;
}

}  // namespace

absl::StatusOr<std::string> RunUserCommand(const std::string& user_file, const UserCommand& command,
                                           absl::Time now) {
  if (user_file.empty()) {
    return InvalidField("--auth-file", "must name the file of the users", Quoted(user_file));
  }
  if (command.action == UserCommand::Action::kList) {
    PERCEPT_ASSIGN_OR_RETURN(const std::vector<User> users, rpc::ReadUserFile(user_file));
    return Table(users, now);
  }
  PERCEPT_RETURN_IF_ERROR(CheckName(command.name));
  PERCEPT_ASSIGN_OR_RETURN(const absl::Time expire_time, ExpireTime(command.expires, now));
  std::string text;
  PERCEPT_RETURN_IF_ERROR(
      rpc::ChangeUserFile(user_file, [&](std::vector<User>& users) -> absl::Status {
        const auto found = Find(users, command.name);
        switch (command.action) {
          case UserCommand::Action::kAdd: {
            if (found != users.end()) {
              return absl::AlreadyExistsError(absl::StrCat("NAME: there is a user ", command.name,
                                                           " already; give a new token by rotate"));
            }
            User user{.name = command.name, .create_time = now, .expire_time = expire_time};
            PERCEPT_ASSIGN_OR_RETURN(user.role, rpc::ParseRole("--role", command.role));
            text = absl::StrCat(rpc::GiveToken(user), "\n");
            users.push_back(std::move(user));
            return absl::OkStatus();
          }
          case UserCommand::Action::kRotate:
            if (found == users.end()) return NoSuchUser(command.name);
            found->create_time = now;
            found->expire_time = expire_time;
            text = absl::StrCat(rpc::GiveToken(*found), "\n");
            return absl::OkStatus();
          case UserCommand::Action::kRemove:
            if (found == users.end()) return NoSuchUser(command.name);
            users.erase(found);
            return absl::OkStatus();
          case UserCommand::Action::kList:
            break;
        }
        return absl::OkStatus();
      }));
  log::Audit("user command", {{"user", SystemUserName()},
                              {"method", ActionName(command.action)},
                              {"resource", absl::StrCat("users/", command.name)},
                              {"code", "OK"}});
  return text;
}

}  // namespace percept::app
