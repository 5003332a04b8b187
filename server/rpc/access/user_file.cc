#include "server/rpc/access/user_file.h"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <set>
#include <sstream>

#include "absl/cleanup/cleanup.h"
#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"

#include "server/base/digest.h"
#include "server/base/secret.h"
#include "server/base/status.h"

namespace percept::rpc {
namespace {

constexpr absl::string_view kTokenPrefix = "percept_";
constexpr size_t kIdBytes = 9;  // 12 characters.
constexpr size_t kIdCharacters = 12;
constexpr size_t kSecretBytes = 33;  // 44 characters.
constexpr size_t kSecretCharacters = 44;
constexpr char kHeader[] =
    "# Users of perceptd: name, role, token id, SHA-256 of the token, made, expires. Change it "
    "with\n"
    "# `perceptd user`; a server that runs sees changes at once.\n";
constexpr Role kRoles[] = {Role::kGuest, Role::kViewer, Role::kStudent, Role::kInstructor,
                           Role::kAdmin};

absl::Status FileError(absl::string_view what, const std::string& path) {
  return absl::UnavailableError(
      absl::StrCat("--auth-file: cannot ", what, " ", path, ": ", std::strerror(errno)));
}

bool IsBase64(absl::string_view text) {
  return std::all_of(text.begin(), text.end(), [](unsigned char character) {
    return absl::ascii_isalnum(character) || character == '-' || character == '_';
  });
}

bool IsHexDigest(absl::string_view text) {
  return text.size() == 64 && std::all_of(text.begin(), text.end(), [](unsigned char character) {
           return absl::ascii_isdigit(character) || (character >= 'a' && character <= 'f');
         });
}

std::string TimeText(absl::Time time) {
  if (time == absl::InfiniteFuture()) return "-";
  return absl::FormatTime(absl::RFC3339_full, time, absl::UTCTimeZone());
}

bool ParseTime(const std::string& text, absl::Time& time) {
  return absl::ParseTime(absl::RFC3339_full, text, &time, nullptr) &&
         time != absl::InfiniteFuture() && time != absl::InfinitePast();
}

// Why a line is none of a user's, or nothing.
std::optional<std::string> ParseUser(absl::string_view line, User& user) {
  const std::vector<std::string> parts = absl::StrSplit(line, ' ', absl::SkipEmpty());
  if (parts.size() != 6) return absl::StrCat("must have six words, has ", parts.size());
  user.name = parts[0];
  if (!IsPlainName(user.name)) return "must begin with a name";
  const auto role = std::find_if(std::begin(kRoles), std::end(kRoles),
                                 [&](Role each) { return parts[1] == RoleName(each); });
  if (role == std::end(kRoles)) {
    return absl::StrCat("must have a role in second place, has ", Quoted(parts[1]));
  }
  user.role = *role;
  if ((user.role == Role::kGuest) != (user.name == kGuestName)) {
    return absl::StrCat("must give the role guest to ", kGuestName, " and nobody else");
  }
  user.token_id = parts[2];
  if (user.token_id.size() != kIdCharacters || !IsBase64(user.token_id)) {
    return "must have a token's id in third place";
  }
  user.token_digest = parts[3];
  if (!IsHexDigest(user.token_digest)) return "must have a SHA-256 in fourth place";
  if (!ParseTime(parts[4], user.create_time)) return "must have a time in fifth place";
  if (parts[5] == "-") {
    user.expire_time = absl::InfiniteFuture();
  } else if (!ParseTime(parts[5], user.expire_time)) {
    return "must have a time or - in last place";
  }
  return std::nullopt;
}

std::string FormatUsers(const std::vector<User>& users) {
  std::string text = kHeader;
  for (const User& user : users) {
    absl::StrAppend(&text, user.name, " ", RoleName(user.role), " ", user.token_id, " ",
                    user.token_digest, " ", TimeText(user.create_time), " ",
                    TimeText(user.expire_time), "\n");
  }
  return text;
}

absl::Status WriteAll(int file, absl::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t written = write(file, bytes.data(), bytes.size());
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) return absl::UnavailableError(std::strerror(errno));
    bytes.remove_prefix(static_cast<size_t>(written));
  }
  return absl::OkStatus();
}

// Root changes the file for a server, whose user must go on to be able to read it: what is made
// belongs to whom `path` belongs to, or else its folder.
bool KeepOwner(int file, const std::string& path) {
  struct stat owner {};
  if (geteuid() != 0) return true;
  if (stat(path.c_str(), &owner) != 0) {
    const std::string folder = std::filesystem::path(path).parent_path();
    if (stat(folder.empty() ? "." : folder.c_str(), &owner) != 0) return false;
  }
  return fchown(file, owner.st_uid, owner.st_gid) == 0;
}

// Beside `path`, then in its place: whoever reads sees the old or the new.
absl::Status Replace(const std::string& path, absl::string_view text) {
  const std::string draft = absl::StrCat(path, ".new");
  const int file = open(draft.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
  if (file < 0) return FileError("write", draft);
  const bool written = fchmod(file, 0600) == 0 && KeepOwner(file, path) &&
                       WriteAll(file, text).ok() && fsync(file) == 0;
  const int error = errno;
  close(file);
  if (written && rename(draft.c_str(), path.c_str()) == 0) return absl::OkStatus();
  if (!written) errno = error;
  const absl::Status failed = FileError("write", path);
  unlink(draft.c_str());
  return failed;
}

}  // namespace

const char* RoleName(Role role) {
  switch (role) {
    case Role::kGuest:
      return "guest";
    case Role::kViewer:
      return "viewer";
    case Role::kStudent:
      return "student";
    case Role::kInstructor:
      return "instructor";
    case Role::kAdmin:
      return "admin";
  }
  return "unknown";
}

absl::StatusOr<Role> ParseRole(absl::string_view field, absl::string_view text) {
  for (const Role role : kRoles) {
    if (role != Role::kGuest && text == RoleName(role)) return role;
  }
  return InvalidField(field, "must be viewer, student, instructor or admin", Quoted(text));
}

bool IsPlainName(absl::string_view name) {
  constexpr size_t kMaxBytes = 64;
  return !name.empty() && name.size() <= kMaxBytes &&
         std::all_of(name.begin(), name.end(), [](unsigned char character) {
           return absl::ascii_isalnum(character) ||
                  absl::string_view("._-@").find(static_cast<char>(character)) !=
                      absl::string_view::npos;
         });
}

std::string GiveToken(User& user) {
  user.token_id = NewSecret(kIdBytes);
  const std::string token = absl::StrCat(kTokenPrefix, user.token_id, NewSecret(kSecretBytes));
  user.token_digest = TokenDigest(token);
  return token;
}

std::optional<std::string> TokenId(absl::string_view token) {
  if (!absl::ConsumePrefix(&token, kTokenPrefix)) return std::nullopt;
  if (token.size() != kIdCharacters + kSecretCharacters || !IsBase64(token)) return std::nullopt;
  return std::string(token.substr(0, kIdCharacters));
}

std::string TokenDigest(absl::string_view token) {
  Sha256 digest;
  digest.Update(token);
  return digest.HexDigest();
}

absl::StatusOr<std::vector<User>> ParseUsers(absl::string_view text) {
  std::vector<User> users;
  std::set<std::string> names;
  std::set<std::string> token_ids;
  int number = 0;
  for (absl::string_view line : absl::StrSplit(text, '\n')) {
    ++number;
    line = absl::StripAsciiWhitespace(line);
    if (line.empty() || absl::StartsWith(line, "#")) continue;
    User user;
    std::optional<std::string> fault = ParseUser(line, user);
    if (!fault.has_value() && !names.insert(user.name).second) {
      fault = absl::StrCat("must name ", user.name, " only once");
    }
    if (!fault.has_value() && !token_ids.insert(user.token_id).second) {
      fault = "must have a token's id of its own";
    }
    if (fault.has_value()) {
      return absl::InvalidArgumentError(absl::StrCat("line ", number, " ", *fault));
    }
    users.push_back(std::move(user));
  }
  return users;
}

absl::StatusOr<std::vector<User>> ReadUserFile(const std::string& path) {
  errno = 0;
  std::ifstream file(path);
  if (!file.is_open()) {
    if (errno == ENOENT) {
      return absl::NotFoundError(absl::StrCat("--auth-file: ", path,
                                              " is not there; make it with: perceptd --auth-file ",
                                              path, " user add NAME --role admin"));
    }
    return FileError("read", path);
  }
  std::stringstream text;
  text << file.rdbuf();
  // An empty file leaves the stream without a character to show.
  if (file.bad()) return FileError("read", path);
  absl::StatusOr<std::vector<User>> users = ParseUsers(text.str());
  if (!users.ok()) return Annotate(users.status(), absl::StrCat("--auth-file: ", path));
  return users;
}

absl::Status ChangeUserFile(const std::string& path,
                            absl::FunctionRef<absl::Status(std::vector<User>&)> change) {
  const std::string lock_path = absl::StrCat(path, ".lock");
  const int lock = open(lock_path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
  if (lock < 0) return FileError("write", lock_path);
  const absl::Cleanup close_lock = [lock] { close(lock); };
  if (!KeepOwner(lock, path)) return FileError("write", lock_path);
  while (flock(lock, LOCK_EX) != 0) {
    if (errno != EINTR) return FileError("lock", lock_path);
  }
  absl::StatusOr<std::vector<User>> users = ReadUserFile(path);
  if (absl::IsNotFound(users.status())) users.emplace();
  PERCEPT_RETURN_IF_ERROR(users.status());
  PERCEPT_RETURN_IF_ERROR(change(*users));
  return Replace(path, FormatUsers(*users));
}

}  // namespace percept::rpc
