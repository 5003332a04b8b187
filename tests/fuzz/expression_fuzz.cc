#include <limits>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"

#include "server/data/expression.h"
#include "tests/fuzz/properties.h"

// The input is the number of columns in one byte and the text.
extern "C" int LLVMFuzzerTestOneInput(const uint8_t* bytes, size_t size) {
  using namespace percept;
  if (size == 0) return 0;
  const int32_t inputs = bytes[0] + 1;
  const absl::string_view text(reinterpret_cast<const char*>(bytes) + 1, size - 1);
  const auto expression = data::Expression::Parse(text, inputs);
  if (!expression.ok()) {
    FUZZ_CHECK(absl::IsInvalidArgument(expression.status()));
    fuzz::CheckRefusal(expression.status(), "byte ");
    return 0;
  }
  FUZZ_CHECK(text.size() <= data::Expression::kMaxBytes);
  FUZZ_CHECK(expression->cost() >= 1 && expression->cost() <= 16'000);
  std::vector<float> x(static_cast<size_t>(inputs));
  for (const float scale : {0.0f, 1.0f, -1.0f, 0.1f, std::numeric_limits<float>::max()}) {
    for (size_t column = 0; column < x.size(); ++column) {
      x[column] = column % 2 == 0 ? scale : -scale / static_cast<float>(column);
    }
    const double value = expression->Evaluate(x);
    const double again = expression->Evaluate(x);
    FUZZ_CHECK(value == again || (value != value && again != again));
  }
  return 0;
}
