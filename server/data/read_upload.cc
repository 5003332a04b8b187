#include "server/data/read_upload.h"

#include <deque>
#include <fstream>
#include <string>
#include <utility>
#include <vector>

#include "absl/cleanup/cleanup.h"
#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"

#include "server/base/digest.h"
#include "server/base/status.h"
#include "server/data/disk.h"
#include "server/data/readers/csv_reader.h"
#include "server/data/readers/idx_reader.h"
#include "server/data/readers/npz_reader.h"

namespace percept::data {
namespace {

constexpr size_t kBufferBytes = 256 << 10;

absl::Status CannotBeRead(const UploadFile& file) {
  return absl::UnavailableError(absl::StrCat(file.name, ": cannot be read"));
}

absl::Status CheckSha256(const UploadFile& file, std::istream& in) {
  if (file.sha256.empty()) return absl::OkStatus();
  Sha256 digest;
  std::vector<char> buffer(kBufferBytes);
  while (in.read(buffer.data(), kBufferBytes), in.gcount() > 0)
    digest.Update({buffer.data(), static_cast<size_t>(in.gcount())});
  if (in.bad()) return CannotBeRead(file);
  in.clear();
  in.seekg(0);
  const std::string announced = absl::BytesToHexString(file.sha256);
  const std::string found = digest.HexDigest();
  if (found == announced) return absl::OkStatus();
  return WithReason(absl::DataLossError(absl::StrCat(file.name, ": must have the SHA-256 ",
                                                     announced, ", got ", found)),
                    "UPLOAD_CORRUPT");
}

// The streams that the readers read from, and what they take in bytes so far.
struct OpenedFiles {
  std::deque<std::ifstream> streams;
  std::vector<InputFile> files;
  int64_t size_bytes = 0;
};

absl::Status OpenStream(const UploadFile& file, const std::string& path, OpenedFiles& opened) {
  opened.streams.emplace_back(path, std::ios::binary);
  return opened.streams.back().is_open() ? absl::OkStatus() : CannotBeRead(file);
}

// Checks a file, unpacks it where it is compressed, and opens it.
absl::Status OpenInput(const UploadRecord& upload, size_t number, const UploadFolder& folder,
                       const ReadLimits& limits, OpenedFiles& opened) {
  const UploadFile& file = upload.files[number];
  PERCEPT_RETURN_IF_ERROR(OpenStream(file, folder.PathOf(upload.id, number), opened));
  PERCEPT_RETURN_IF_ERROR(CheckSha256(file, opened.streams.back()));
  int64_t size_bytes = file.size_bytes;
  if (const InputFile packed{file.name, opened.streams.back()}; IsGzip(packed)) {
    const std::string path = folder.UnpackedPathOf(upload.id, number);
    std::ofstream out(path, std::ios::binary | std::ios::trunc);
    PERCEPT_ASSIGN_OR_RETURN(size_bytes,
                             Gunzip(packed, out, limits.decompressed_bytes - opened.size_bytes));
    out.close();
    if (out.fail())
      return absl::UnavailableError(absl::StrCat(file.name, ": cannot be unpacked to the disk"));
    PERCEPT_RETURN_IF_ERROR(OpenStream(file, path, opened));
  }
  opened.size_bytes += size_bytes;
  opened.files.push_back({file.name, opened.streams.back()});
  return absl::OkStatus();
}

absl::StatusOr<Dataset> ReadFiles(const UploadSource& source, const std::vector<InputFile>& files,
                                  const ReadLimits& limits) {
  switch (source.format) {
    case UploadFormat::kNpz:
      return ReadNpz(files.front(), limits);
    case UploadFormat::kCsv:
      return ReadCsv(files.front(), source.label_column, limits);
    case UploadFormat::kIdx:
      return ReadIdxDataset(files, limits);
  }
  return absl::InternalError("the record of the upload names no known format");
}

}  // namespace

Carving CarvingOf(const UploadSource& source) {
  return {.validation_fraction = source.validation_fraction,
          .test_fraction = source.test_fraction,
          .seed = source.seed};
}

absl::StatusOr<Dataset> ReadUpload(const UploadRecord& upload, const UploadFolder& folder,
                                   const ReadLimits& limits) {
  const absl::Cleanup remove_unpacked = [&] {
    for (size_t file = 0; file < upload.files.size(); ++file)
      RemoveAll(folder.UnpackedPathOf(upload.id, file)).IgnoreError();
  };
  OpenedFiles opened;
  for (size_t file = 0; file < upload.files.size(); ++file)
    PERCEPT_RETURN_IF_ERROR(OpenInput(upload, file, folder, limits, opened));
  PERCEPT_ASSIGN_OR_RETURN(Dataset dataset, ReadFiles(upload.source, opened.files, limits));
  return Carve(std::move(dataset), CarvingOf(upload.source), "upload");
}

}  // namespace percept::data
