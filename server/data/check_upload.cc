#include "server/data/check_upload.h"

#include <algorithm>
#include <string>

#include "absl/strings/str_cat.h"

#include "server/base/status.h"
#include "server/data/carving.h"
#include "server/data/make_dataset.h"
#include "server/data/read_upload.h"

namespace percept::data {
namespace {

constexpr size_t kMaxNameBytes = 255;
constexpr size_t kSha256Bytes = 32;
constexpr size_t kIdxFilesWithValidation = 4;

bool HasControlCharacter(absl::string_view text) {
  return std::any_of(text.begin(), text.end(), [](char character) {
    return static_cast<unsigned char>(character) < 0x20 || character == 0x7f;
  });
}

// A text that is too long or holds control characters, as an error shows it.
std::string Shown(absl::string_view text) {
  if (HasControlCharacter(text)) return "control characters";
  return absl::StrCat(text.size(), " bytes");
}

void CheckFormat(const UploadRecord& upload, FieldViolations& violations) {
  const size_t files = upload.files.size();
  const UploadFormat format = upload.source.format;
  if (format == UploadFormat::kIdx) {
    if (files != 2 && files != kIdxFilesWithValidation)
      violations.Add("upload.files", "must be 2 or 4 files for IDX", files);
  } else if (format == UploadFormat::kNpz || format == UploadFormat::kCsv) {
    if (files != 1) violations.Add("upload.files", "must be 1 file for this format", files);
  } else {
    violations.Add("upload.format", "must be NPZ, CSV or IDX", static_cast<int>(format));
  }
}

void CheckLabelColumn(const UploadSource& source, FieldViolations& violations) {
  constexpr absl::string_view kField = "upload.label_column";
  if (source.label_column.empty()) return;
  if (source.format != UploadFormat::kCsv) {
    violations.Add(kField, "must be unset unless the format is CSV", Quoted(source.label_column));
  }
  if (source.label_column.size() > kMaxNameBytes || HasControlCharacter(source.label_column)) {
    violations.Add(
        kField,
        absl::StrCat("must be at most ", kMaxNameBytes, " bytes without control characters"),
        Shown(source.label_column));
  }
}

void CheckFile(absl::string_view field, const UploadFile& file, FieldViolations& violations) {
  if (file.name.empty() || file.name.size() > kMaxNameBytes || HasControlCharacter(file.name)) {
    violations.Add(
        absl::StrCat(field, ".file_name"),
        absl::StrCat("must be 1 to ", kMaxNameBytes, " bytes without control characters"),
        Shown(file.name));
  }
  if (file.size_bytes < 1)
    violations.Add(absl::StrCat(field, ".size_bytes"), "must be at least 1", file.size_bytes);
  if (!file.sha256.empty() && file.sha256.size() != kSha256Bytes) {
    violations.Add(absl::StrCat(field, ".sha256"),
                   absl::StrCat("must be ", kSha256Bytes, " bytes or unset"),
                   absl::StrCat(file.sha256.size(), " bytes"));
  }
}

absl::Status CheckSum(const UploadRecord& upload, int64_t max_bytes) {
  int64_t sum = 0;
  for (const UploadFile& file : upload.files) {
    if (file.size_bytes <= max_bytes - sum) {
      sum += file.size_bytes;
      continue;
    }
    return WithReason(
        absl::ResourceExhaustedError(absl::StrCat("upload.files: must be at most ", max_bytes,
                                                  " bytes together, as this server allows, got ",
                                                  sum, " and a file of ", file.size_bytes)),
        "UPLOAD_TOO_LARGE");
  }
  return absl::OkStatus();
}

std::string FieldOf(size_t file) { return absl::StrCat("upload.files[", file, "]"); }

}  // namespace

absl::Status CheckUpload(const UploadRecord& upload, int64_t max_bytes) {
  FieldViolations violations;
  CheckDatasetId("upload.dataset_id", upload.dataset_id, violations);
  CheckFormat(upload, violations);
  if (upload.files.size() <= kIdxFilesWithValidation) {
    for (size_t file = 0; file < upload.files.size(); ++file)
      CheckFile(FieldOf(file), upload.files[file], violations);
  }
  CheckLabelColumn(upload.source, violations);
  CheckCarving(CarvingOf(upload.source), "upload", violations);
  if (upload.source.format == UploadFormat::kIdx &&
      upload.files.size() == kIdxFilesWithValidation && upload.source.validation_fraction > 0.0) {
    violations.Add("upload.validation_fraction", "must be 0 where validation files are sent",
                   upload.source.validation_fraction);
  }
  PERCEPT_RETURN_IF_ERROR(violations.ToStatus());
  return CheckSum(upload, max_bytes);
}

absl::Status CheckPlace(const UploadRecord& upload, int32_t file_index, int64_t offset,
                        int64_t size_bytes) {
  const auto files = static_cast<int32_t>(upload.files.size());
  FieldViolations violations;
  violations.CheckRange("file_index", file_index, 0, files - 1);
  PERCEPT_RETURN_IF_ERROR(violations.ToStatus());
  const UploadFile& file = upload.files[static_cast<size_t>(file_index)];
  if (offset != file.received_bytes) {
    return WithReason(
        absl::OutOfRangeError(absl::StrCat("offset: must be ", file.received_bytes, ", where ",
                                           Quoted(file.name), " ends so far, got ", offset)),
        "UPLOAD_OFFSET");
  }
  const int64_t missing = file.size_bytes - file.received_bytes;
  if (size_bytes <= missing) return absl::OkStatus();
  return InvalidField("data",
                      absl::StrCat("must be at most the ", missing, " bytes that ",
                                   Quoted(file.name), " lacks of its ", file.size_bytes),
                      size_bytes);
}

absl::Status CheckComplete(const UploadRecord& upload) {
  for (size_t number = 0; number < upload.files.size(); ++number) {
    const UploadFile& file = upload.files[number];
    if (file.received_bytes == file.size_bytes) continue;
    return WithReason(absl::FailedPreconditionError(absl::StrCat(
                          FieldOf(number), " ", Quoted(file.name), ": must be complete, got ",
                          file.received_bytes, " of ", file.size_bytes, " bytes")),
                      "UPLOAD_INCOMPLETE");
  }
  return absl::OkStatus();
}

}  // namespace percept::data
