#ifndef PERCEPT_SERVER_RPC_ACCESS_USER_FILE_H_
#define PERCEPT_SERVER_RPC_ACCESS_USER_FILE_H_

#include <optional>
#include <string>
#include <vector>

#include "absl/functional/function_ref.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"

#include "server/base/access.h"

// The file of `--auth-file`: who may use a server. It holds no token, only digests of them, in a
// line for each user: name, role, id of the token, SHA-256 of the token, and when it was made and
// expires (`-` for never).
namespace percept::rpc {

struct User {
  std::string name;
  Role role = Role::kStudent;
  std::string token_id;      // Part of the token that is no secret, by which it is found.
  std::string token_digest;  // SHA-256 of the whole token in hexadecimal.
  absl::Time create_time;
  absl::Time expire_time = absl::InfiniteFuture();

  bool operator==(const User&) const = default;
};

// The name of those who come by the class link; nobody else can have it.
inline constexpr char kGuestName[] = "class-link";

// "viewer", "student", …
const char* RoleName(Role role);

// Of those a user can be given, not `guest`. InvalidArgument, naming `field`.
absl::StatusOr<Role> ParseRole(absl::string_view field, absl::string_view text);

// Whether it is a name as owners have it: 1 to 64 letters, digits and . _ - @
bool IsPlainName(absl::string_view name);

// A token for a user, `percept_ID_SECRET`, whose digest the user is given.
std::string GiveToken(User& user);

// The id in a token; unset where it has not the form of one.
std::optional<std::string> TokenId(absl::string_view token);

// SHA-256 in hexadecimal.
std::string TokenDigest(absl::string_view token);

// The users in a file's text. InvalidArgument, naming the line and what is wrong with it.
absl::StatusOr<std::vector<User>> ParseUsers(absl::string_view text);

// The users in a file, one after another as it stands there. NotFound where there is none.
absl::StatusOr<std::vector<User>> ReadUserFile(const std::string& path);

// Has `change` change the users in a file, which is made where it is not there, and puts the new
// one in its place at once, readable by its owner alone. Waits for others who change it. What
// `change` returns is returned, with nothing changed if that is an error.
absl::Status ChangeUserFile(const std::string& path,
                            absl::FunctionRef<absl::Status(std::vector<User>&)> change);

}  // namespace percept::rpc

#endif  // PERCEPT_SERVER_RPC_ACCESS_USER_FILE_H_
