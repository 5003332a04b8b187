#ifndef PERCEPT_TESTS_SUPPORT_ALLOCATIONS_H_
#define PERCEPT_TESTS_SUPPORT_ALLOCATIONS_H_

#include <cstdint>

// What a program takes from the heap. Counts in programs that `percept_count_allocations` of
// CMakeLists.txt was called for: each operator new, the standard library's among them, and each
// malloc and aligned_alloc of our objects.
namespace percept::testing {

// All so far, on all threads. Thread-safe.
struct Allocations {
  int64_t count = 0;
  int64_t bytes = 0;
};
Allocations AllocationsSoFar();

}  // namespace percept::testing

#endif  // PERCEPT_TESTS_SUPPORT_ALLOCATIONS_H_
