#ifndef PERCEPT_SERVER_BASE_SECRET_H_
#define PERCEPT_SERVER_BASE_SECRET_H_

#include <cstddef>
#include <string>

#include "absl/strings/string_view.h"

namespace percept {

// Random bytes that nobody can guess, from the system's generator, in base64 with - and _ for URLs.
std::string NewSecret(size_t bytes);

// Whether two secrets of the same length are equal, in a time that does not tell where they differ.
bool SameSecret(absl::string_view a, absl::string_view b);

}  // namespace percept

#endif  // PERCEPT_SERVER_BASE_SECRET_H_
