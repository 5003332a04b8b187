#ifndef PERCEPT_SERVER_BASE_ID_H_
#define PERCEPT_SERVER_BASE_ID_H_

#include <string>

namespace percept {

// A fresh identifier: 10 characters of Crockford's base 32 in lower case (50 random bits from the
// operating system), short enough to type and to read aloud.
std::string NewId();

}  // namespace percept

#endif  // PERCEPT_SERVER_BASE_ID_H_
