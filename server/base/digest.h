#ifndef PERCEPT_SERVER_BASE_DIGEST_H_
#define PERCEPT_SERVER_BASE_DIGEST_H_

#include <memory>
#include <string>

#include "absl/strings/string_view.h"

namespace percept {

// SHA-256 over a sequence of pieces. Not thread-safe.
class Sha256 {
 public:
  Sha256();
  ~Sha256();
  Sha256(const Sha256&) = delete;
  Sha256& operator=(const Sha256&) = delete;

  void Update(absl::string_view bytes);

  // The digest so far in lower-case hexadecimal, 64 characters; call once.
  std::string HexDigest();

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace percept

#endif  // PERCEPT_SERVER_BASE_DIGEST_H_
