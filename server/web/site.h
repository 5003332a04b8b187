#ifndef PERCEPT_SERVER_WEB_SITE_H_
#define PERCEPT_SERVER_WEB_SITE_H_

#include <atomic>
#include <string>

#include "absl/strings/string_view.h"

#include "server/web/static_files.h"

namespace percept::web {

// What of a request decides about its answer. Views are valid while the request is.
struct RequestHead {
  absl::string_view method;
  absl::string_view path;  // Without the query.
  absl::string_view host;
  absl::string_view if_none_match;
  absl::string_view accept_encoding;
  absl::string_view authorization;
  absl::string_view origin;
  bool is_secure = false;  // It came by TLS.
};

// An answer that is there at once. `body` refers to the site, or to constants.
struct Answer {
  int code = 200;
  std::string headers;  // Lines, each with its end, less those of length and connection.
  absl::string_view body;
};

// Everything the HTTP listener answers by itself: files, health, refusals. Thread-safe.
class Site {
 public:
  // `is_loopback`: only this machine can reach it, so that a request for another host's name comes
  // from a page that has made its own name point here, and is refused.
  Site(StaticFiles files, bool is_loopback) : files_(std::move(files)), is_loopback_(is_loopback) {}

  // For any request but gRPC-Web's.
  Answer AnswerTo(const RequestHead& request) const;

  // Whether a request with this Host header may be answered at all.
  bool AcceptsHost(absl::string_view host) const;

  void set_ready(bool ready) { ready_ = ready; }

 private:
  // Takes a browser's token, or drops it.
  Answer LoginAnswer(const RequestHead& request) const;
  Answer FileAnswer(const StaticFile& file, const RequestHead& request) const;

  const StaticFiles files_;
  const bool is_loopback_;
  std::atomic<bool> ready_ = true;
};

// A line of text with a code, such as 404 and "no such page". `text` must outlive the answer.
Answer TextAnswer(int code, absl::string_view text);

// The standard's words for a code.
absl::string_view Reason(int code);

// Whether `list`, as in If-None-Match, holds the tag or a star.
bool MatchesEtag(absl::string_view list, absl::string_view etag);

// Whether an Accept-Encoding takes gzip.
bool AcceptsGzip(absl::string_view accept_encoding);

}  // namespace percept::web

#endif  // PERCEPT_SERVER_WEB_SITE_H_
