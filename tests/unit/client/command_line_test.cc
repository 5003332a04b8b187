#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "client/cli/cli.h"
#include "client/cli/help.h"
#include "client/cli/train_options.h"

namespace percept::cli {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

// Parses `words`; what went wrong, or nothing.
std::string Parse(std::vector<std::string> words, SharedFlags* flags, Action* chosen) {
  std::vector<const char*> argv = {"percept"};
  for (const std::string& word : words) argv.push_back(word.c_str());
  const auto app = BuildCommandLine(flags, chosen);
  try {
    app->parse(static_cast<int>(argv.size()), argv.data());
  } catch (const CLI::ParseError& error) {
    return error.what();
  }
  return "";
}

std::string Parse(std::vector<std::string> words) {
  SharedFlags flags;
  Action chosen;
  return Parse(std::move(words), &flags, &chosen);
}

TEST(CommandLine, TakesSharedFlagsBeforeAndAfterTheCommand) {
  for (const auto& words :
       std::vector<std::vector<std::string>>{{"--server", "h:1", "--json", "job", "list"},
                                             {"job", "list", "--server", "h:1", "--json"},
                                             {"job", "--server", "h:1", "list", "--json"}}) {
    SharedFlags flags;
    Action chosen;
    EXPECT_EQ(Parse(words, &flags, &chosen), "");
    EXPECT_EQ(flags.settings.server, "h:1");
    EXPECT_TRUE(flags.json);
    EXPECT_TRUE(chosen);
  }
}

TEST(CommandLine, PassesValuesOnUnjudged) {
  EXPECT_EQ(Parse({"train", "mlp", "--dataset", "x", "--hidden", "0,-3", "--learning-rate", "-1",
                   "--epochs", "-5", "--batch-size", "0", "--schedule", "step:-1,0"}),
            "");
}

TEST(CommandLine, NamesTheOptionWhoseTextCannotBeRead) {
  EXPECT_EQ(Parse({"train", "mlp", "--dataset", "x", "--epochs", "few"}),
            "--epochs: must be a whole number, got 'few'");
  EXPECT_EQ(Parse({"train", "mlp", "--dataset", "x", "--activation", "step"}),
            "--activation: must be one of tanh, sigmoid, relu, gelu, got 'step'");
  EXPECT_EQ(Parse({"train", "mlp", "--dataset", "jobs/x"}),
            "--dataset: must be ID or datasets/ID, got 'jobs/x'");
  EXPECT_EQ(Parse({"job", "list", "--limit", "0"}), "--limit: must be at least 1, got 0");
}

TEST(CommandLine, RefusesMomentumForAnotherOptimizer) {
  EXPECT_THAT(Parse({"train", "mlp", "--dataset", "x", "--momentum", "0.9"}),
              HasSubstr("--optimizer momentum"));
  EXPECT_EQ(
      Parse({"train", "mlp", "--dataset", "x", "--momentum", "0.9", "--optimizer", "momentum"}),
      "");
}

TEST(CommandLine, TakesEachKindOfDataSet) {
  EXPECT_EQ(Parse({"dataset", "create", "x", "--generator", "xor", "--train", "-1"}), "");
  EXPECT_EQ(
      Parse({"dataset", "create", "x", "--binary", "mnist", "--positive", "1", "--negative", "0"}),
      "");
  EXPECT_EQ(Parse({"dataset", "create", "x", "--from", "y", "--feature", "-x0", "--feature",
                   "min(x0, x1)", "--replace-nonfinite", "-1"}),
            "");
  EXPECT_EQ(Parse({"dataset", "create", "x", "--normalise", "y"}), "");
  EXPECT_EQ(Parse({"dataset", "create", "--from", "y", "--feature", "x0", "x"}), "");
}

TEST(CommandLine, RefusesKindsOfDataSetsThatContradict) {
  EXPECT_EQ(Parse({"dataset", "create", "x"}),
            "one of --generator, --binary, --from, --normalise is required");
  EXPECT_EQ(Parse({"dataset", "create", "x", "--generator", "xor", "--normalise", "y"}),
            "--normalise: does not go with --generator");
  EXPECT_EQ(Parse({"dataset", "create", "x", "--binary", "y", "--positive", "1"}),
            "--negative: is required with --binary");
  EXPECT_EQ(Parse({"dataset", "create", "x", "--from", "y"}), "--feature: is required with --from");
  EXPECT_EQ(Parse({"dataset", "create", "x", "--normalise", "y", "--train", "5"}),
            "--train: goes only with --generator");
  EXPECT_EQ(Parse({"dataset", "create", "x", "--generator", "xor", "--positive", "1"}),
            "--positive: goes only with --binary");
}

TEST(CommandLine, AsksForTheFormatThatANameDoesNotTell) {
  EXPECT_THAT(Parse({"dataset", "upload", "x", "data.txt"}), HasSubstr("--format: cannot be told"));
  EXPECT_EQ(Parse({"dataset", "upload", "x", "data.txt", "--format", "csv"}), "");
  EXPECT_EQ(Parse({"dataset", "upload", "x", "a-ubyte.gz", "b-ubyte.gz", "--seed", "1"}), "");
  EXPECT_THAT(Parse({"dataset", "upload", "x"}), HasSubstr("FILE is required"));
  EXPECT_THAT(Parse({"model", "export", "x", "-o", "m.bin"}),
              HasSubstr("--format: cannot be told"));
  EXPECT_EQ(Parse({"model", "export", "x", "-o", "m.bin", "--format", "onnx"}), "");
  EXPECT_THAT(Parse({"model", "export", "x"}), HasSubstr("--output is required"));
}

TEST(CommandLine, TakesTheSplitsThatACommandIsFor) {
  EXPECT_EQ(Parse({"model", "evaluate", "x", "--split", "train"}),
            "--split: must be one of validation, test, got 'train'");
  EXPECT_THAT(Parse({"model", "evaluate", "x"}), HasSubstr("--split is required"));
  EXPECT_EQ(Parse({"dataset", "examples", "x", "--count", "0"}),
            "--count: must be at least 1, got 0");
  EXPECT_EQ(Parse({"dataset", "examples", "x", "--index", "1", "--start", "2"}),
            "--index: does not go with --start or --count");
}

TEST(CommandLine, AsksForOneSourceOfInputs) {
  EXPECT_EQ(Parse({"model", "predict", "x", "--values", "-1,2;3,-4"}), "");
  EXPECT_EQ(Parse({"model", "predict", "x", "--input", "a.PNG", "--invert"}), "");
  EXPECT_EQ(Parse({"model", "predict", "x"}),
            "one of --values, --input, --index is required, and only one");
  EXPECT_EQ(Parse({"model", "predict", "x", "--values", "1", "--index", "2"}),
            "one of --values, --input, --index is required, and only one");
  EXPECT_EQ(Parse({"model", "predict", "x", "--values", "1", "--split", "train"}),
            "--split: goes only with --index");
  EXPECT_EQ(Parse({"model", "predict", "x", "--input", "a.csv", "--framing", "content"}),
            "--invert, --inversion and --framing go only with a picture");
  EXPECT_EQ(Parse({"inspect", "attack", "x", "--values", "1,2", "--index", "0"}),
            "--values: does not go with --index or --split");
}

TEST(CommandLine, TakesNegativeNumbersAndRanges) {
  EXPECT_EQ(Parse({"demo", "manual-classifier", "x", "--a", "-1", "--b", "-0.5", "--c", "3"}), "");
  EXPECT_EQ(Parse({"demo", "gradient-descent", "--start", "-2,7", "--momentum", "0,0.4"}), "");
  EXPECT_EQ(Parse({"inspect", "boundary", "x", "--x-range", "-3:3"}), "");
  EXPECT_EQ(Parse({"inspect", "boundary", "x", "--x-range", "3"}),
            "--x-range: must be two numbers with a colon between, such as -3:3, got '3'");
  EXPECT_EQ(Parse({"inspect", "uncertainty", "x", "--from", "-1,2", "--to", "0"}),
            "--to: must be two numbers, such as 0,3.5, got '0'");
}

TEST(CommandLine, WritesPicturesAsPng) {
  EXPECT_EQ(Parse({"demo", "schedule", "-o", "x.PNG"}), "");
  EXPECT_EQ(Parse({"demo", "schedule", "-o", "x.jpg"}),
            "-o,--output: must end in .png, since that is what is written, got 'x.jpg'");
}

// Every command of the tree below and including `command`.
void Visit(const CLI::App& command, const std::function<void(const CLI::App&)>& see) {
  see(command);
  for (const CLI::App* sub : command.get_subcommands({})) Visit(*sub, see);
}

TEST(CommandLine, EveryCommandHasHelpWithAnExampleOfItself) {
  SharedFlags flags;
  Action chosen;
  const auto app = BuildCommandLine(&flags, &chosen);
  int commands = 0;
  Visit(*app, [&](const CLI::App& command) {
    ++commands;
    const std::string help = command.help();
    EXPECT_THAT(help, HasSubstr("Example:\n  "));
    EXPECT_THAT(help.substr(help.find("Example:")), HasSubstr(CommandPath(command)));
    EXPECT_THAT(help, HasSubstr("Usage: " + CommandPath(command)));
    EXPECT_FALSE(command.get_description().empty());
  });
  EXPECT_GT(commands, 45);
}

TEST(TrainOptions, LeaveWhatWasNotGivenToTheServer) {
  v1::TrainingSpec training;
  ASSERT_TRUE(FillTraining(FitOptions(), &training).ok());
  EXPECT_FALSE(training.has_learning_rate());
  EXPECT_FALSE(training.has_epochs());
  EXPECT_EQ(training.optimizer_case(), v1::TrainingSpec::OPTIMIZER_NOT_SET);
  EXPECT_EQ(training.ByteSizeLong(), 0u);
}

TEST(TrainOptions, FillTheSpec) {
  FitOptions fit;
  fit.optimizer = OptimizerChoice::kMomentum;
  fit.momentum = 0.5;
  fit.early_stopping = 3;
  v1::TrainingSpec schedule;
  schedule.mutable_step()->set_sigma(10);
  fit.schedule = schedule;
  fit.no_shuffle = true;
  v1::TrainingSpec training;
  ASSERT_TRUE(FillTraining(fit, &training).ok());
  EXPECT_EQ(training.momentum().momentum(), 0.5);
  EXPECT_EQ(training.early_stopping().patience(), 3);
  EXPECT_EQ(training.step().sigma(), 10);
  EXPECT_TRUE(training.no_shuffle());

  JobOptions job;
  job.dataset = "datasets/x";
  job.time_limit = absl::Milliseconds(-1500);
  v1::JobSpec spec;
  FillJob(job, &spec);
  EXPECT_EQ(spec.dataset(), "datasets/x");
  EXPECT_EQ(spec.time_limit().seconds(), -1);
  EXPECT_EQ(spec.time_limit().nanos(), -500'000'000);
}

}  // namespace
}  // namespace percept::cli
