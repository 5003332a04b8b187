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
    if (validation_loss < lowest_loss_) {
      lowest_loss_ = validation_loss;
      epochs_since_lowest_ = 0;
    } else {
      ++epochs_since_lowest_;
    }
    return patience_ > 0 && epochs_since_lowest_ >= patience_;
  }

 private:
  const int32_t patience_;
  double lowest_loss_ = std::numeric_limits<double>::infinity();
  int32_t epochs_since_lowest_ = 0;
};

}  // namespace percept::training

#endif  // PERCEPT_SERVER_TRAINING_EARLY_STOPPING_H_
