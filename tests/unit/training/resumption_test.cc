#include "tests/unit/training/resumption.h"

#include <algorithm>
#include <ostream>
#include <string>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

#include "tests/unit/training/example_jobs.h"

// Wherever attempts are cut, a job hands on what it hands on undisturbed, bit for bit.
namespace percept::training {
namespace {

using storage::JobSpec;

constexpr int64_t kSpread = 7;  // Where evaluations take their time.

struct CutVariant {
  const char* name;
  CutJob (*job)();
  int64_t spread = 1;  // Looks between the places where the job is cut.
};
void PrintTo(const CutVariant& variant, std::ostream* out) { *out << variant.name; }

CutJob OnXor(const JobSpec& spec) { return {spec, data::Generate(XorSource()), &TestKernels()}; }

CutJob OnPictures(JobSpec spec, bool sparse) {
  spec.training.epochs = 3;
  return {spec, PictureSet(sparse), &TestKernels()};
}

CutJob OnLargeXor(const JobSpec& spec) {
  return {spec, data::Generate(LargeEvaluationSource()), &TestKernels()};
}

JobSpec WithOptimizer(OptimizerKind optimizer, JobSpec spec = XorSpec()) {
  spec.training.optimizer = optimizer;
  spec.training.learning_rate = 0.01;
  return spec;
}

JobSpec WithWeightDecay(JobSpec spec) {
  spec.training.weight_decay = 0.01;
  return spec;
}

JobSpec WithModel(ModelSpec model, JobSpec spec = XorSpec()) {
  spec.model = std::move(model);
  return spec;
}

JobSpec Adaptive(JobSpec spec, int64_t evaluate_every = 1) {
  spec.training.report_frequency = 0;
  spec.training.evaluate_every = evaluate_every;
  return spec;
}

JobSpec StoppingEarly(JobSpec spec) {
  spec.training.epochs = 60;
  spec.training.learning_rate = 0.5;
  spec.training.patience = 2;
  return spec;
}

JobSpec WithSchedule(ScheduleKind kind) {
  JobSpec spec = WithOptimizer(OptimizerKind::kMomentum);
  spec.training.schedule = kind;
  spec.training.schedule_gamma = 0.5;
  spec.training.schedule_rho = 0.5;
  spec.training.schedule_sigma = 15;
  return spec;
}

const ModelSpec kMultiperceptron{.kind = ModelKind::kMultiperceptron};
const ModelSpec kDeep{.hidden_units = {40, 20, 5}};
const ModelSpec kWide{.hidden_units = {70}};

const CutVariant kVariants[] = {
    {"NarrowMlpBySgd", [] { return OnXor(XorSpec()); }},
    {"NarrowMlpByMomentum", [] { return OnXor(WithOptimizer(OptimizerKind::kMomentum)); }},
    {"NarrowMlpByAdam", [] { return OnXor(WithOptimizer(OptimizerKind::kAdam)); }},
    {"SgdWithWeightDecay", [] { return OnXor(WithWeightDecay(XorSpec())); }},
    {"MomentumWithWeightDecay",
     [] { return OnXor(WithWeightDecay(WithOptimizer(OptimizerKind::kMomentum))); }},
    {"AdamWithWeightDecay",
     [] { return OnXor(WithWeightDecay(WithOptimizer(OptimizerKind::kAdam))); }},
    {"Multiperceptron", [] { return OnXor(WithModel(kMultiperceptron)); }},
    {"MultiperceptronByAdam",
     [] { return OnXor(WithModel(kMultiperceptron, WithOptimizer(OptimizerKind::kAdam))); }},
    {"MultiperceptronOnSparsePictures",
     [] { return OnPictures(WithModel(kMultiperceptron), /*sparse=*/true); }},
    {"WideMlpByAdamOnDensePictures",
     [] {
       return OnPictures(WithModel(kWide, WithOptimizer(OptimizerKind::kAdam)), /*sparse=*/false);
     }},
    {"WideMlpByMomentumOnSparsePictures",
     [] {
       return OnPictures(WithModel(kWide, WithOptimizer(OptimizerKind::kMomentum)),
                         /*sparse=*/true);
     }},
    {"DeepMlpByAdamOnSparsePictures",
     [] {
       return OnPictures(WithModel(kDeep, WithOptimizer(OptimizerKind::kAdam)), /*sparse=*/true);
     }},
    {"DeepMlpOnDensePictures", [] { return OnPictures(WithModel(kDeep), /*sparse=*/false); }},
    {"StepSchedule", [] { return OnXor(WithSchedule(ScheduleKind::kStep)); }},
    {"InverseSchedule", [] { return OnXor(WithSchedule(ScheduleKind::kInverse)); }},
    {"NotShuffled",
     [] {
       JobSpec spec = XorSpec();
       spec.training.shuffle = false;
       return OnXor(spec);
     }},
    {"ShortLastBatch",
     [] {
       JobSpec spec = XorSpec();
       spec.training.batch_size = 30;
       spec.training.epochs = 4;
       return OnXor(spec);
     }},
    {"BatchLargerThanTheData",
     [] {
       JobSpec spec = XorSpec();
       spec.training.batch_size = 1000;
       spec.training.epochs = 8;
       return OnXor(spec);
     }},
    {"Adaptive", [] { return OnXor(Adaptive(XorSpec())); }},
    {"AdaptiveSeldomEvaluated", [] { return OnXor(Adaptive(XorSpec(), 7)); }},
    {"AdaptiveWithoutEvaluation",
     [] {
       JobSpec spec = Adaptive(XorSpec());
       spec.training.evaluate = false;
       return OnXor(spec);
     }},
    {"FixedBetweenBatches",
     [] {
       JobSpec spec = XorSpec();
       spec.training.report_frequency = 37;
       return OnXor(spec);
     }},
    {"FixedBeyondEpochs",
     [] {
       JobSpec spec = XorSpec();
       spec.training.report_frequency = 170;
       spec.training.epochs = 5;
       return OnXor(spec);
     }},
    {"EarlyStopping", [] { return OnXor(StoppingEarly(XorSpec())); }},
    {"EarlyStoppingBetweenReports",
     [] {
       JobSpec spec = StoppingEarly(XorSpec());
       spec.training.report_frequency = 1'000'000;
       return OnXor(spec);
     }},
    {"EvaluatedOnAThread", [] { return OnLargeXor(LargeEvaluationSpec()); }, kSpread},
    {"EvaluatedOnAThreadByAdam",
     [] { return OnLargeXor(WithOptimizer(OptimizerKind::kAdam, LargeEvaluationSpec())); },
     kSpread},
    {"EvaluatedOnAThreadFixed",
     [] {
       JobSpec spec = LargeEvaluationSpec();
       spec.training.report_frequency = 20;
       return OnLargeXor(spec);
     },
     kSpread},
    {"EvaluatedOnAThreadStoppingEarly",
     [] { return OnLargeXor(StoppingEarly(LargeEvaluationSpec())); }, 5 * kSpread},
    {"Perceptron", [] { return OnXor(PerceptronSpec()); }},
    {"PerceptronWhereChangesEnd",
     [] {
       return CutJob{PerceptronSpec(), data::Generate(TwoNormalsSource()), &TestKernels()};
     }},
};

// How often an undisturbed run looks at the clock, about.
int64_t LooksOf(const CutJob& job, const Kept& whole) {
  if (job.spec.model.kind == ModelKind::kPerceptron) return whole.snapshots.back().step + 1;
  return whole.snapshots.back().step;
}

class ResumedAttempts : public ::testing::TestWithParam<CutVariant> {};

TEST_P(ResumedAttempts, GiveTheSameBitsCutOnceThenAtOnceThenABitLater) {
  const CutJob job = GetParam().job();
  const Kept whole = RunWhole(job);
  for (int64_t look = 0; look < LooksOf(job, whole); look += GetParam().spread) {
    ExpectSameWhenCut(job, {look, 0, 3}, whole);
    if (HasFailure()) return;  // The others would fail likewise.
  }
}

TEST_P(ResumedAttempts, GiveTheSameBitsCutAtEveryStep) {
  const CutJob job = GetParam().job();
  const Kept whole = RunWhole(job);
  const int64_t cuts = std::min<int64_t>(LooksOf(job, whole), 150);
  ExpectSameWhenCut(job, std::vector<int64_t>(static_cast<size_t>(cuts), 1), whole);
}

INSTANTIATE_TEST_SUITE_P(Runner, ResumedAttempts, ::testing::ValuesIn(kVariants),
                         [](const auto& tested) { return std::string(tested.param.name); });

TEST(Resumption, GivesTheSameBitsOnEveryInstructionSet) {
  for (const ml::InstructionSet instruction_set :
       {ml::InstructionSet::kX86_64V2, ml::InstructionSet::kX86_64V3,
        ml::InstructionSet::kX86_64V4}) {
    if (!ml::IsSupported(instruction_set)) continue;
    CutJob job = OnPictures(WithModel(kDeep, WithOptimizer(OptimizerKind::kAdam)), true);
    job.kernels = &ml::KernelsFor(instruction_set);
    const Kept whole = RunWhole(job);
    for (const int64_t look : {1, 20, 40}) ExpectSameWhenCut(job, {look, 5}, whole);
  }
}

}  // namespace
}  // namespace percept::training
