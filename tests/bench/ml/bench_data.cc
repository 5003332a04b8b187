#include "tests/bench/ml/bench_data.h"

#include <fstream>
#include <iterator>

#include "server/base/random.h"

namespace percept::bench {
namespace {

constexpr int32_t kPixels = 784;
constexpr size_t kImageHeader = 16;
constexpr size_t kLabelHeader = 8;

std::vector<uint8_t> ReadFile(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
}

// Empty when a file is missing or has another size.
ImageSet ReadIdx(const std::string& prefix, size_t count) {
  const std::vector<uint8_t> images = ReadFile(prefix + "-images-idx3-ubyte");
  const std::vector<uint8_t> labels = ReadFile(prefix + "-labels-idx1-ubyte");
  ImageSet set;
  set.inputs = kPixels;
  if (images.size() != kImageHeader + count * kPixels || labels.size() != kLabelHeader + count) {
    return set;
  }
  for (size_t n = 0; n < count; ++n) {
    const auto begin = images.begin() + static_cast<int64_t>(kImageHeader + n * kPixels);
    set.Append({begin, begin + kPixels}, labels[kLabelHeader + n]);
  }
  return set;
}

// A class lights its own random pixels more often than the others.
ImageSet MakeSparse(int64_t count, uint64_t number) {
  Random patterns(1, Random::Stream::kGenerator);
  std::vector<uint64_t> pattern(kPixels);
  for (uint64_t& bits : pattern) bits = patterns.NextBits();
  Random random(2, Random::Stream::kGenerator, number);
  ImageSet set;
  set.inputs = kPixels;
  for (int64_t n = 0; n < count; ++n) {
    const auto label = static_cast<int32_t>(random.NextBelow(10));
    std::vector<uint8_t> pixels(kPixels);
    for (int32_t i = 0; i < kPixels; ++i) {
      const bool is_own = (pattern[i] >> (3 * label) & 7) < 2;
      if (random.NextDouble() < (is_own ? 0.4 : 0.12)) pixels[i] = 1 + random.NextBelow(255);
    }
    set.Append(pixels, label);
  }
  return set;
}

}  // namespace

Examples ImageSet::Sparse() const {
  Examples examples;
  examples.count = count();
  examples.inputs = inputs;
  examples.sparse = {row_start.data(), columns.data(), values.data()};
  examples.labels = labels.data();
  return examples;
}

Examples ImageSet::Dense() const {
  Examples examples;
  examples.count = count();
  examples.inputs = inputs;
  examples.dense = floats.data();
  examples.labels = labels.data();
  return examples;
}

void ImageSet::Append(const std::vector<uint8_t>& pixels, int32_t label) {
  for (size_t i = 0; i < pixels.size(); ++i) {
    floats.push_back(static_cast<float>(pixels[i]) / 255.0f);
    if (pixels[i] == 0) continue;
    columns.push_back(static_cast<uint16_t>(i));
    values.push_back(pixels[i]);
  }
  row_start.push_back(static_cast<uint32_t>(columns.size()));
  labels.push_back(label);
}

BenchData LoadBenchData(const std::string& folder) {
  BenchData data{"MNIST from " + folder, ReadIdx(folder + "/train", 60000),
                 ReadIdx(folder + "/t10k", 10000)};
  if (data.train.count() == 0 || data.validation.count() == 0) {
    data = {"made-up images (no MNIST in " + folder + ")", MakeSparse(60000, 0),
            MakeSparse(10000, 1)};
  }
  return data;
}

ImageSet MakeDense(int64_t count, int32_t inputs, int32_t classes) {
  Random random(3, Random::Stream::kGenerator);
  ImageSet set;
  set.inputs = inputs;
  for (int64_t n = 0; n < count; ++n) {
    for (int32_t i = 0; i < inputs; ++i) set.floats.push_back(2.0f * random.NextFloat() - 1.0f);
    set.labels.push_back(static_cast<int32_t>(random.NextBelow(classes)));
  }
  return set;
}

}  // namespace percept::bench
