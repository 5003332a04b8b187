#include "server/rpc/caller.h"

#include <algorithm>

#include "absl/strings/ascii.h"

namespace percept::rpc {

std::string OwnerOf(const grpc::CallbackServerContext& context) {
  constexpr char kAnonymous[] = "anonymous";
  constexpr size_t kMaxBytes = 64;
  const auto found = context.client_metadata().find("percept-owner");
  if (found == context.client_metadata().end()) return kAnonymous;
  const std::string name(found->second.data(), found->second.size());
  const bool plain = std::all_of(name.begin(), name.end(), [](char character) {
    return absl::ascii_isalnum(static_cast<unsigned char>(character)) ||
           std::string("._-@").find(character) != std::string::npos;
  });
  return plain && !name.empty() && name.size() <= kMaxBytes ? name : kAnonymous;
}

}  // namespace percept::rpc
