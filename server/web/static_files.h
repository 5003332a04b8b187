#ifndef PERCEPT_SERVER_WEB_STATIC_FILES_H_
#define PERCEPT_SERVER_WEB_STATIC_FILES_H_

#include <map>
#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

namespace percept::web {

// A file as it is sent.
struct StaticFile {
  std::string content_type;
  std::string etag;  // With its quotes.
  std::string body;
  std::string gzip_body;   // The same, compressed; empty where that saves nothing.
  bool immutable = false;  // Its name changes with its content.
};

// The dashboard's files, all in memory: no path that a client sends is ever looked up on the disk.
// Immutable once made, so that any thread may read.
class StaticFiles {
 public:
  // Reads a folder as `vite build` leaves it: `index.html`, and `assets/` with names that carry a
  // hash. A file beside another with `.gz` after its name is its compressed form. NotFound when
  // there is no `index.html`; FailedPrecondition when there is more than a dashboard needs (64
  // MiB).
  static absl::StatusOr<StaticFiles> Load(const std::string& folder);

  // No files at all.
  StaticFiles() = default;

  // The file for a request's path, without its query. A path without a dot in its last part is one
  // of the dashboard's pages, which are all `index.html`. Null when there is none.
  const StaticFile* Find(absl::string_view path) const;

  bool empty() const { return files_.empty(); }

 private:
  std::map<std::string, StaticFile, std::less<>>
      files_;  // By path, such as `/assets/index-1a2b.js`.
};

}  // namespace percept::web

#endif  // PERCEPT_SERVER_WEB_STATIC_FILES_H_
