#include "server/base/secret.h"

#include <cstdlib>

#include "absl/strings/escaping.h"
#include <openssl/crypto.h>
#include <openssl/rand.h>

#include "server/base/logging.h"

namespace percept {

std::string NewSecret(size_t bytes) {
  std::string random(bytes, '\0');
  if (RAND_bytes(reinterpret_cast<unsigned char*>(random.data()), static_cast<int>(bytes)) != 1) {
    // There is nothing safe to go on with.
    log::Error("the system gives no random numbers");
    std::abort();
  }
  return absl::WebSafeBase64Escape(random);
}

bool SameSecret(absl::string_view a, absl::string_view b) {
  return a.size() == b.size() && CRYPTO_memcmp(a.data(), b.data(), a.size()) == 0;
}

}  // namespace percept
