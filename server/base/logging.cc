#include "server/base/logging.h"

#include <atomic>
#include <memory>

#include "absl/strings/str_format.h"
#include <spdlog/sinks/stdout_sinks.h>
#include <spdlog/spdlog.h>

namespace percept::log {
namespace {

std::atomic<bool> write_json{false};

spdlog::logger& Logger() {
  static const std::shared_ptr<spdlog::logger>* const logger = [] {
    auto* made = new std::shared_ptr<spdlog::logger>(std::make_shared<spdlog::logger>(
        "percept", std::make_shared<spdlog::sinks::stderr_sink_mt>()));
    (*made)->set_level(spdlog::level::warn);
    (*made)->flush_on(spdlog::level::trace);
    (*made)->set_pattern("%Y-%m-%dT%H:%M:%S.%e%z %-7l %v");
    return made;
  }();
  return **logger;
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

void Write(spdlog::level::level_enum level, absl::string_view message, const Fields& fields) {
  if (!Logger().should_log(level)) return;
  std::string line;
  if (write_json.load(std::memory_order_relaxed)) {
    // The pattern supplies time and level and the closing brace.
    AppendJsonString(line, message);
    for (const Field& field : fields) {
      line.push_back(',');
      AppendJsonString(line, field.key);
      line.push_back(':');
      AppendJsonString(line, field.value);
    }
  } else {
    // A line stays a line, whatever a client put into it.
    for (const char character : message) line.push_back(character == '\n' ? ' ' : character);
    for (const Field& field : fields) {
      absl::StrAppend(&line, " ", field.key, "=");
      AppendText(line, field.value);
    }
  }
  Logger().log(level, spdlog::string_view_t(line.data(), line.size()));
}

}  // namespace

absl::Status Configure(Format format, absl::string_view level) {
  const spdlog::level::level_enum parsed = spdlog::level::from_str(std::string(level));
  if (parsed == spdlog::level::off && level != "off") {
    return absl::InvalidArgumentError(
        absl::StrCat("log level must be one of trace, debug, info, warn, error, off, got ", level));
  }
  write_json = format == Format::kJson;
  Logger().set_level(parsed);
  if (format == Format::kJson) {
    Logger().set_pattern(R"({"time":"%Y-%m-%dT%H:%M:%S.%e%z","level":"%l","message":%v})");
  }
  return absl::OkStatus();
}

void Debug(absl::string_view message, const Fields& fields) {
  Write(spdlog::level::debug, message, fields);
}
void Info(absl::string_view message, const Fields& fields) {
  Write(spdlog::level::info, message, fields);
}
void Warning(absl::string_view message, const Fields& fields) {
  Write(spdlog::level::warn, message, fields);
}
void Error(absl::string_view message, const Fields& fields) {
  Write(spdlog::level::err, message, fields);
}

}  // namespace percept::log
