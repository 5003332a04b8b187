#include "client/cli/train_options.h"

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"

#include "client/cli/command.h"
#include "client/cli/parse.h"
#include "client/lib/names.h"

namespace percept::cli {
namespace {

absl::StatusOr<OptimizerChoice> ParseOptimizer(const std::string& word) {
  if (word == "sgd") return OptimizerChoice::kSgd;
  if (word == "momentum") return OptimizerChoice::kMomentum;
  if (word == "adam") return OptimizerChoice::kAdam;
  return absl::InvalidArgumentError(
      absl::StrCat("must be one of sgd, momentum, adam, got '", word, "'"));
}

absl::StatusOr<v1::TrainOn> ParseTrainOn(const std::string& word) {
  if (word == "train") return v1::TRAIN_ON_TRAIN;
  if (word == "train+validation") return v1::TRAIN_ON_TRAIN_AND_VALIDATION;
  return absl::InvalidArgumentError(
      absl::StrCat("must be one of train, train+validation, got '", word, "'"));
}

absl::Status FillOptimizer(const FitOptions& options, v1::TrainingSpec* training) {
  if (options.momentum.has_value() && options.optimizer != OptimizerChoice::kMomentum) {
    return absl::InvalidArgumentError("--momentum: goes only with --optimizer momentum");
  }
  if (!options.optimizer.has_value()) return absl::OkStatus();
  switch (*options.optimizer) {
    case OptimizerChoice::kSgd:
      training->mutable_sgd();
      break;
    case OptimizerChoice::kMomentum:
      training->mutable_momentum();
      if (options.momentum) training->mutable_momentum()->set_momentum(*options.momentum);
      break;
    case OptimizerChoice::kAdam:
      training->mutable_adam();
      break;
  }
  return absl::OkStatus();
}

google::protobuf::Duration ToProto(absl::Duration duration) {
  google::protobuf::Duration proto;
  absl::Duration rest;
  proto.set_seconds(absl::IDivDuration(duration, absl::Seconds(1), &rest));
  proto.set_nanos(static_cast<int32_t>(absl::ToInt64Nanoseconds(rest)));
  return proto;
}

}  // namespace

void AddFitOptions(CLI::App* command, FitOptions* options) {
  const auto group = [](CLI::Option* option) { option->group("Training"); };
  group(AddParsed(command, "--optimizer", &options->optimizer, "sgd|momentum|adam",
                  "Update rule. Default sgd.", ParseOptimizer));
  group(AddNumber(command, "--learning-rate", &options->learning_rate,
                  "Initial learning rate. Default 0.1."));
  group(AddNumber(command, "--momentum", &options->momentum,
                  "Share of the velocity that is kept, for --optimizer momentum. Default 0.9."));
  group(AddNumber(command, "--weight-decay", &options->weight_decay, "L2 penalty. Default 0."));
  group(AddParsed(command, "--schedule", &options->schedule,
                  "constant|step:GAMMA,SIGMA|inverse:GAMMA,RHO",
                  "Learning rate over the updates t: eta * GAMMA^floor(t / SIGMA), or "
                  "eta / (1 + GAMMA * t)^RHO. Default constant.",
                  ParseSchedule));
  group(AddNumber(command, "--early-stopping", &options->early_stopping,
                  "Ends after so many epochs without a lower validation loss."));
  group(AddNumber(command, "--epochs", &options->epochs, "Passes over the data. Default 5."));
  group(AddNumber(command, "--batch-size", &options->batch_size,
                  "Examples per update. Default 100."));
  group(AddNumber(command, "--report-frequency", &options->report_frequency,
                  "Instances between snapshots; 0, the default, takes one whenever accuracy rose "
                  "by 0.01 or a fifth of the data has passed."));
  group(AddParsed(command, "--evaluate-every", &options->evaluate_every, "N|auto",
                  "Minibatches between evaluations, where --report-frequency is 0. Default auto.",
                  ParseNumberOrAuto));
  group(command->add_flag("--no-evaluate", options->no_evaluate, "Does not measure validation."));
  group(command->add_flag("--no-shuffle", options->no_shuffle,
                          "Keeps the order of the examples in every epoch."));
}

void AddJobOptions(CLI::App* command, JobOptions* options) {
  AddParsed(command, "--dataset", &options->dataset, "D",
            "Data set to train on: ID or datasets/ID.", client::DatasetName)
      ->required();
  AddNumber(command, "--seed", &options->seed,
            "Seed of the first weights and of the shuffling. Default 0.");
  AddParsed(command, "--init-from", &options->init_from, "JOB[:SNAPSHOT]",
            "Starts with the parameters of another job's last or given snapshot.",
            client::JobOrSnapshotName);
  AddParsed(command, "--train-on", &options->train_on, "train|train+validation",
            "Examples to train on. Default train.", ParseTrainOn);
  AddText(command, "--label", &options->label, "TEXT", "Free text to find the job by.");
  AddNumber(command, "--priority", &options->priority,
            "Higher runs earlier among your jobs. Default 0.");
  AddParsed(command, "--time-limit", &options->time_limit, "D",
            "Time on a worker after which the job fails, such as 90s or 1h30m.", ParseDuration);
  AddText(command, "--request-id", &options->request_id, "U",
          "Makes a repetition safe: the same id gives the same job. Default a random one.");
  AddEnum(
      command, "--visibility", &options->visibility,
      "Who may see the job besides yourself and instructors: private is nobody, class everybody "
      "with a token, public guests, too. Default class.");
  command->add_flag("--detach", options->detach,
                    "Prints the job's name and returns, without following it.");
}

absl::Status FillTraining(const FitOptions& options, v1::TrainingSpec* training) {
  if (options.schedule) *training = *options.schedule;
  if (options.learning_rate) training->set_learning_rate(*options.learning_rate);
  if (options.epochs) training->set_epochs(*options.epochs);
  if (options.batch_size) training->set_batch_size(*options.batch_size);
  if (options.report_frequency) training->set_report_frequency(*options.report_frequency);
  if (options.evaluate_every) training->set_evaluate_every(*options.evaluate_every);
  if (options.weight_decay) training->set_weight_decay(*options.weight_decay);
  if (options.early_stopping) {
    training->mutable_early_stopping()->set_patience(*options.early_stopping);
  }
  training->set_no_evaluate(options.no_evaluate);
  training->set_no_shuffle(options.no_shuffle);
  return FillOptimizer(options, training);
}

void FillJob(const JobOptions& options, v1::JobSpec* spec) {
  spec->set_dataset(options.dataset);
  if (options.seed) spec->set_seed(*options.seed);
  if (options.init_from) spec->set_init_from(*options.init_from);
  if (options.train_on) spec->set_train_on(*options.train_on);
  if (options.label) spec->set_label(*options.label);
  if (options.priority) spec->set_priority(*options.priority);
  if (options.time_limit) *spec->mutable_time_limit() = ToProto(*options.time_limit);
}

}  // namespace percept::cli
