#include "tests/support/allocations.h"

#include <atomic>
#include <cstdlib>
#include <new>

namespace percept::testing {
namespace {

std::atomic<int64_t> allocations{0};
std::atomic<int64_t> allocated_bytes{0};

void Count(size_t size) {
  allocations.fetch_add(1, std::memory_order_relaxed);
  allocated_bytes.fetch_add(static_cast<int64_t>(size), std::memory_order_relaxed);
}

}  // namespace

Allocations AllocationsSoFar() {
  return {.count = allocations.load(std::memory_order_relaxed),
          .bytes = allocated_bytes.load(std::memory_order_relaxed)};
}

}  // namespace percept::testing

// The linker sends our objects' calls here (--wrap).
extern "C" {
void* __real_malloc(size_t size);
void* __real_aligned_alloc(size_t alignment, size_t size);

void* __wrap_malloc(size_t size) {
  percept::testing::Count(size);
  return __real_malloc(size);
}

void* __wrap_aligned_alloc(size_t alignment, size_t size) {
  percept::testing::Count(size);
  return __real_aligned_alloc(alignment, size);
}
}

// These replace the standard library's own, whose forms that do not throw call them; so would those
// for arrays, but for the sanitizers, which bring their own.
void* operator new(size_t size) {
  if (void* const memory = __wrap_malloc(size == 0 ? 1 : size); memory != nullptr) return memory;
  throw std::bad_alloc();
}

void* operator new(size_t size, std::align_val_t alignment) {
  const auto align = static_cast<size_t>(alignment);
  const size_t rounded = (size + align - 1) / align * align;
  if (void* const memory = __wrap_aligned_alloc(align, rounded); memory != nullptr) return memory;
  throw std::bad_alloc();
}

void* operator new[](size_t size) { return ::operator new(size); }
void* operator new[](size_t size, std::align_val_t alignment) {
  return ::operator new(size, alignment);
}

void operator delete(void* memory) noexcept { std::free(memory); }
void operator delete(void* memory, size_t) noexcept { std::free(memory); }
void operator delete(void* memory, std::align_val_t) noexcept { std::free(memory); }
void operator delete(void* memory, size_t, std::align_val_t) noexcept { std::free(memory); }
void operator delete[](void* memory) noexcept { std::free(memory); }
void operator delete[](void* memory, size_t) noexcept { std::free(memory); }
void operator delete[](void* memory, std::align_val_t) noexcept { std::free(memory); }
void operator delete[](void* memory, size_t, std::align_val_t) noexcept { std::free(memory); }
