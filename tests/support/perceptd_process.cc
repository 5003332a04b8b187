#include "tests/support/perceptd_process.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdio>
#include <cstdlib>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"

namespace percept::testing {
namespace {

constexpr absl::Duration kStartLimit = absl::Seconds(30);
constexpr int kTookTooLong = -1000;

std::string Program() {
  const char* from_environment = std::getenv("PERCEPTD");
  return from_environment != nullptr ? from_environment : PERCEPTD_PROGRAM;
}

std::vector<char*> Pointers(std::vector<std::string>& texts) {
  std::vector<char*> pointers;
  for (std::string& text : texts) pointers.push_back(text.data());
  pointers.push_back(nullptr);
  return pointers;
}

std::vector<std::string> EnvironmentWith(const Environment& added) {
  std::vector<std::string> all;
  for (char** each = environ; *each != nullptr; ++each) {
    if (!absl::StartsWith(*each, "PERCEPTD_")) all.emplace_back(*each);
  }
  for (const auto& [name, value] : added) all.push_back(absl::StrCat(name, "=", value));
  return all;
}

[[noreturn]] void Give(const char* what) {
  std::perror(what);
  std::abort();
}

}  // namespace

PerceptdProcess::PerceptdProcess(std::vector<std::string> arguments,
                                 const Environment& environment) {
  std::array<int, 2> out{};
  std::array<int, 2> err{};
  if (pipe2(out.data(), O_CLOEXEC) != 0 || pipe2(err.data(), O_CLOEXEC) != 0) Give("pipe2");
  out_.descriptor = out[0];
  err_.descriptor = err[0];
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
  posix_spawn_file_actions_adddup2(&actions, out[1], STDOUT_FILENO);
  posix_spawn_file_actions_adddup2(&actions, err[1], STDERR_FILENO);
  const std::string program = Program();
  arguments.insert(arguments.begin(), program);
  std::vector<std::string> variables = EnvironmentWith(environment);
  const int error = posix_spawn(&process_, program.c_str(), &actions, nullptr,
                                Pointers(arguments).data(), Pointers(variables).data());
  posix_spawn_file_actions_destroy(&actions);
  close(out[1]);
  close(err[1]);
  if (error != 0) {
    errno = error;
    Give(program.c_str());
  }
}

PerceptdProcess::~PerceptdProcess() {
  Kill();
  close(out_.descriptor);
  close(err_.descriptor);
}

std::string PerceptdProcess::WaitForAddress() {
  const std::string before = "perceptd listens on ";
  const absl::Time deadline = absl::Now() + kStartLimit;
  do {
    const size_t start = out_.text.find(before);
    const size_t end = out_.text.find(' ', start + before.size());
    if (start != std::string::npos && end != std::string::npos) {
      return out_.text.substr(start + before.size(), end - start - before.size());
    }
  } while (ReadSome(deadline));
  return "";
}

void PerceptdProcess::Signal(int number) {
  if (!reaped_) kill(process_, number);
}

int PerceptdProcess::WaitForExit(absl::Duration limit) {
  if (reaped_) return exit_code_;
  // The pipes come to their end when the process does.
  const absl::Time deadline = absl::Now() + limit;
  ReadAll(deadline);
  const bool late = out_.open || err_.open;
  if (late) kill(process_, SIGKILL);
  int status = 0;
  if (waitpid(process_, &status, 0) != process_) Give("waitpid");
  reaped_ = true;
  exit_code_ = WIFEXITED(status) ? WEXITSTATUS(status) : -WTERMSIG(status);
  if (late) exit_code_ = kTookTooLong;
  return exit_code_;
}

void PerceptdProcess::Kill() {
  Signal(SIGKILL);
  WaitForExit();
}

const std::string& PerceptdProcess::standard_output() {
  while (ReadSome(absl::Now())) {
  }
  return out_.text;
}

const std::string& PerceptdProcess::standard_error() {
  while (ReadSome(absl::Now())) {
  }
  return err_.text;
}

bool PerceptdProcess::ReadSome(absl::Time deadline) {
  std::array<pollfd, 2> ready{};
  ready[0] = {.fd = out_.open ? out_.descriptor : -1, .events = POLLIN, .revents = 0};
  ready[1] = {.fd = err_.open ? err_.descriptor : -1, .events = POLLIN, .revents = 0};
  if (!out_.open && !err_.open) return false;
  const int64_t left = absl::ToInt64Milliseconds(deadline - absl::Now());
  if (poll(ready.data(), ready.size(), static_cast<int>(std::max<int64_t>(0, left))) <= 0) {
    return false;
  }
  for (size_t number = 0; number < ready.size(); ++number) {
    if (ready[number].revents == 0) continue;
    Output& output = number == 0 ? out_ : err_;
    std::array<char, 4096> part{};
    const ssize_t length = read(output.descriptor, part.data(), part.size());
    if (length <= 0) {
      output.open = false;
    } else {
      output.text.append(part.data(), static_cast<size_t>(length));
    }
  }
  return true;
}

void PerceptdProcess::ReadAll(absl::Time deadline) {
  while (ReadSome(deadline)) {
  }
}

ProgramResult RunPerceptd(std::vector<std::string> arguments, const Environment& environment) {
  PerceptdProcess process(std::move(arguments), environment);
  ProgramResult result;
  result.exit_code = process.WaitForExit();
  result.out = process.standard_output();
  result.err = process.standard_error();
  return result;
}

}  // namespace percept::testing
