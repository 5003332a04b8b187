#include "server/web/static_files.h"

#include <filesystem>
#include <fstream>
#include <iterator>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"

#include "server/base/digest.h"
#include "server/base/status.h"

namespace percept::web {
namespace {

constexpr char kIndex[] = "/index.html";
constexpr char kCompressed[] = ".gz";
constexpr size_t kMaxBytes = size_t{64} << 20;

std::string ContentType(absl::string_view path) {
  constexpr std::pair<absl::string_view, absl::string_view> kTypes[] = {
      {".html", "text/html; charset=utf-8"},
      {".js", "text/javascript; charset=utf-8"},
      {".css", "text/css; charset=utf-8"},
      {".svg", "image/svg+xml"},
      {".png", "image/png"},
      {".ico", "image/x-icon"},
      {".json", "application/json"},
      {".webmanifest", "application/manifest+json"},
      {".woff2", "font/woff2"},
      {".txt", "text/plain; charset=utf-8"}};
  for (const auto& [ending, type] : kTypes) {
    if (absl::EndsWith(path, ending)) return std::string(type);
  }
  return "application/octet-stream";
}

absl::StatusOr<std::string> Contents(const std::filesystem::path& path) {
  std::ifstream file(path, std::ios::binary);
  std::string contents{std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
  if (!file.good() && !file.eof()) {
    return absl::UnavailableError(absl::StrCat("cannot read ", path.string()));
  }
  return contents;
}

std::string EtagOf(const std::string& body) {
  constexpr size_t kDigits = 16;
  Sha256 digest;
  digest.Update(body);
  return absl::StrCat("\"", digest.HexDigest().substr(0, kDigits), "\"");
}

}  // namespace

absl::StatusOr<StaticFiles> StaticFiles::Load(const std::string& folder) {
  namespace fs = std::filesystem;
  StaticFiles loaded;
  size_t total_bytes = 0;
  std::map<std::string, std::string> compressed;
  std::error_code error;
  for (fs::recursive_directory_iterator entry(folder, error), end; !error && entry != end;
       entry.increment(error)) {
    std::error_code ignored;
    if (!entry->is_regular_file(ignored)) continue;
    PERCEPT_ASSIGN_OR_RETURN(std::string body, Contents(entry->path()));
    total_bytes += body.size();
    if (total_bytes > kMaxBytes) {
      return absl::FailedPreconditionError(
          absl::StrCat(folder, " holds more than the ", kMaxBytes, " bytes a dashboard may have"));
    }
    std::string path = absl::StrCat("/", fs::relative(entry->path(), folder, ignored).string());
    if (absl::EndsWith(path, kCompressed)) {
      path.resize(path.size() - (sizeof(kCompressed) - 1));
      compressed[std::move(path)] = std::move(body);
      continue;
    }
    StaticFile file{.content_type = ContentType(path),
                    .etag = EtagOf(body),
                    .immutable = absl::StartsWith(path, "/assets/")};
    file.body = std::move(body);
    loaded.files_[std::move(path)] = std::move(file);
  }
  for (auto& [path, body] : compressed) {
    const auto found = loaded.files_.find(path);
    if (found != loaded.files_.end() && body.size() < found->second.body.size()) {
      found->second.gzip_body = std::move(body);
    }
  }
  if (loaded.files_.count(kIndex) == 0) {
    return absl::NotFoundError(absl::StrCat("there is no ", folder, kIndex));
  }
  return loaded;
}

const StaticFile* StaticFiles::Find(absl::string_view path) const {
  const bool is_page = path.substr(path.rfind('/') + 1).find('.') == absl::string_view::npos;
  const auto found =
      is_page && !absl::StartsWith(path, "/assets/") ? files_.find(kIndex) : files_.find(path);
  return found == files_.end() ? nullptr : &found->second;
}

}  // namespace percept::web
