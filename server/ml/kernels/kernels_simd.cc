// Compiled once per instruction set, with PERCEPT_KERNELS naming the table, PERCEPT_KERNELS_NAME
// its instruction set and PERCEPT_HWY_TARGET what Highway must make of the compiler's flags.
//
// Whatever is compiled here with wide instructions must not be shared with the rest of the program:
// the linker keeps one copy of an inline function, from any object. Hence everything without a name
// outside (anonymous namespaces), and no containers. A test inspects the objects.
#include "server/ml/kernels/activations-inl.h"
#include "server/ml/kernels/kernels.h"
#include "server/ml/kernels/narrow-inl.h"
#include "server/ml/kernels/narrow_training-inl.h"
#include "server/ml/kernels/optimizers-inl.h"
#include "server/ml/kernels/perceptron-inl.h"
#include "server/ml/kernels/products-inl.h"
#include "server/ml/kernels/softmax-inl.h"
#include "server/ml/kernels/sparse-inl.h"
#include "server/ml/kernels/tables.h"

static_assert(HWY_TARGET == PERCEPT_HWY_TARGET, "Highway chose another instruction set");

namespace percept::ml {

extern constexpr Kernels PERCEPT_KERNELS = {
    .name = PERCEPT_KERNELS_NAME,
    .forward = Forward,
    .forward_sparse = ForwardSparse,
    .activate = Activate,
    .softmax_cross_entropy = SoftmaxCrossEntropy,
    .score_narrow = ScoreNarrow,
    .classify_narrow = ClassifyNarrow,
    .train_narrow = TrainNarrow,
    .score_perceptrons = ScorePerceptrons,
    .backward = Backward,
    .update = Update,
    .update_sparse = UpdateSparse,
    .multiply = Multiply,
    .apply = Apply,
};

}  // namespace percept::ml
