// Counts what the program asks of the heap: operator new is replaced, and the linker sends malloc
// and aligned_alloc of our objects (Eigen's among them) here (--wrap in CMakeLists.txt).
#include <atomic>
#include <cstdlib>
#include <new>

#include "gtest/gtest.h"

#include "server/ml/model.h"
#include "tests/unit/ml/data.h"

namespace {

std::atomic<int64_t> allocations{0};

}  // namespace

extern "C" {
void* __real_malloc(size_t size);
void* __real_aligned_alloc(size_t alignment, size_t size);

void* __wrap_malloc(size_t size) {
  ++allocations;
  return __real_malloc(size);
}

void* __wrap_aligned_alloc(size_t alignment, size_t size) {
  ++allocations;
  return __real_aligned_alloc(alignment, size);
}
}

namespace {

void* AllocateOrThrow(size_t size, size_t alignment) {
  const size_t rounded = (size + alignment - 1) / alignment * alignment;
  void* const memory = alignment <= alignof(std::max_align_t)
                           ? std::malloc(size == 0 ? 1 : size)
                           : std::aligned_alloc(alignment, rounded == 0 ? alignment : rounded);
  if (memory == nullptr) throw std::bad_alloc();
  return memory;
}

}  // namespace

void* operator new(size_t size) { return AllocateOrThrow(size, 1); }
void* operator new[](size_t size) { return AllocateOrThrow(size, 1); }
void* operator new(size_t size, const std::nothrow_t&) noexcept { return std::malloc(size + 1); }
void* operator new[](size_t size, const std::nothrow_t&) noexcept { return std::malloc(size + 1); }
void* operator new(size_t size, std::align_val_t alignment) {
  return AllocateOrThrow(size, static_cast<size_t>(alignment));
}
void operator delete(void* memory) noexcept { std::free(memory); }
void operator delete[](void* memory) noexcept { std::free(memory); }
void operator delete(void* memory, size_t) noexcept { std::free(memory); }
void operator delete[](void* memory, size_t) noexcept { std::free(memory); }
void operator delete(void* memory, const std::nothrow_t&) noexcept { std::free(memory); }
void operator delete[](void* memory, const std::nothrow_t&) noexcept { std::free(memory); }
void operator delete(void* memory, std::align_val_t) noexcept { std::free(memory); }
void operator delete(void* memory, size_t, std::align_val_t) noexcept { std::free(memory); }

namespace percept::ml {
namespace {

// Allocations of all that a trainer does per step, once each has been done before.
int64_t AllocationsPerStep(const ModelSpec& spec, ModelShape shape, const Examples& examples,
                           int32_t batch_size, InstructionSet instruction_set) {
  const auto model = MakeModel(spec, shape, batch_size, KernelsFor(instruction_set));
  const auto copy = model->NewCopy();
  std::vector<char> bytes(ParameterBytes(ParameterLayout(spec, shape)));
  const auto batch = Rows(0, static_cast<uint32_t>(batch_size));
  const auto short_batch = Rows(3, static_cast<uint32_t>(batch_size / 2 + 1));
  model->TrainBatch(examples, batch, 0.1);
  const int64_t before = allocations;
  for (const auto& rows : {absl::MakeConstSpan(short_batch), absl::MakeConstSpan(batch)}) {
    model->TrainBatch(examples, rows, 0.1);
    model->CopyTo(*copy);
    copy->Evaluate(examples);
    copy->ExportParameters(absl::MakeSpan(bytes));
  }
  return allocations - before;
}

TEST(Allocation, CounterSeesOperatorNewAndMalloc) {
  const int64_t before = allocations;
  delete new int(1);
  void* volatile memory = std::malloc(10);
  std::free(memory);
  EXPECT_EQ(allocations - before, 2);
}

TEST(Allocation, StepsTakeNoMemoryAfterTheFirst) {
  const TestData data = TestData::Pixels(1400, 300, 10, 0.2, 1);
  for (const InstructionSet instruction_set : SupportedInstructionSets()) {
    for (const auto& hidden : {std::vector<int32_t>{3}, {64}, {600, 500}}) {
      for (const Examples& examples : {data.Dense(), data.Sparse()}) {
        for (const int32_t batch_size : {5, 100}) {
          EXPECT_EQ(
              AllocationsPerStep(MlpSpec(hidden), {300, 10}, examples, batch_size, instruction_set),
              0)
              << KernelsFor(instruction_set).name << " hidden " << hidden[0] << " batch "
              << batch_size;
        }
      }
    }
    EXPECT_EQ(AllocationsPerStep(MlpSpec({3}), {300, 10}, data.Sparse(), 1200, instruction_set), 0);
  }
}

}  // namespace
}  // namespace percept::ml
