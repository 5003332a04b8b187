#include "client/cli/cli.h"

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"

#include "client/cli/commands.h"
#include "client/cli/exit_code.h"
#include "client/cli/help.h"
#include "client/cli/session.h"
#include "client/lib/grpc_log.h"

namespace percept::cli {
namespace {

constexpr char kFooter[] =
    R"(Settings: a flag such as --server goes before PERCEPT_SERVER, PERCEPT_TOKEN, PERCEPT_TLS_CA,
PERCEPT_TLS_CERT and PERCEPT_TLS_KEY, these before lines such as `server = HOST:PORT` and
`tls-ca = FILE` of ~/.config/percept/config, these before the default.

Data goes to stdout, all else to stderr. With --json a single result is one object, lists and
streams are one object per line; fields are named as in the proto, times are RFC 3339, durations
are seconds, states are like "RUNNING", bytes are base64, what is unset is null.

Exit codes: 0 ok, 1 local failure, 2 usage, 3 refused by the server, 4 the job failed, 5 the job was
cancelled, 6 server out of reach, 7 not allowed, 130 interrupted (a job goes on).

Example:
  percept dataset create my-xor --generator xor
  percept train mlp --dataset my-xor --hidden 3 --batch-size 5)";

void PrintError(absl::string_view message) {
  const std::string line = absl::StrReplaceAll(message, {{"\r", ""}, {"\n", "; "}});
  std::fprintf(stderr, "percept: %s\n", line.c_str());
}

void AddSharedFlags(CLI::App* app, SharedFlags* flags) {
  AddText(app, "--server", &flags->settings.server, "HOST:PORT",
          absl::StrCat("Where perceptd listens; https://HOST:PORT for TLS. Default ",
                       kDefaultServer, "."));
  AddText(app, "--token", &flags->settings.token, "T", "Token to be let in with.");
  AddText(app, "--tls-ca", &flags->settings.tls_ca, "FILE",
          "Speaks TLS and trusts servers whose certificate these have signed, in PEM.");
  AddText(app, "--tls-cert", &flags->settings.tls_cert, "FILE",
          "Speaks TLS and shows this certificate, in PEM.");
  AddText(app, "--tls-key", &flags->settings.tls_key, "FILE", "Key of --tls-cert, in PEM.");
  app->add_flag("--json", flags->json, "Prints JSON.");
  app->add_flag("-q,--quiet", flags->quiet, "Shows no progress and no notes.");
}

// The flags that say where the server is, as they were given.
std::string ServerFlags(const SettingsFlags& flags) {
  std::string text;
  const auto add = [&text](absl::string_view flag, const std::optional<std::string>& value) {
    if (value.has_value()) absl::StrAppend(&text, flag, " ", *value, " ");
  };
  add("--server", flags.server);
  add("--tls-ca", flags.tls_ca);
  add("--tls-cert", flags.tls_cert);
  add("--tls-key", flags.tls_key);
  return text;
}

void AddDatasetCommands(CLI::App* app, Action* chosen) {
  CLI::App& dataset = *AddGroup(*app, "dataset", "Makes, uploads, shows and exports data sets.",
                                "percept dataset create my-xor --generator xor");
  AddDatasetCreate(dataset, chosen);
  AddDatasetUpload(dataset, chosen);
  AddDatasetList(dataset, chosen);
  AddDatasetGet(dataset, chosen);
  AddDatasetExamples(dataset, chosen);
  AddDatasetExport(dataset, chosen);
  AddDatasetShare(dataset, chosen);
  AddDatasetDelete(dataset, chosen);
}

void AddTrainCommands(CLI::App* app, Action* chosen) {
  CLI::App& train = *AddGroup(*app, "train", "Trains a model and follows it to its end.",
                              "percept train mlp --dataset mnist");
  AddTrainPerceptron(train, chosen);
  AddTrainMultiperceptron(train, chosen);
  AddTrainMlp(train, chosen);
}

void AddJobCommands(CLI::App* app, Action* chosen) {
  CLI::App& job =
      *AddGroup(*app, "job", "Shows, follows and steers jobs.", "percept job list --state running");
  AddJobList(job, chosen);
  AddJobGet(job, chosen);
  AddJobWatch(job, chosen);
  AddJobSnapshots(job, chosen);
  AddJobEpochs(job, chosen);
  AddJobPause(job, chosen);
  AddJobResume(job, chosen);
  AddJobCancel(job, chosen);
  AddJobShare(job, chosen);
  AddJobDelete(job, chosen);
}

void AddModelCommands(CLI::App* app, Action* chosen) {
  CLI::App& model = *AddGroup(*app, "model", "Applies, measures and exports what was trained.",
                              "percept model export 7f3k9m2p0q -o model.onnx");
  AddModelPredict(model, chosen);
  AddModelEvaluate(model, chosen);
  AddModelExport(model, chosen);
}

void AddInspectCommands(CLI::App* app, Action* chosen) {
  CLI::App& inspect = *AddGroup(*app, "inspect", "Looks into a model at one of its snapshots.",
                                "percept inspect boundary 7f3k9m2p0q -o boundary.png");
  AddInspectBoundary(inspect, chosen);
  AddInspectLatent(inspect, chosen);
  AddInspectWeights(inspect, chosen);
  AddInspectBatch(inspect, chosen);
  AddInspectConfusion(inspect, chosen);
  AddInspectCapacity(inspect, chosen);
  AddInspectDiagram(inspect, chosen);
  AddInspectUncertainty(inspect, chosen);
  AddInspectCurves(inspect, chosen);
  AddInspectExplore(inspect, chosen);
  AddInspectAttack(inspect, chosen);
}

void AddDemoCommands(CLI::App* app, Action* chosen) {
  CLI::App& demo = *AddGroup(*app, "demo", "Shows the ideas behind it all; none needs a job.",
                             "percept demo gradient-descent");
  AddDemoGradientDescent(demo, chosen);
  AddDemoActivations(demo, chosen);
  AddDemoCrossEntropy(demo, chosen);
  AddDemoBackprop(demo, chosen);
  AddDemoSchedule(demo, chosen);
  AddDemoGradientFlow(demo, chosen);
  AddDemoImageStructure(demo, chosen);
  AddDemoManualClassifier(demo, chosen);
}

void AddCommands(CLI::App* app, Action* chosen) {
  AddDatasetCommands(app, chosen);
  AddTrainCommands(app, chosen);
  AddJobCommands(app, chosen);
  AddModelCommands(app, chosen);
  AddInspectCommands(app, chosen);
  AddDemoCommands(app, chosen);
  CLI::App& class_link =
      *AddGroup(*app, "class", "Lets guests watch by a link.", "percept class open --for 4h");
  AddClassOpen(class_link, chosen);
  AddClassClose(class_link, chosen);
  AddLogin(*app, chosen);
  CLI::App& server = *AddGroup(*app, "server", "Asks how the server is.", "percept server info");
  AddServerInfo(server, chosen);
  AddServerHealth(server, chosen);
  AddServerLogLevel(server, chosen);
  AddCompletion(*app, chosen);
}

// The command the parser had come to, for the way to its help.
std::string HelpCommand(const CLI::App& app) {
  const CLI::App* command = &app;
  while (!command->get_subcommands().empty()) command = command->get_subcommands().front();
  return CommandPath(*command) + " --help";
}

// What is wrong with the command line.
std::string ParseMessage(const CLI::App& app, const CLI::ParseError& error) {
  if (!absl::StartsWith(error.what(), "A subcommand is required")) return error.what();
  const std::vector<std::string> unknown = app.remaining(/*recurse=*/true);
  if (unknown.empty()) return "a command is needed";
  const bool is_option = absl::StartsWith(unknown.front(), "-");
  return absl::StrCat("no such ", is_option ? "option" : "command", ": ", unknown.front());
}

// Help and version are for stdout; all else is a mistake on the command line.
int ReportParse(const CLI::App& app, const CLI::ParseError& error) {
  if (error.get_exit_code() == static_cast<int>(CLI::ExitCodes::Success)) return app.exit(error);
  PrintError(absl::StrCat(ParseMessage(app, error), "; see ", HelpCommand(app)));
  return static_cast<int>(ExitCode::kUsage);
}

int ReportFailure(const absl::Status& status) {
  PrintError(status.message());
  return static_cast<int>(ExitCodeFor(status));
}

// A setting that breaks its rule is a mistake on the command line, wherever it was written.
int ReportSettings(const absl::Status& status) {
  PrintError(status.message());
  return static_cast<int>(absl::IsInvalidArgument(status) ? ExitCode::kUsage : ExitCode::kInternal);
}

}  // namespace

std::unique_ptr<CLI::App> BuildCommandLine(SharedFlags* flags, Action* chosen) {
  auto app = std::make_unique<CLI::App>(
      "Trains models on a perceptd server and watches them learn.", "percept");
  app->formatter(std::make_shared<HelpFormatter>());
  app->set_help_flag("-h,--help", "Shows this help.");
  app->set_version_flag("--version", "percept " PERCEPT_VERSION, "Shows the version.");
  app->fallthrough();  // The shared flags may stand before or after the command.
  app->require_subcommand(1);
  AddSharedFlags(app.get(), flags);
  AddCommands(app.get(), chosen);
  app->footer(kFooter);  // After the commands, which would inherit it.
  return app;
}

int Run(int argc, const char* const* argv) {
  SharedFlags flags;
  Action action;
  const std::unique_ptr<CLI::App> app = BuildCommandLine(&flags, &action);
  try {
    app->parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return ReportParse(*app, error);
  }
  const absl::StatusOr<Settings> settings = LoadSettings(flags.settings, ProcessEnvironment);
  if (!settings.ok()) return ReportSettings(settings.status());
  client::IgnoreGrpcLog();
  Session session(
      {*settings, ServerFlags(flags.settings), flags.json, flags.quiet, flags.settings});
  const absl::StatusOr<ExitCode> code = action(session);
  if (!code.ok()) return ReportFailure(code.status());
  if (std::fflush(stdout) != 0 || std::ferror(stdout) != 0) {
    PrintError(absl::StrCat("cannot write to stdout: ", std::strerror(errno)));
    return static_cast<int>(ExitCode::kInternal);
  }
  return static_cast<int>(*code);
}

}  // namespace percept::cli
