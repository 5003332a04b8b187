#include "client/cli/file_format.h"

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"

namespace percept::cli {
namespace {

absl::Status Unknown(absl::string_view path, absl::string_view formats) {
  return absl::InvalidArgumentError(
      absl::StrCat("cannot be told from the name '", path, "'; give one of ", formats));
}

v1::UploadFormat UploadFormatOf(absl::string_view path) {
  const std::string lower = absl::AsciiStrToLower(path);
  if (absl::EndsWith(lower, ".npz")) return v1::UPLOAD_FORMAT_NPZ;
  const absl::string_view name = absl::StripSuffix(lower, ".gz");
  if (absl::EndsWith(name, ".csv")) return v1::UPLOAD_FORMAT_CSV;
  if (absl::EndsWith(name, "ubyte") || absl::EndsWith(name, ".idx")) return v1::UPLOAD_FORMAT_IDX;
  return v1::UPLOAD_FORMAT_UNSPECIFIED;
}

}  // namespace

absl::StatusOr<v1::UploadFormat> UploadFormatOf(const std::vector<std::string>& paths) {
  constexpr absl::string_view kFormats = "npz, csv, idx";
  v1::UploadFormat common = v1::UPLOAD_FORMAT_UNSPECIFIED;
  for (const std::string& path : paths) {
    const v1::UploadFormat format = UploadFormatOf(absl::string_view(path));
    if (format == v1::UPLOAD_FORMAT_UNSPECIFIED) return Unknown(path, kFormats);
    if (common != v1::UPLOAD_FORMAT_UNSPECIFIED && format != common) {
      return absl::InvalidArgumentError(
          absl::StrCat("the names of the files tell more than one; give one of ", kFormats));
    }
    common = format;
  }
  return common;
}

absl::StatusOr<v1::ModelFormat> ModelFormatOf(absl::string_view path) {
  const std::string lower = absl::AsciiStrToLower(path);
  if (absl::EndsWith(lower, ".safetensors")) return v1::MODEL_FORMAT_SAFETENSORS;
  if (absl::EndsWith(lower, ".npz")) return v1::MODEL_FORMAT_NPZ;
  if (absl::EndsWith(lower, ".onnx")) return v1::MODEL_FORMAT_ONNX;
  return Unknown(path, "safetensors, npz, onnx");
}

}  // namespace percept::cli
