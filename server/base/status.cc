#include "server/base/status.h"

#include "absl/strings/cord.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"

namespace percept {
namespace {

// Payload keys. Violations are stored as `field\x1fdescription` joined by `\x1e`.
constexpr char kViolationsKey[] = "percept/field-violations";
constexpr char kReasonKey[] = "percept/reason";
constexpr char kPartSeparator = '\x1f';
constexpr char kEntrySeparator = '\x1e';

}  // namespace

std::string Quoted(absl::string_view text) {
  constexpr size_t kMaxBytes = 120;
  if (text.size() <= kMaxBytes) return absl::StrCat("\"", text, "\"");
  size_t end = kMaxBytes;
  while (end > 0 && (static_cast<unsigned char>(text[end]) & 0xc0) == 0x80) --end;
  return absl::StrCat("\"", text.substr(0, end), "\"…");
}

absl::Status FieldViolations::ToStatus() const {
  if (violations_.empty()) return absl::OkStatus();
  const auto join = [this](absl::string_view part, absl::string_view entry) {
    return absl::StrJoin(violations_, entry,
                         [part](std::string* out, const FieldViolation& violation) {
                           absl::StrAppend(out, violation.field, part, violation.description);
                         });
  };
  absl::Status status = absl::InvalidArgumentError(join(": ", "; "));
  status.SetPayload(kViolationsKey, absl::Cord(join(std::string(1, kPartSeparator),
                                                    std::string(1, kEntrySeparator))));
  return status;
}

std::vector<FieldViolation> FieldViolationsOf(const absl::Status& status) {
  std::vector<FieldViolation> violations;
  const auto payload = status.GetPayload(kViolationsKey);
  if (!payload.has_value()) return violations;
  const std::string text(*payload);
  for (absl::string_view entry : absl::StrSplit(text, kEntrySeparator)) {
    const std::pair<std::string, std::string> parts =
        absl::StrSplit(entry, absl::MaxSplits(kPartSeparator, 1));
    violations.push_back({parts.first, parts.second});
  }
  return violations;
}

absl::Status WithinField(const absl::Status& status, absl::string_view path) {
  FieldViolations violations;
  for (const FieldViolation& violation : FieldViolationsOf(status)) {
    violations.Add(absl::StrCat(path, violation.field), violation.description);
  }
  return violations.empty() ? status : violations.ToStatus();
}

absl::Status WithReason(absl::Status status, absl::string_view reason) {
  if (!status.ok()) status.SetPayload(kReasonKey, absl::Cord(reason));
  return status;
}

std::string ReasonOf(const absl::Status& status) {
  const auto payload = status.GetPayload(kReasonKey);
  return payload.has_value() ? std::string(*payload) : std::string();
}

absl::Status Annotate(const absl::Status& status, absl::string_view prefix) {
  if (status.ok()) return status;
  absl::Status annotated(status.code(), absl::StrCat(prefix, ": ", status.message()));
  status.ForEachPayload([&annotated](absl::string_view key, const absl::Cord& payload) {
    annotated.SetPayload(key, payload);
  });
  return annotated;
}

}  // namespace percept
