#ifndef PERCEPT_SERVER_BASE_LOGGING_H_
#define PERCEPT_SERVER_BASE_LOGGING_H_

#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"

namespace percept::log {

enum class Format { kText, kJson };

// Sends the log to standard error from now on. `level` is one of trace, debug, info, warn, error,
// off. InvalidArgument for any other. Before this is called, warnings and errors go there as text.
absl::Status Configure(Format format, absl::string_view level);

// A named value that follows a message: `key=value` in text, a member in JSON.
struct Field {
  template <typename Value>
  Field(absl::string_view field_key, const Value& field_value)
      : key(field_key), value(absl::StrCat(field_value)) {}

  std::string key;
  std::string value;
};
using Fields = std::vector<Field>;

// Thread-safe. Messages are whole lines without a line end.
void Debug(absl::string_view message, const Fields& fields = {});
void Info(absl::string_view message, const Fields& fields = {});
void Warning(absl::string_view message, const Fields& fields = {});
void Error(absl::string_view message, const Fields& fields = {});

}  // namespace percept::log

#endif  // PERCEPT_SERVER_BASE_LOGGING_H_
