#ifndef PERCEPT_SERVER_TRAINING_POSITION_H_
#define PERCEPT_SERVER_TRAINING_POSITION_H_

#include <cstdint>

namespace percept::training {

// How far a training has come.
struct Position {
  int64_t step = 0;       // Updates made (the perceptron: changes).
  int64_t instances = 0;  // Training examples seen, counted with repetition.
  int32_t epoch = 0;      // Epoch under way; the number of epochs at the end. 0 for the perceptron.
};

}  // namespace percept::training

#endif  // PERCEPT_SERVER_TRAINING_POSITION_H_
