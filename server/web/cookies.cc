#include "server/web/cookies.h"

#include <algorithm>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"

namespace percept::web {
namespace {

constexpr size_t kMaxTokenBytes = 256;
constexpr int kLifeSeconds = 30 * 24 * 3600;

// Cookies do not tell ports apart, servers on one machine do.
std::string CookieName(absl::string_view host) {
  const size_t colon = host.rfind(':');
  const bool has_port = colon != absl::string_view::npos && host.find(']', colon) == host.npos;
  return absl::StrCat("percept_token_", has_port ? host.substr(colon + 1) : "default");
}

bool IsToken(absl::string_view text) {
  return !text.empty() && text.size() <= kMaxTokenBytes &&
         std::all_of(text.begin(), text.end(), [](unsigned char character) {
           return absl::ascii_isalnum(character) || character == '_' || character == '-';
         });
}

}  // namespace

std::optional<absl::string_view> BearerToken(absl::string_view authorization) {
  if (!absl::ConsumePrefix(&authorization, "Bearer ") || !IsToken(authorization)) {
    return std::nullopt;
  }
  return authorization;
}

std::string TokenCookie(absl::string_view token, absl::string_view host, bool is_secure) {
  return absl::StrCat(CookieName(host), "=", token,
                      "; Path=/; Max-Age=", token.empty() ? 0 : kLifeSeconds,
                      "; HttpOnly; SameSite=Strict", is_secure ? "; Secure" : "");
}

std::optional<absl::string_view> TokenIn(absl::string_view cookies, absl::string_view host) {
  const std::string name = CookieName(host);
  for (absl::string_view cookie : absl::StrSplit(cookies, ';')) {
    cookie = absl::StripAsciiWhitespace(cookie);
    if (!absl::ConsumePrefix(&cookie, name) || !absl::ConsumePrefix(&cookie, "=")) continue;
    if (IsToken(cookie)) return cookie;
  }
  return std::nullopt;
}

bool IsFromOwnPage(absl::string_view origin, absl::string_view host) {
  if (!absl::ConsumePrefix(&origin, "https://") && !absl::ConsumePrefix(&origin, "http://")) {
    return false;
  }
  return !host.empty() && absl::EqualsIgnoreCase(origin, host);
}

}  // namespace percept::web
