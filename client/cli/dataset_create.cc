#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include "absl/time/clock.h"

#include "client/cli/commands.h"
#include "client/cli/render_text.h"
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
};

v1::CreateDatasetRequest Request(const Options& options) {
  v1::CreateDatasetRequest request;
  request.set_dataset_id(std::string(client::ShortName(options.name)));
  v1::GeneratorSource& source = *request.mutable_dataset()->mutable_generator();
  source.set_generator(*options.generator);
  if (options.train) source.set_train_per_class(*options.train);
  if (options.validation) source.set_validation_per_class(*options.validation);
  if (options.test) source.set_test_per_class(*options.test);
  if (options.seed) source.set_seed(*options.seed);
  return request;
}

absl::StatusOr<ExitCode> Run(Session& session, const Options& options) {
  const absl::StatusOr<v1::Dataset> dataset = session.client().CreateDataset(Request(options));
  if (!dataset.ok()) return dataset.status();
  if (session.json()) {
    session.PrintJson(*dataset);
  } else {
    session.Print(RenderDataset(*dataset, absl::Now()));
  }
  return ExitCode::kOk;
}

}  // namespace

void AddDatasetCreate(CLI::App& parent, Action* chosen) {
  const auto options = std::make_shared<Options>();
  CLI::App* command = AddCommand(
      parent, "create", "Makes a data set of points drawn by the server.",
      "percept dataset create my-xor --generator xor --train 400 --validation 200 --seed 7");
  AddDatasetArgument(command, &options->name);
  AddEnum(command, "--generator", &options->generator,
          "Distribution to draw from. All have two inputs; two-normals adds a column of ones.")
      ->required();
  AddNumber(command, "--train", &options->train,
            "Training points of each class. Default 200; xor needs even numbers.");
  AddNumber(command, "--validation", &options->validation,
            "Validation points of each class. Default 100.");
  AddNumber(command, "--test", &options->test, "Test points of each class. Default 0.");
  AddNumber(command, "--seed", &options->seed, "Seed of the draw. Default 0.");
  command->callback([options, chosen] {
    *chosen = [options](Session& session) { return Run(session, *options); };
  });
}

}  // namespace percept::cli
