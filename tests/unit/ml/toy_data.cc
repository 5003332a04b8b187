#include "tests/unit/ml/toy_data.h"

#include <cmath>
#include <utility>
#include <vector>

#include "server/base/random.h"

namespace percept::ml {
namespace {

// Collects points; normal draws are sums of twelve uniform ones, close enough for tests.
class Points {
 public:
  explicit Points(uint64_t seed) : random_(seed, Random::Stream::kGenerator) {}

  double Uniform(double low, double high) { return low + (high - low) * random_.NextDouble(); }

  double Normal(double mean, double variance) {
    double sum = -6.0;
    for (int i = 0; i < 12; ++i) sum += random_.NextDouble();
    return mean + std::sqrt(variance) * sum;
  }

  void Add(std::initializer_list<double> x, int32_t label) {
    for (const double value : x) floats_.push_back(static_cast<float>(value));
    labels_.push_back(label);
  }

  TestData Take(int32_t inputs) {
    return TestData::Points(inputs, std::move(floats_), std::move(labels_));
  }

 private:
  Random random_;
  std::vector<float> floats_;
  std::vector<int32_t> labels_;
};

}  // namespace

TestData TwoNormals(int64_t count_per_class) {
  Points points(21);
  for (int64_t n = 0; n < count_per_class; ++n) {
    points.Add({points.Normal(0.0, 0.5), points.Normal(-2.5, 0.5), 1.0}, 1);
    points.Add({points.Normal(-2.0, 0.3), points.Normal(2.5, 0.3), 1.0}, 0);
  }
  return points.Take(3);
}

TestData ThreeClasses(int64_t count_per_class) {
  Points points(22);
  for (int64_t n = 0; n < count_per_class; ++n) {
    points.Add({points.Normal(1.5, 1.0), points.Normal(-2.0, 1.0)}, 0);
    points.Add({points.Normal(1.0, 0.5), points.Normal(2.0, 0.5)}, 1);
    points.Add({points.Normal(-2.0, 1.0), points.Normal(0.0, 0.5)}, 2);
  }
  return points.Take(2);
}

TestData Xor(int64_t count_per_class) {
  Points points(23);
  for (int64_t n = 0; n < count_per_class; ++n) {
    const double side = n % 2 == 0 ? 7.0 : -7.0;
    points.Add({points.Normal(side, 1.0), points.Normal(side, 1.0)}, 0);
    points.Add({points.Normal(side, 1.0), points.Normal(-side, 1.0)}, 1);
  }
  return points.Take(2);
}

TestData Bullseye(int64_t count_per_class) {
  Points points(24);
  for (int64_t n = 0; n < count_per_class; ++n) {
    points.Add({points.Normal(0.0, 1.0), points.Normal(0.0, 1.0)}, 0);
    const double radius = points.Uniform(5.0, 8.0);
    const double angle = points.Uniform(0.0, 2.0 * M_PI);
    points.Add({radius * std::cos(angle), radius * std::sin(angle)}, 1);
  }
  return points.Take(2);
}

TestData MnistLike(int64_t count) {
  constexpr int32_t kPixels = 784;
  constexpr int32_t kClasses = 10;
  Random random(25, Random::Stream::kGenerator);
  std::vector<double> stroke(kClasses * kPixels);
  for (double& density : stroke) density = random.NextDouble() < 0.3 ? 0.45 : 0.08;
  std::vector<uint8_t> pixels;
  std::vector<int32_t> labels;
  for (int64_t n = 0; n < count; ++n) {
    const auto label = static_cast<int32_t>(random.NextBelow(kClasses));
    labels.push_back(label);
    for (int32_t i = 0; i < kPixels; ++i) {
      const bool is_drawn = random.NextDouble() < stroke[label * kPixels + i];
      pixels.push_back(is_drawn ? static_cast<uint8_t>(1 + random.NextBelow(255)) : 0);
    }
  }
  return TestData::Bytes(kPixels, pixels, std::move(labels));
}

}  // namespace percept::ml
