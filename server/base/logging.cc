#include "server/base/logging.h"

#include <fcntl.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <cstring>
#include <memory>
#include <utility>

#include "absl/strings/str_format.h"
#include <spdlog/sinks/basic_file_sink.h>
#include <spdlog/sinks/stdout_sinks.h>
#include <spdlog/spdlog.h>

#include "server/base/status.h"

namespace percept::log {
namespace {

std::atomic<bool> write_json{false};

thread_local const std::string* call_request_id = nullptr;

constexpr char kTextPattern[] = "%Y-%m-%dT%H:%M:%S.%f%z %-7l %v";
constexpr char kJsonPattern[] = R"({"time":"%Y-%m-%dT%H:%M:%S.%f%z","level":"%l","message":%v})";
// The same for lines that have no level.
constexpr char kAuditTextPattern[] = "%Y-%m-%dT%H:%M:%S.%f%z %-7n %v";
constexpr char kAuditJsonPattern[] =
    R"({"time":"%Y-%m-%dT%H:%M:%S.%f%z","level":"%n","message":%v})";

std::shared_ptr<spdlog::logger> MakeLogger(const char* name, spdlog::sink_ptr sink,
                                           spdlog::level::level_enum level) {
  auto logger = std::make_shared<spdlog::logger>(name, std::move(sink));
  logger->set_level(level);
  logger->flush_on(spdlog::level::trace);
  return logger;
}

spdlog::logger& Logger() {
  static const std::shared_ptr<spdlog::logger>* const logger = [] {
    auto* made = new std::shared_ptr<spdlog::logger>(MakeLogger(
        "percept", std::make_shared<spdlog::sinks::stderr_sink_mt>(), spdlog::level::warn));
    (*made)->set_pattern(kTextPattern);
    return made;
  }();
  return **logger;
}

// Its sink may be another one; its format is the log's.
std::shared_ptr<spdlog::logger>& AuditLogger() {
  static auto* const logger = [] {
    auto* made = new std::shared_ptr<spdlog::logger>(MakeLogger(
        "audit", std::make_shared<spdlog::sinks::stderr_sink_mt>(), spdlog::level::info));
    (*made)->set_pattern(kAuditTextPattern);
    return made;
  }();
  return *logger;
}

void AppendJsonString(std::string& out, absl::string_view text) {
  out.push_back('"');
  for (const char character : text) {
    if (character == '"' || character == '\\') {
      out.push_back('\\');
      out.push_back(character);
    } else if (static_cast<unsigned char>(character) < 0x20) {
      absl::StrAppendFormat(&out, "\\u%04x", static_cast<int>(character));
    } else {
      out.push_back(character);
    }
  }
  out.push_back('"');
}

void AppendText(std::string& out, absl::string_view value) {
  if (value.find_first_of(" \"\n=") == absl::string_view::npos && !value.empty()) {
    absl::StrAppend(&out, value);
  } else {
    AppendJsonString(out, value);
  }
}

void AppendField(std::string& line, absl::string_view key, absl::string_view value) {
  if (write_json.load(std::memory_order_relaxed)) {
    line.push_back(',');
    AppendJsonString(line, key);
    line.push_back(':');
    AppendJsonString(line, value);
  } else {
    absl::StrAppend(&line, " ", key, "=");
    AppendText(line, value);
  }
}

void Write(spdlog::logger& logger, spdlog::level::level_enum level, absl::string_view message,
           const Fields& fields) {
  if (!logger.should_log(level)) return;
  std::string line;
  if (write_json.load(std::memory_order_relaxed)) {
    // The pattern supplies time and level and the closing brace.
    AppendJsonString(line, message);
  } else {
    // A line stays a line, whatever a client put into it.
    for (const char character : message) line.push_back(character == '\n' ? ' ' : character);
  }
  for (const Field& field : fields) AppendField(line, field.key, field.value);
  if (call_request_id != nullptr) AppendField(line, "request_id", *call_request_id);
  logger.log(level, spdlog::string_view_t(line.data(), line.size()));
}

}  // namespace

absl::Status Configure(Format format, absl::string_view level) {
  PERCEPT_RETURN_IF_ERROR(SetLevel(level));
  write_json = format == Format::kJson;
  Logger().set_pattern(write_json ? kJsonPattern : kTextPattern);
  AuditLogger()->set_pattern(write_json ? kAuditJsonPattern : kAuditTextPattern);
  return absl::OkStatus();
}

absl::Status SetLevel(absl::string_view level) {
  // spdlog knows other spellings, too, and takes what it does not know for "off".
  for (const absl::string_view name : {"trace", "debug", "info", "warn", "error", "off"}) {
    if (name != level) continue;
    Logger().set_level(spdlog::level::from_str(std::string(level)));
    return absl::OkStatus();
  }
  return InvalidField("level", "must be one of trace, debug, info, warn, error, off",
                      Quoted(level));
}

std::string Level() {
  switch (Logger().level()) {
    case spdlog::level::warn:
      return "warn";
    case spdlog::level::err:
      return "error";
    default: {
      const auto name = spdlog::level::to_string_view(Logger().level());
      return std::string(name.data(), name.size());
    }
  }
}

absl::Status OpenAuditFile(const std::string& path) {
  // Made here for its permissions; the library appends to what is there.
  const int descriptor = open(path.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
  if (descriptor < 0) {
    return absl::UnavailableError(
        absl::StrCat("--audit-log: cannot write to ", path, ": ", strerror(errno)));
  }
  close(descriptor);
  try {
    auto logger = MakeLogger("audit", std::make_shared<spdlog::sinks::basic_file_sink_mt>(path),
                             spdlog::level::info);
    logger->set_pattern(write_json ? kAuditJsonPattern : kAuditTextPattern);
    AuditLogger() = std::move(logger);
  } catch (const spdlog::spdlog_ex& error) {
    return absl::UnavailableError(absl::StrCat("--audit-log: ", error.what()));
  }
  return absl::OkStatus();
}

bool WritesDebug() { return Logger().should_log(spdlog::level::debug); }

void Audit(absl::string_view message, const Fields& fields) {
  Write(*AuditLogger(), spdlog::level::info, message, fields);
}

CallScope::CallScope(const std::string& request_id) { call_request_id = &request_id; }
CallScope::~CallScope() { call_request_id = nullptr; }

void Debug(absl::string_view message, const Fields& fields) {
  Write(Logger(), spdlog::level::debug, message, fields);
}
void Info(absl::string_view message, const Fields& fields) {
  Write(Logger(), spdlog::level::info, message, fields);
}
void Warning(absl::string_view message, const Fields& fields) {
  Write(Logger(), spdlog::level::warn, message, fields);
}
void Error(absl::string_view message, const Fields& fields) {
  Write(Logger(), spdlog::level::err, message, fields);
}

}  // namespace percept::log
