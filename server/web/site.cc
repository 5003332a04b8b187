#include "server/web/site.h"

#include <arpa/inet.h>

#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"

#include "server/web/cookies.h"

namespace percept::web {
namespace {

// Nothing but what this server sends is loaded, run, framed or spoken to.
constexpr absl::string_view kSecurityHeaders =
    "Content-Security-Policy: default-src 'none'; script-src 'self'; style-src 'self'; "
    "img-src 'self' data: blob:; font-src 'self'; connect-src 'self'; worker-src 'self'; "
    "manifest-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'\r\n"
    "X-Content-Type-Options: nosniff\r\n"
    "X-Frame-Options: DENY\r\n"
    "Referrer-Policy: no-referrer\r\n"
    "Permissions-Policy: camera=(), microphone=(), geolocation=(), payment=(), usb=()\r\n"
    "Cross-Origin-Opener-Policy: same-origin\r\n"
    "Cross-Origin-Resource-Policy: same-origin\r\n";

constexpr absl::string_view kNoDashboard =
    "This perceptd was started without a dashboard: its folder (--dashboard-dir) has no "
    "index.html. script/demo builds one.\n";

// HOST of HOST:PORT, without the brackets of IPv6.
std::string HostName(absl::string_view host) {
  if (absl::ConsumePrefix(&host, "[")) return std::string(host.substr(0, host.find(']')));
  return absl::AsciiStrToLower(host.substr(0, host.rfind(':')));
}

}  // namespace

absl::string_view Reason(int code) {
  switch (code) {
    case 200:
      return "OK";
    case 304:
      return "Not Modified";
    case 400:
      return "Bad Request";
    case 401:
      return "Unauthorized";
    case 403:
      return "Forbidden";
    case 404:
      return "Not Found";
    case 405:
      return "Method Not Allowed";
    case 411:
      return "Length Required";
    case 413:
      return "Payload Too Large";
    case 415:
      return "Unsupported Media Type";
    case 421:
      return "Misdirected Request";
    case 431:
      return "Request Header Fields Too Large";
    case 503:
      return "Service Unavailable";
    case 505:
      return "HTTP Version Not Supported";
    default:
      return "Error";
  }
}

bool MatchesEtag(absl::string_view list, absl::string_view etag) {
  for (absl::string_view tag : absl::StrSplit(list, ',')) {
    tag = absl::StripAsciiWhitespace(tag);
    absl::ConsumePrefix(&tag, "W/");
    if (tag == etag || tag == "*") return true;
  }
  return false;
}

bool AcceptsGzip(absl::string_view accept_encoding) {
  for (const absl::string_view item : absl::StrSplit(accept_encoding, ',')) {
    const std::vector<absl::string_view> parts = absl::StrSplit(item, ';');
    const absl::string_view name = absl::StripAsciiWhitespace(parts.front());
    if (!absl::EqualsIgnoreCase(name, "gzip") && name != "*") continue;
    for (size_t i = 1; i < parts.size(); ++i) {
      absl::string_view weight = absl::StripAsciiWhitespace(parts[i]);
      double value = 0;
      if (absl::ConsumePrefix(&weight, "q=") && absl::SimpleAtod(weight, &value) && value == 0) {
        return false;
      }
    }
    return true;
  }
  return false;
}

Answer TextAnswer(int code, absl::string_view text) {
  return {.code = code,
          .headers = absl::StrCat(
              kSecurityHeaders,
              "Content-Type: text/plain; charset=utf-8\r\nCache-Control: no-store\r\n"),
          .body = text};
}

bool Site::AcceptsHost(absl::string_view host) const {
  if (!is_loopback_) return true;
  const std::string name = HostName(host);
  in_addr v4;
  in6_addr v6;
  return name == "localhost" || absl::EndsWith(name, ".localhost") ||
         inet_pton(AF_INET, name.c_str(), &v4) == 1 || inet_pton(AF_INET6, name.c_str(), &v6) == 1;
}

Answer Site::LoginAnswer(const RequestHead& request) const {
  if (!IsFromOwnPage(request.origin, request.host)) {
    return TextAnswer(403, "Origin: must be this site, whose own page logs in.\n");
  }
  absl::string_view token;
  if (request.path == "/login") {
    const std::optional<absl::string_view> given = BearerToken(request.authorization);
    if (!given.has_value()) {
      return TextAnswer(400, "Authorization: must be Bearer and a token.\n");
    }
    token = *given;
  }
  Answer answer = TextAnswer(200, token.empty() ? "logged out\n" : "logged in\n");
  absl::StrAppend(&answer.headers,
                  "Set-Cookie: ", TokenCookie(token, request.host, request.is_secure), "\r\n");
  return answer;
}

Answer Site::FileAnswer(const StaticFile& file, const RequestHead& request) const {
  Answer answer{
      .headers = absl::StrCat(kSecurityHeaders, "ETag: ", file.etag, "\r\nCache-Control: ",
                              file.immutable ? "public, max-age=31536000, immutable" : "no-cache",
                              "\r\nVary: Accept-Encoding\r\n")};
  if (MatchesEtag(request.if_none_match, file.etag)) {
    answer.code = 304;
    return answer;
  }
  absl::StrAppend(&answer.headers, "Content-Type: ", file.content_type, "\r\n");
  answer.body = file.body;
  if (!file.gzip_body.empty() && AcceptsGzip(request.accept_encoding)) {
    absl::StrAppend(&answer.headers, "Content-Encoding: gzip\r\n");
    answer.body = file.gzip_body;
  }
  return answer;
}

Answer Site::AnswerTo(const RequestHead& request) const {
  if (!AcceptsHost(request.host)) {
    return TextAnswer(421,
                      "Host: must be localhost or an address, since this server listens on a "
                      "loopback address.\n");
  }
  if (request.method == "POST" && (request.path == "/login" || request.path == "/logout")) {
    return LoginAnswer(request);
  }
  if (request.method != "GET" && request.method != "HEAD") {
    Answer answer = TextAnswer(405, "GET and HEAD are allowed here, and POST for gRPC-Web.\n");
    absl::StrAppend(&answer.headers, "Allow: GET, HEAD\r\n");
    return answer;
  }
  if (request.path == "/healthz") return TextAnswer(200, "ok\n");
  if (request.path == "/readyz") {
    return ready_ ? TextAnswer(200, "ready\n") : TextAnswer(503, "stopping\n");
  }
  if (const StaticFile* file = files_.Find(request.path)) return FileAnswer(*file, request);
  return TextAnswer(404, files_.empty() ? kNoDashboard : "There is no such page.\n");
}

}  // namespace percept::web
