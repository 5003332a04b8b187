#include "server/data/generators/generator.h"

#include <array>
#include <cmath>
#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/string_view.h"

#include "server/data/normal.h"

namespace percept::data {
namespace {

constexpr int64_t kMaxPointsPerClass = 1000000;

// N(mean, diag(variance)).
struct Normal {
  std::array<double, 2> mean;
  std::array<double, 2> variance;
};

void DrawNormal(const Normal& normal, Random& random, float* point) {
  const std::array<double, 2> standard = DrawNormalPair(random);
  for (size_t axis = 0; axis < standard.size(); ++axis) {
    point[axis] =
        static_cast<float>(normal.mean[axis] + std::sqrt(normal.variance[axis]) * standard[axis]);
  }
}

// Class 1 is the positive one. The column of ones is the bias.
void DrawTwoNormals(int32_t label, int64_t /*number*/, Random& random, float* point) {
  static constexpr Normal kClasses[] = {{{-2, 2.5}, {1, 1}}, {{0, -2.5}, {0.5, 0.5}}};
  DrawNormal(kClasses[label], random, point);
  point[2] = 1.0f;
}

void DrawTwoClass(int32_t label, int64_t /*number*/, Random& random, float* point) {
  static constexpr Normal kClasses[] = {{{1, 2}, {1.5, 1.5}}, {{2, -2}, {0.5, 1}}};
  DrawNormal(kClasses[label], random, point);
}

void DrawThreeClass(int32_t label, int64_t /*number*/, Random& random, float* point) {
  static constexpr Normal kClasses[] = {
      {{1.5, -2}, {1, 1}}, {{1, 2}, {0.5, 0.5}}, {{-2, 0}, {1, 0.5}}};
  DrawNormal(kClasses[label], random, point);
}

// Blobs at the corners of a square; a class has two opposite ones and fills them in turn.
void DrawXor(int32_t label, int64_t number, Random& random, float* point) {
  static constexpr Normal kBlobs[2][2] = {{{{7, 7}, {1, 1}}, {{-7, -7}, {1, 1}}},
                                          {{{7, -7}, {1, 1}}, {{-7, 7}, {1, 1}}}};
  DrawNormal(kBlobs[label][number % 2], random, point);
}

// A disc, and around it a ring, uniform over its area.
void DrawBullseye(int32_t label, int64_t /*number*/, Random& random, float* point) {
  constexpr double kInner = 5.0;
  constexpr double kOuter = 8.0;
  if (label == 0) {
    DrawNormal({{0, 0}, {1, 1}}, random, point);
    return;
  }
  while (true) {
    // Judged as it is stored, so that rounding takes no point out of the ring.
    point[0] = static_cast<float>(kOuter * (2.0 * random.NextDouble() - 1.0));
    point[1] = static_cast<float>(kOuter * (2.0 * random.NextDouble() - 1.0));
    const double square = double{point[0]} * double{point[0]} + double{point[1]} * double{point[1]};
    if (square > kInner * kInner && square < kOuter * kOuter) return;
  }
}

constexpr Generator kGenerators[] = {
    {GeneratorKind::kTwoNormals, "two-normals", 3, 2, 1, &DrawTwoNormals},
    {GeneratorKind::kTwoClass, "two-class", 2, 2, 1, &DrawTwoClass},
    {GeneratorKind::kThreeClass, "three-class", 2, 3, 1, &DrawThreeClass},
    {GeneratorKind::kXor, "xor", 2, 2, 2, &DrawXor},
    {GeneratorKind::kBullseye, "bullseye", 2, 2, 1, &DrawBullseye},
};

std::string GeneratorNames() {
  return absl::StrJoin(kGenerators, ", ", [](std::string* out, const Generator& generator) {
    absl::StrAppend(out, generator.name);
  });
}

Split DrawSplit(const Generator& generator, int64_t per_class, Random random) {
  Split split;
  split.examples = per_class * generator.classes;
  split.dense.resize(static_cast<size_t>(split.examples * generator.inputs));
  split.labels.reserve(static_cast<size_t>(split.examples));
  float* point = split.dense.data();
  for (int64_t number = 0; number < per_class; ++number) {
    for (int32_t label = 0; label < generator.classes; ++label) {
      generator.draw(label, number, random, point);
      split.labels.push_back(label);
      point += generator.inputs;
    }
  }
  return split;
}

}  // namespace

absl::Span<const Generator> Generators() { return kGenerators; }

const Generator* FindGenerator(GeneratorKind kind) {
  for (const Generator& generator : kGenerators) {
    if (generator.kind == kind) return &generator;
  }
  return nullptr;
}

void CheckGeneratorSource(const GeneratorSource& source, absl::string_view field,
                          FieldViolations& violations) {
  const Generator* generator = FindGenerator(source.generator);
  if (generator == nullptr) {
    violations.Add(absl::StrCat(field, ".generator"),
                   absl::StrCat("must be one of ", GeneratorNames()),
                   static_cast<int>(source.generator));
  }
  const struct {
    const char* name;
    int64_t points;
    int64_t least;
  } sizes[] = {{"train_per_class", source.train_per_class, 1},
               {"validation_per_class", source.validation_per_class, 0},
               {"test_per_class", source.test_per_class, 0}};
  for (const auto& size : sizes) {
    const std::string path = absl::StrCat(field, ".", size.name);
    violations.CheckRange(path, size.points, size.least, kMaxPointsPerClass);
    if (generator != nullptr && size.points % generator->points_divide_by != 0) {
      violations.Add(path,
                     absl::StrCat("must be a multiple of ", generator->points_divide_by, " for ",
                                  generator->name),
                     size.points);
    }
  }
}

Dataset Generate(const GeneratorSource& source) {
  const Generator& generator = *FindGenerator(source.generator);
  Dataset dataset;
  dataset.inputs = generator.inputs;
  dataset.classes = generator.classes;
  const int64_t per_class[kSplitCount] = {source.train_per_class, source.validation_per_class,
                                          source.test_per_class};
  for (size_t split = 0; split < kSplitCount; ++split) {
    dataset.splits[split] = DrawSplit(generator, per_class[split],
                                      Random(source.seed, Random::Stream::kGenerator, split));
  }
  return dataset;
}

}  // namespace percept::data
