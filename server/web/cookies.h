#ifndef PERCEPT_SERVER_WEB_COOKIES_H_
#define PERCEPT_SERVER_WEB_COOKIES_H_

#include <optional>
#include <string>

#include "absl/strings/string_view.h"

// A browser's token: page scripts hand it over once, in the header of a POST to /login, and cannot
// read it back from the cookie that keeps it.
namespace percept::web {

// The token in an Authorization header; unset for another form, and for one that no cookie can
// hold.
std::optional<absl::string_view> BearerToken(absl::string_view authorization);

// Set-Cookie's value that keeps a token for the site at `host`, as in the Host header; an empty
// token drops it. `is_secure`: the site is reached by TLS alone.
std::string TokenCookie(absl::string_view token, absl::string_view host, bool is_secure);

// The token in a Cookie header of a request to the site at `host`.
std::optional<absl::string_view> TokenIn(absl::string_view cookies, absl::string_view host);

// Whether a request comes from a page of the site itself. Browsers name the page's origin with each
// POST; one without was not made by a page.
bool IsFromOwnPage(absl::string_view origin, absl::string_view host);

}  // namespace percept::web

#endif  // PERCEPT_SERVER_WEB_COOKIES_H_
