#include "server/rpc/caller.h"

#include "absl/strings/match.h"

namespace percept::rpc {

std::optional<absl::string_view> MetadataOf(const grpc::ServerContextBase& context,
                                            const char* key) {
  const auto found = context.client_metadata().find(key);
  if (found == context.client_metadata().end()) return std::nullopt;
  return absl::string_view(found->second.data(), found->second.size());
}

std::string AddressOf(const grpc::ServerContextBase& context) {
  const std::string peer = context.peer();  // `ipv4:127.0.0.1:40000`, `unix-abstract:…`
  if (absl::StartsWith(peer, "unix")) {
    const std::optional<absl::string_view> browser = MetadataOf(context, "x-forwarded-for");
    return std::string(browser.value_or(""));
  }
  return peer.substr(0, peer.rfind(':'));
}

}  // namespace percept::rpc
