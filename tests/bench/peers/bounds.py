"""What keeps each workload from more, by profiles, and what was tried without gain.

Figures of a Xeon with AVX-512 at 3.9 GHz, one core.
"""

PERCEPTRON = (
    "Scoring takes 85 % of the time. It multiplies and adds in float64, in the order of the "
    "columns and without fusing, as training does: 1.7 million pixels for 16 vectors of weights. "
    "No gain: two rows at once, narrower panels. A run is scored by one thread.")

LAYER = (
    "Evaluation takes 0.84 ms. A loop over its 1.5 million pixels that does nothing else takes "
    "0.5: a load each for column, byte, float and weights, of which a core makes two a cycle; "
    "pixels from L3 take 0.1. No gain: pixels decoded into a buffer, columns loaded four at once, "
    "prefetching.")

MLP = (
    "Evaluation takes 2.2 ms, of which 1.8 wait for the first layer's weights: 200 KB lie in L2, "
    "and a pixel's 256 bytes take 4.7 cycles from there (3.1 from L1). No gain: blocks that fit "
    "L1 (more partial sums), rows sorted by length, decoded pixels, gathered classes.")

TOY = (
    "With one core the store's thread, which commits every snapshot, takes its share of the "
    "trainer's.")

WIDE = (
    "Dense products take half of the time at 175 to 219 GFLOP/s (MKL 188, Eigen 160); the rest is "
    "the sparse first layer, and Adam on 8 MB that stream from L3. No gain: huge pages, larger "
    "packed blocks. We train on one thread, so that jobs can run side by side.")
