#ifndef PERCEPT_SERVER_TRAINING_EARLY_STOPPING_H_
#define PERCEPT_SERVER_TRAINING_EARLY_STOPPING_H_

#include <cstdint>
#include <limits>

namespace percept::training {

// Says when validation has stopped getting better: after `patience` epochs in a row whose loss was
// not lower than the lowest before them.
class EarlyStopping {
 public:
  // Never with a patience of 0.
  explicit EarlyStopping(int32_t patience) : patience_(patience) {}

  // Told the validation loss at the end of each epoch, in order; true when training is to end.
  bool EndsAfter(double validation_loss) {
    if (validation_loss < state_.lowest_loss) {
      state_ = {.lowest_loss = validation_loss};
    } else {
      ++state_.epochs_since_lowest;
    }
    return patience_ > 0 && state_.epochs_since_lowest >= patience_;
  }

  // What it has been told so far.
  struct State {
    double lowest_loss = std::numeric_limits<double>::infinity();
    int32_t epochs_since_lowest = 0;
  };
  const State& state() const { return state_; }
  void GoOnFrom(const State& state) { state_ = state; }

 private:
  const int32_t patience_;
  State state_;
};

}  // namespace percept::training

#endif  // PERCEPT_SERVER_TRAINING_EARLY_STOPPING_H_
