#include "server/base/id.h"

#include <cstdint>
#include <random>

namespace percept {

std::string NewId() {
  constexpr char kAlphabet[] = "0123456789abcdefghjkmnpqrstvwxyz";
  constexpr int kLength = 10;
  std::random_device entropy;
  uint64_t bits = (uint64_t{entropy()} << 32) | entropy();
  std::string id(kLength, '0');
  for (char& character : id) {
    character = kAlphabet[bits & 31];
    bits >>= 5;
  }
  return id;
}

}  // namespace percept
