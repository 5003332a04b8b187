// Compiled once per instruction set, as server/ml/kernels/kernels_simd.cc is, with PERCEPT_LOOPS
// naming the table.
#include "hwy/highway.h"

#include "tests/bench/ml/machine_loops.h"

static_assert(HWY_TARGET == PERCEPT_HWY_TARGET, "Highway chose another instruction set");

HWY_BEFORE_NAMESPACE();
namespace percept::bench {
namespace {

namespace hn = hwy::HWY_NAMESPACE;
constexpr hn::ScalableTag<float> kFloats;
constexpr int64_t kLanes = HWY_LANES(float);
using Vector = hn::Vec<decltype(kFloats)>;

constexpr int64_t kChains = 12;  // More than latency x throughput; registers are left for factors.
constexpr int64_t kFlopsPerRound = 2 * kChains * kLanes;

// The chains have names because GCC 12 spills arrays of vectors, and each starts elsewhere, lest
// the compiler takes them for one.
float MultiplyAdd(int64_t rounds) {
  const Vector factor = hn::Set(kFloats, 0.999f);
  const Vector term = hn::Set(kFloats, 0.001f);
  const auto start = [](float value) HWY_ATTR { return hn::Set(kFloats, value); };
  Vector a = start(0.0f), b = start(0.1f), c = start(0.2f), d = start(0.3f);
  Vector e = start(0.4f), f = start(0.5f), g = start(0.6f), h = start(0.7f);
  Vector i = start(0.8f), j = start(0.9f), k = start(1.0f), l = start(1.1f);
  for (int64_t round = 0; round < rounds; ++round) {
    a = hn::MulAdd(a, factor, term);
    b = hn::MulAdd(b, factor, term);
    c = hn::MulAdd(c, factor, term);
    d = hn::MulAdd(d, factor, term);
    e = hn::MulAdd(e, factor, term);
    f = hn::MulAdd(f, factor, term);
    g = hn::MulAdd(g, factor, term);
    h = hn::MulAdd(h, factor, term);
    i = hn::MulAdd(i, factor, term);
    j = hn::MulAdd(j, factor, term);
    k = hn::MulAdd(k, factor, term);
    l = hn::MulAdd(l, factor, term);
  }
  const Vector first = hn::Add(hn::Add(hn::Add(a, b), hn::Add(c, d)), hn::Add(e, f));
  const Vector second = hn::Add(hn::Add(hn::Add(g, h), hn::Add(i, j)), hn::Add(k, l));
  return hn::GetLane(hn::Add(first, second));
}

// Several streams side by side keep more of the memory's requests under way than one does; and more
// units of a core can do Or than Add.
float Read(const float* values, int64_t count) {
  const int64_t quarter = count / 4;
  Vector a = hn::Zero(kFloats), b = a, c = a, d = a, e = a, f = a, g = a, h = a;
  for (int64_t i = 0; i < quarter; i += 2 * kLanes) {
    const float* const from = values + i;
    a = hn::Or(a, hn::Load(kFloats, from));
    b = hn::Or(b, hn::Load(kFloats, from + kLanes));
    c = hn::Or(c, hn::Load(kFloats, from + quarter));
    d = hn::Or(d, hn::Load(kFloats, from + quarter + kLanes));
    e = hn::Or(e, hn::Load(kFloats, from + 2 * quarter));
    f = hn::Or(f, hn::Load(kFloats, from + 2 * quarter + kLanes));
    g = hn::Or(g, hn::Load(kFloats, from + 3 * quarter));
    h = hn::Or(h, hn::Load(kFloats, from + 3 * quarter + kLanes));
  }
  const Vector first = hn::Or(hn::Or(a, b), hn::Or(c, d));
  return hn::GetLane(hn::Or(first, hn::Or(hn::Or(e, f), hn::Or(g, h))));
}

void Negate(float* values, int64_t count) {
  const int64_t quarter = count / 4;
  const auto negate = [](float* at)
                          HWY_ATTR { hn::Store(hn::Neg(hn::Load(kFloats, at)), kFloats, at); };
  for (int64_t i = 0; i < quarter; i += 2 * kLanes) {
    float* const from = values + i;
    negate(from);
    negate(from + kLanes);
    negate(from + quarter);
    negate(from + quarter + kLanes);
    negate(from + 2 * quarter);
    negate(from + 2 * quarter + kLanes);
    negate(from + 3 * quarter);
    negate(from + 3 * quarter + kLanes);
  }
}

}  // namespace

extern constexpr MachineLoops PERCEPT_LOOPS = {
    .multiply_add = MultiplyAdd,
    .flops_per_round = kFlopsPerRound,
    .read = Read,
    .negate = Negate,
};

}  // namespace percept::bench
HWY_AFTER_NAMESPACE();
