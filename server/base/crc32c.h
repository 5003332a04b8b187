#ifndef PERCEPT_SERVER_BASE_CRC32C_H_
#define PERCEPT_SERVER_BASE_CRC32C_H_

#include <cstdint>

#include "absl/strings/string_view.h"

namespace percept {

// CRC32C (Castagnoli, RFC 3720) of `bytes`. To checksum a sequence of pieces as one, pass the
// checksum of the pieces before as `previous`.
uint32_t Crc32c(absl::string_view bytes, uint32_t previous = 0);

}  // namespace percept

#endif  // PERCEPT_SERVER_BASE_CRC32C_H_
