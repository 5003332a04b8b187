#include <algorithm>
#include <numeric>
#include <vector>

#include "absl/types/span.h"

#include "server/base/random.h"
#include "server/data/examples.h"
#include "tests/bench/ml/kernel_benchmarks.h"
#include "tests/bench/ml/layer_case.h"
#include "tests/bench/ml/roofline.h"
#include "tests/bench/ml/rule_case.h"

namespace percept::bench {
namespace {

constexpr int64_t kInputs = 784;
constexpr int64_t kEvaluatedRows = 256;

// Goes through the examples batch by batch, and from the start again.
class Batches {
 public:
  // In the order of the file, or in a shuffled one.
  Batches(const Examples& examples, int64_t rows, bool shuffle)
      : examples_(examples), rows_(rows), order_(shuffle ? examples.count : 0) {
    std::iota(order_.begin(), order_.end(), 0);
    Random(1, Random::Stream::kShuffle).Shuffle(absl::MakeSpan(order_));
  }

  int64_t count() const { return examples_.count / rows_; }

  ml::SparseBatch Next() {
    const int64_t first = next_++ % count() * rows_;
    if (order_.empty()) return {examples_.sparse, nullptr, first, rows_};
    return {examples_.sparse, order_.data() + first, 0, rows_};
  }

 private:
  const Examples examples_;
  const int64_t rows_;
  std::vector<uint32_t> order_;
  int64_t next_ = 0;
};

// Means over all batches.
struct BatchPixels {
  double pixels = 0.0;   // Not zero.
  double columns = 0.0;  // That have such a pixel.
};

BatchPixels PixelsOf(Batches batches) {
  BatchPixels sums;
  for (int64_t number = 0; number < batches.count(); ++number) {
    const ml::SparseBatch batch = batches.Next();
    std::vector<bool> seen(kInputs);
    for (int64_t r = 0; r < batch.count; ++r) {
      const int64_t row = batch.indices == nullptr ? batch.first + r : batch.indices[r];
      for (uint32_t i = batch.rows.row_start[row]; i < batch.rows.row_start[row + 1]; ++i) {
        seen[batch.rows.columns[i]] = true;
        ++sums.pixels;
      }
    }
    sums.columns += static_cast<double>(std::count(seen.begin(), seen.end(), true));
  }
  const double count = static_cast<double>(batches.count());
  return {sums.pixels / count, sums.columns / count};
}

// Of a product of the pixels of a batch with rows of weights or deltas, one for each pixel.
// `rows` of as many floats as there are outputs are read or written besides, and `updated` ones
// updated.
Work SparseWork(const LayerSize& size, const BatchPixels& batch, double rows, double updated) {
  const auto outputs = static_cast<double>(size.outputs);
  Work work = DenseWork(2.0 * batch.pixels * outputs, rows * outputs, updated * outputs);
  const double pixel_bytes = batch.pixels * kBytesOfPixel;
  work.working_set_bytes += pixel_bytes;
  work.moved_bytes += pixel_bytes;
  work.traffic_bytes = batch.pixels * (kBytesOfPixel + sizeof(float) * outputs);
  return work;
}

// z = b + x W, with the weights of the columns that have pixels.
Work ForwardWork(const LayerSize& size, const BatchPixels& batch) {
  return SparseWork(size, batch, batch.columns + 1.0 + static_cast<double>(size.rows), 0.0);
}

// Changes W and b for the gradients x^T delta and the column sums of delta. Plain descent leaves
// columns without pixels as they are.
Work UpdateWork(const LayerSize& size, const BatchPixels& batch, const RuleCost& cost) {
  const bool plain = cost.kind == ml::UpdateRule::Kind::kDescent;
  const double columns = 1.0 + (plain ? batch.columns : static_cast<double>(size.inputs));
  Work work = SparseWork(size, batch, static_cast<double>(size.rows), cost.arrays * columns);
  work.flops += cost.flops * columns * static_cast<double>(size.outputs);
  return work;
}

void AddForward(const Subject& subject, const LayerSize& size, const Batches& all) {
  const auto run = [&subject, size, all, pixels = PixelsOf(all)](benchmark::State& state) {
    LayerCase layer(size);
    Batches batches = all;
    for (auto _ : state) {
      subject.kernels.forward_sparse(layer.layer(), batches.Next(), layer.outputs(),
                                     layer.scratch());
      benchmark::ClobberMemory();
    }
    SetRoofline(state, ForwardWork(size, pixels), subject.peaks);
  };
  AddBenchmark(subject, "forward_sparse", size.name(), run);
}

void AddUpdate(const Subject& subject, const LayerSize& size, const Batches& all,
               const RuleCost& cost) {
  const auto run = [&subject, size, all, cost, pixels = PixelsOf(all)](benchmark::State& state) {
    LayerCase layer(size, size.rows * size.inputs);
    RuleCase rule(cost, layer.parameters().size(), layer.parameters().data());
    Batches batches = all;
    for (auto _ : state) {
      subject.kernels.update_sparse(layer.layer(), batches.Next(), layer.outputs(), rule.rule(),
                                    layer.scratch());
      benchmark::ClobberMemory();
    }
    SetRoofline(state, UpdateWork(size, pixels, cost), subject.peaks);
  };
  AddBenchmark(subject, absl::StrCat("update_sparse by ", cost.name), size.name(), run);
}

}  // namespace

void RegisterSparseKernels(const Subject& subject, const BenchData& data) {
  const Examples train = ExamplesOf(data.mnist, data::SplitKind::kTrain);
  const Examples validation = ExamplesOf(data.mnist, data::SplitKind::kValidation);
  for (const LayerSize& size :
       {LayerSize{kInputs, 10, 100}, LayerSize{kInputs, 64, 100}, LayerSize{kInputs, 512, 128}}) {
    const LayerSize evaluated{kInputs, size.outputs, kEvaluatedRows};
    const Batches shuffled(train, size.rows, /*shuffle=*/true);
    AddForward(subject, size, shuffled);
    AddForward(subject, evaluated, Batches(validation, kEvaluatedRows, /*shuffle=*/false));
    for (const RuleCost& cost : {kDescent, kAdam}) AddUpdate(subject, size, shuffled, cost);
  }
}

}  // namespace percept::bench
