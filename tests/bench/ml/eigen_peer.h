#ifndef PERCEPT_TESTS_BENCH_ML_EIGEN_PEER_H_
#define PERCEPT_TESTS_BENCH_ML_EIGEN_PEER_H_

#include <cstdint>
#include <memory>
#include <vector>

namespace percept::bench {

// Trains D-H-K with tanh, softmax cross-entropy and plain SGD in a dense loop over Eigen matrices.
class EigenPeer {
 public:
  // Parameters as exported by a model: W0 [H, D], b0, W1 [K, H], b1.
  EigenPeer(int inputs, int hidden, int classes, const std::vector<float>& parameters);
  ~EigenPeer();

  // Images [N, D] of floats and labels [N]. One update on the rows that `order` names; returns the
  // sum of losses.
  double TrainBatch(const float* images, const int32_t* labels, const uint32_t* order, int count,
                    float learning_rate);

  // Correct predictions among `count` examples.
  int64_t CountCorrect(const float* images, const int32_t* labels, int64_t count);

  // The parameters, as exported by a model.
  std::vector<float> Parameters() const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace percept::bench

#endif  // PERCEPT_TESTS_BENCH_ML_EIGEN_PEER_H_
