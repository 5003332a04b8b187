#ifndef PERCEPT_SERVER_DATA_GENERATORS_GENERATOR_H_
#define PERCEPT_SERVER_DATA_GENERATORS_GENERATOR_H_

#include <cstdint>

#include "absl/strings/string_view.h"
#include "absl/types/span.h"

#include "server/base/random.h"
#include "server/base/status.h"
#include "server/data/dataset.h"

namespace percept::data {

enum class GeneratorKind {
  kTwoNormals = 1,
  kTwoClass = 2,
  kThreeClass = 3,
  kXor = 4,
  kBullseye = 5
};

// Points drawn from a distribution; rules and defaults stand in proto/percept/v1/dataset.proto.
struct GeneratorSource {
  GeneratorKind generator = GeneratorKind::kXor;
  int64_t train_per_class = 200;
  int64_t validation_per_class = 100;
  int64_t test_per_class = 0;
  uint64_t seed = 0;

  bool operator==(const GeneratorSource&) const = default;
};

// One distribution of labelled points. What they are stands in the table in generator.cc.
struct Generator {
  GeneratorKind kind;
  const char* name;
  int32_t inputs;            // D
  int32_t classes;           // K
  int64_t points_divide_by;  // Points per class are a multiple of this.

  // Writes the `number`-th point, counted from 0, of class `label` to `point` [D].
  void (*draw)(int32_t label, int64_t number, Random& random, float* point);
};

// Every generator there is.
absl::Span<const Generator> Generators();

// Null for a kind that is not in the table.
const Generator* FindGenerator(GeneratorKind kind);

// Adds what breaks a rule to `violations`, under `field` (such as "dataset.generator").
void CheckGeneratorSource(const GeneratorSource& source, absl::string_view field,
                          FieldViolations& violations);

// Draws all splits of a source that passed the check. Examples stand in the order of classes
// 0, 1, … K-1, 0, 1, …, so that batches are balanced without shuffling. Each split has a random
// stream of its own: the size of one changes no other, and a larger split begins with the smaller.
Dataset Generate(const GeneratorSource& source);

}  // namespace percept::data

#endif  // PERCEPT_SERVER_DATA_GENERATORS_GENERATOR_H_
