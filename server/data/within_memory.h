#ifndef PERCEPT_SERVER_DATA_WITHIN_MEMORY_H_
#define PERCEPT_SERVER_DATA_WITHIN_MEMORY_H_

#include <new>
#include <utility>

#include "absl/status/status.h"

namespace percept::data {

// What `make` returns, a StatusOr; ResourceExhausted where memory does not suffice for it.
template <typename Make>
auto WithinMemory(Make&& make) -> decltype(make()) {
  try {
    return std::forward<Make>(make)();
  } catch (const std::bad_alloc&) {
    return absl::ResourceExhaustedError("not enough memory to hold it");
  }
}

}  // namespace percept::data

#endif  // PERCEPT_SERVER_DATA_WITHIN_MEMORY_H_
