#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"

#include "client/cli/commands.h"
#include "client/cli/interrupt.h"
#include "client/cli/render_dataset.h"
#include "client/lib/names.h"

namespace percept::cli {
namespace {

struct Options {
  std::string name;

  std::optional<v1::Generator> generator;
  std::optional<int64_t> train;
  std::optional<int64_t> validation;
  std::optional<int64_t> test;
  std::optional<uint64_t> seed;

  std::optional<std::string> binary;
  std::optional<int32_t> positive;
  std::optional<int32_t> negative;

  std::optional<std::string> from;
  std::vector<std::string> features;
  std::optional<double> replace_nonfinite;

  std::optional<std::string> normalise;

  std::optional<v1::Visibility> visibility;
};

// A kind of data set: the flag that chooses it and those that go with it.
struct Kind {
  std::string flag;
  std::vector<std::string> companions;
  std::vector<std::string> required;
};

const std::vector<Kind>& Kinds() {
  static const auto* const kKinds =
      new std::vector<Kind>{{"--generator", {"--train", "--validation", "--test", "--seed"}, {}},
                            {"--binary", {}, {"--positive", "--negative"}},
                            {"--from", {"--replace-nonfinite"}, {"--feature"}},
                            {"--normalise", {}, {}}};
  return *kKinds;
}

// Throws a usage error unless exactly one kind is chosen and only what goes with it is given.
void CheckKind(const CLI::App& command) {
  const Kind* chosen = nullptr;
  for (const Kind& kind : Kinds()) {
    if (command.count(kind.flag) == 0) continue;
    if (chosen != nullptr) {
      throw CLI::ValidationError(kind.flag, absl::StrCat("does not go with ", chosen->flag));
    }
    chosen = &kind;
  }
  if (chosen == nullptr) {
    throw CLI::ValidationError("one of --generator, --binary, --from, --normalise is required");
  }
  for (const std::string& flag : chosen->required) {
    if (command.count(flag) == 0) {
      throw CLI::ValidationError(flag, absl::StrCat("is required with ", chosen->flag));
    }
  }
  for (const Kind& kind : Kinds()) {
    if (&kind == chosen) continue;
    for (const auto* flags : {&kind.companions, &kind.required}) {
      for (const std::string& flag : *flags) {
        if (command.count(flag) > 0) {
          throw CLI::ValidationError(flag, absl::StrCat("goes only with ", kind.flag));
        }
      }
    }
  }
}

v1::CreateDatasetRequest Request(const Options& options) {
  v1::CreateDatasetRequest request;
  request.set_dataset_id(std::string(client::ShortName(options.name)));
  v1::Dataset& dataset = *request.mutable_dataset();
  if (options.visibility) dataset.set_visibility(*options.visibility);
  if (options.generator) {
    v1::GeneratorSource& source = *dataset.mutable_generator();
    source.set_generator(*options.generator);
    if (options.train) source.set_train_per_class(*options.train);
    if (options.validation) source.set_validation_per_class(*options.validation);
    if (options.test) source.set_test_per_class(*options.test);
    if (options.seed) source.set_seed(*options.seed);
  } else if (options.binary) {
    dataset.mutable_binary()->set_dataset(*options.binary);
    dataset.mutable_binary()->set_positive_label(*options.positive);
    dataset.mutable_binary()->set_negative_label(*options.negative);
  } else if (options.from) {
    v1::DerivedSource& source = *dataset.mutable_derived();
    source.set_dataset(*options.from);
    source.mutable_features()->Assign(options.features.begin(), options.features.end());
    if (options.replace_nonfinite) source.set_nonfinite_replacement(*options.replace_nonfinite);
  } else {
    dataset.mutable_normalised()->set_dataset(*options.normalise);
  }
  return request;
}

absl::StatusOr<ExitCode> Run(Session& session, const Options& options) {
  const InterruptGuard guard(&session.cancellation());
  const absl::StatusOr<v1::Dataset> dataset = session.client().CreateDataset(Request(options));
  if (!dataset.ok() && session.cancellation().cancelled()) {
    return absl::CancelledError(
        absl::StrCat("interrupted before the server answered; whether the data set was made, ",
                     session.Command("dataset list"), " shows"));
  }
  if (!dataset.ok()) return dataset.status();
  if (session.json()) {
    session.PrintJson(*dataset);
  } else {
    session.Print(RenderDataset(*dataset, absl::Now()));
  }
  return ExitCode::kOk;
}

void AddGeneratorOptions(CLI::App* command, Options* options) {
  const auto group = [](CLI::Option* option) { option->group("Points drawn by the server"); };
  group(AddEnum(command, "--generator", &options->generator,
                "Distribution to draw from. All have two inputs; two-normals adds a column of "
                "ones."));
  group(AddNumber(command, "--train", &options->train,
                  "Training points of each class. Default 200; xor needs even numbers."));
  group(AddNumber(command, "--validation", &options->validation,
                  "Validation points of each class. Default 100."));
  group(AddNumber(command, "--test", &options->test, "Test points of each class. Default 0."));
  group(AddNumber(command, "--seed", &options->seed, "Seed of the draw. Default 0."));
}

void AddBinaryOptions(CLI::App* command, Options* options) {
  const auto group = [](CLI::Option* option) { option->group("Two classes of another data set"); };
  group(AddParsed(command, "--binary", &options->binary, "D",
                  "Data set to take two classes from, in its order; they become 1 and 0.",
                  client::DatasetName));
  group(AddNumber(command, "--positive", &options->positive, "Label that becomes 1."));
  group(AddNumber(command, "--negative", &options->negative, "Label that becomes 0."));
}

void AddDerivedOptions(CLI::App* command, Options* options) {
  const auto group = [](CLI::Option* option) { option->group("Features of another data set"); };
  group(AddParsed(command, "--from", &options->from, "D", "Data set to compute features from.",
                  client::DatasetName));
  group(command
            ->add_option("--feature", options->features,
                         "A column over the columns x0, x1, ... of D, once for each: numbers, "
                         "+ - * / ^, abs sqrt exp log sin cos tanh min max, pi and e.")
            ->type_name("E")
            ->allow_extra_args(false));
  group(AddNumber(command, "--replace-nonfinite", &options->replace_nonfinite,
                  "Stands in where a feature is infinite or not a number. Without it such a data "
                  "set is refused."));
}

}  // namespace

void AddDatasetCreate(CLI::App& parent, Action* chosen) {
  const auto options = std::make_shared<Options>();
  CLI::App* command = AddCommand(
      parent, "create", "Makes a data set of points drawn by the server, or from another data set.",
      "percept dataset create my-xor --generator xor --train 400 --validation 200 --seed 7\n"
      "percept dataset create ones --binary mnist --positive 1 --negative 0\n"
      "percept dataset create my-features --from my-xor --feature x0 --feature "
      "'x0*x1/abs(x0)'\n"
      "percept dataset create my-scaled --normalise my-xor");
  AddDatasetArgument(command, &options->name);
  AddGeneratorOptions(command, options.get());
  AddBinaryOptions(command, options.get());
  AddDerivedOptions(command, options.get());
  AddParsed(command, "--normalise", &options->normalise, "D",
            "Data set whose columns are shifted and scaled to mean 0 and deviation 1 on its "
            "training split.",
            client::DatasetName)
      ->group("Another data set, normalised");
  AddEnum(command, "--visibility", &options->visibility,
          "Who may see it besides yourself and instructors. Default class.");
  command->callback([command, options, chosen] {
    CheckKind(*command);
    *chosen = [options](Session& session) { return Run(session, *options); };
  });
}

}  // namespace percept::cli
