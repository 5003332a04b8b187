#include "client/cli/credentials.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <termios.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <set>
#include <sstream>
#include <system_error>
#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"

namespace percept::cli {
namespace {

absl::Status FileError(const std::string& path, int error) {
  return absl::DataLossError(absl::StrCat(path, ": cannot be written: ", std::strerror(error)));
}

// Keeps what is typed from the screen while it lives.
class EchoOff {
 public:
  EchoOff() {
    is_terminal_ = tcgetattr(STDIN_FILENO, &before_) == 0;
    if (!is_terminal_) return;
    termios silent = before_;
    silent.c_lflag &= ~static_cast<tcflag_t>(ECHO);
    tcsetattr(STDIN_FILENO, TCSAFLUSH, &silent);
  }
  ~EchoOff() {
    if (!is_terminal_) return;
    tcsetattr(STDIN_FILENO, TCSAFLUSH, &before_);
    std::fputc('\n', stderr);
  }
  EchoOff(const EchoOff&) = delete;
  EchoOff& operator=(const EchoOff&) = delete;

 private:
  termios before_{};
  bool is_terminal_ = false;
};

}  // namespace

std::string WithSettings(absl::string_view text, const std::map<std::string, std::string>& values) {
  std::vector<std::string> lines;
  std::set<std::string> written;
  absl::ConsumeSuffix(&text, "\n");
  if (!text.empty()) lines = absl::StrSplit(text, '\n');
  std::vector<std::string> kept;
  for (const std::string& line : lines) {
    const std::vector<std::string> parts = absl::StrSplit(line, absl::MaxSplits('=', 1));
    const auto value = values.find(std::string(absl::StripAsciiWhitespace(parts[0])));
    if (parts.size() != 2 || value == values.end()) {
      kept.push_back(line);
    } else if (!value->second.empty() && written.insert(value->first).second) {
      kept.push_back(absl::StrCat(value->first, " = ", value->second));
    }
  }
  for (const auto& [key, value] : values) {
    if (!value.empty() && !written.contains(key)) kept.push_back(absl::StrCat(key, " = ", value));
  }
  return kept.empty() ? "" : absl::StrCat(absl::StrJoin(kept, "\n"), "\n");
}

absl::Status SaveSettings(const std::string& path,
                          const std::map<std::string, std::string>& values) {
  std::ostringstream before;
  if (std::ifstream file(path); file) before << file.rdbuf();
  const std::string text = WithSettings(before.str(), values);
  std::error_code error;
  std::filesystem::create_directories(std::filesystem::path(path).parent_path(), error);
  if (error) return FileError(path, error.value());
  // Beside it, then in its place: a token that is half written would be lost.
  const std::string draft = absl::StrCat(path, ".new");
  const int file = open(draft.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
  if (file < 0) return FileError(draft, errno);
  const bool is_written =
      fchmod(file, 0600) == 0 &&
      write(file, text.data(), text.size()) == static_cast<ssize_t>(text.size()) &&
      fsync(file) == 0;
  const int write_error = errno;
  close(file);
  if (is_written && rename(draft.c_str(), path.c_str()) == 0) return absl::OkStatus();
  const absl::Status failed = FileError(path, is_written ? errno : write_error);
  unlink(draft.c_str());
  return failed;
}

absl::StatusOr<std::string> ReadToken() {
  if (isatty(STDIN_FILENO) != 0) std::fprintf(stderr, "Token: ");
  std::string line;
  {
    const EchoOff unseen;
    std::getline(std::cin, line);
  }
  absl::StripAsciiWhitespace(&line);
  if (line.empty()) {
    return absl::InvalidArgumentError(
        "token: must be given, by --token or as a line on standard input");
  }
  return line;
}

}  // namespace percept::cli
