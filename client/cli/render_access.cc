#include "client/cli/render_access.h"

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"

#include "client/cli/enum_names.h"
#include "client/cli/format.h"
#include "client/cli/render_values.h"

namespace percept::cli {
namespace {

std::string Until(const google::protobuf::Timestamp& time) {
  return absl::FormatTime("%Y-%m-%d %H:%M %Z", ToTime(time), absl::LocalTimeZone());
}

}  // namespace

std::string RenderCaller(const v1::Caller& caller, const std::string& server) {
  std::string text = absl::StrCat(server, " knows you as ", Printable(caller.name()), ", ",
                                  absl::AsciiStrToLower(EnumText(caller.role())));
  if (!caller.tokens_required()) {
    absl::StrAppend(&text, "; it asks for no tokens, everybody may do everything");
  } else if (caller.has_expire_time()) {
    absl::StrAppend(&text, ", until ", Until(caller.expire_time()));
  }
  return absl::StrCat(text, "\n");
}

std::string RenderClassLink(const v1::OpenClassLinkResponse& link) {
  std::string text;
  for (const std::string& each : link.links()) absl::StrAppend(&text, Printable(each), "\n");
  absl::StrAppend(&text, "token ", Printable(link.token()), "\ngood until ",
                  Until(link.expire_time()),
                  "; guests see what is public: percept job share JOB public\n");
  return text;
}

}  // namespace percept::cli
