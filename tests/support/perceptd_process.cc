#include "tests/support/perceptd_process.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdio>
#include <cstdlib>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"

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
  // So that many run side by side. The first of a name counts: one that was asked for.
  all.emplace_back("PERCEPTD_HTTP_ADDRESS=127.0.0.1:0");
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
  fcntl(out[0], F_SETFL, O_NONBLOCK);
  fcntl(err[0], F_SETFL, O_NONBLOCK);
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
  absl::MutexLock lock(&mutex_);
  out_.descriptor = out[0];
  err_.descriptor = err[0];
  reader_ = std::thread([this] { Drain(); });
}

PerceptdProcess::~PerceptdProcess() {
  Kill();
  reader_.join();
  close(out_.descriptor);
  close(err_.descriptor);
}

std::string PerceptdProcess::WaitForAddress() {
  absl::MutexLock lock(&mutex_);
  const auto is_known = [this]() ABSL_SHARED_LOCKS_REQUIRED(mutex_) {
    return !Address().empty() || IsAtEnd();
  };
  mutex_.AwaitWithTimeout(absl::Condition(&is_known), kStartLimit);
  return Address();
}

void PerceptdProcess::Signal(int number) {
  if (!reaped_) kill(process_, number);
}

int PerceptdProcess::WaitForExit(absl::Duration limit) {
  if (reaped_) return exit_code_;
  // The pipes come to their end when the process does.
  mutex_.LockWhenWithTimeout(absl::Condition(this, &PerceptdProcess::IsAtEnd), limit);
  const bool late = !IsAtEnd();
  mutex_.Unlock();
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

void PerceptdProcess::Drain() {
  std::array<pollfd, 2> pipes{};
  do {
    absl::MutexLock lock(&mutex_);
    Read();
    if (IsAtEnd()) return;
    pipes[0] = {.fd = out_.open ? out_.descriptor : -1, .events = POLLIN, .revents = 0};
    pipes[1] = {.fd = err_.open ? err_.descriptor : -1, .events = POLLIN, .revents = 0};
  } while (poll(pipes.data(), pipes.size(), /*timeout=*/-1) > 0 || errno == EINTR);
}

void PerceptdProcess::Read() {
  for (Output* output : {&out_, &err_}) {
    std::array<char, 4096> part{};
    ssize_t length = 1;
    while (output->open && length > 0) {
      length = read(output->descriptor, part.data(), part.size());
      if (length > 0) output->text.append(part.data(), static_cast<size_t>(length));
    }
    if (length == 0) output->open = false;
  }
}

std::string PerceptdProcess::Written(const Output& output) {
  absl::MutexLock lock(&mutex_);
  Read();
  return output.text;
}

std::string PerceptdProcess::Address() const {
  const std::string before = "perceptd listens on ";
  const size_t start = out_.text.find(before);
  const size_t end = out_.text.find(' ', start + before.size());
  if (start == std::string::npos || end == std::string::npos) return "";
  return out_.text.substr(start + before.size(), end - start - before.size());
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
