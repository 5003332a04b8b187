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

// Sends the log to standard error from now on. Before this is called, warnings and errors go there
// as text. InvalidArgument as that of SetLevel.
absl::Status Configure(Format format, absl::string_view level);

// What is written from now on, by any thread: `level` is one of trace, debug, info, warn, error,
// off. InvalidArgument, naming them, for any other.
absl::Status SetLevel(absl::string_view level);
std::string Level();

// Has what is audited go to the end of a file, in the log's format, instead of into the log. Call
// before the first of it. The file is the owner's to read where it is made. Unavailable, naming
// `--audit-log`, when it cannot be written.
absl::Status OpenAuditFile(const std::string& path);

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

// Whether Debug writes anything, for those who would make much for it.
bool WritesDebug();

// On record whatever the level: who did what.
void Audit(absl::string_view message, const Fields& fields);

// Names the call that a thread works for in what it logs until the end of the scope. Not to be
// nested. `request_id` must outlive it.
class CallScope {
 public:
  explicit CallScope(const std::string& request_id);
  ~CallScope();
  CallScope(const CallScope&) = delete;
  CallScope& operator=(const CallScope&) = delete;
};

}  // namespace percept::log

#endif  // PERCEPT_SERVER_BASE_LOGGING_H_
