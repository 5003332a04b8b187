#ifndef PERCEPT_CLIENT_CLI_COMMANDS_H_
#define PERCEPT_CLIENT_CLI_COMMANDS_H_

#include <CLI/CLI.hpp>

#include "client/cli/command.h"

namespace percept::cli {

// Each adds one command below `parent`; when the command line names it, `*chosen` becomes what it
// does. `chosen` must outlive the parsing.

void AddDatasetCreate(CLI::App& parent, Action* chosen);
void AddDatasetList(CLI::App& parent, Action* chosen);
void AddDatasetGet(CLI::App& parent, Action* chosen);
void AddDatasetUpload(CLI::App& parent, Action* chosen);
void AddDatasetExamples(CLI::App& parent, Action* chosen);
void AddDatasetExport(CLI::App& parent, Action* chosen);
void AddDatasetShare(CLI::App& parent, Action* chosen);
void AddDatasetDelete(CLI::App& parent, Action* chosen);

void AddTrainPerceptron(CLI::App& parent, Action* chosen);
void AddTrainMultiperceptron(CLI::App& parent, Action* chosen);
void AddTrainMlp(CLI::App& parent, Action* chosen);

void AddJobList(CLI::App& parent, Action* chosen);
void AddJobGet(CLI::App& parent, Action* chosen);
void AddJobWatch(CLI::App& parent, Action* chosen);
void AddJobSnapshots(CLI::App& parent, Action* chosen);
void AddJobEpochs(CLI::App& parent, Action* chosen);
void AddJobPause(CLI::App& parent, Action* chosen);
void AddJobResume(CLI::App& parent, Action* chosen);
void AddJobCancel(CLI::App& parent, Action* chosen);
void AddJobShare(CLI::App& parent, Action* chosen);
void AddJobDelete(CLI::App& parent, Action* chosen);

void AddModelExport(CLI::App& parent, Action* chosen);
void AddModelEvaluate(CLI::App& parent, Action* chosen);
void AddModelPredict(CLI::App& parent, Action* chosen);

void AddInspectBoundary(CLI::App& parent, Action* chosen);
void AddInspectLatent(CLI::App& parent, Action* chosen);
void AddInspectWeights(CLI::App& parent, Action* chosen);
void AddInspectBatch(CLI::App& parent, Action* chosen);
void AddInspectConfusion(CLI::App& parent, Action* chosen);
void AddInspectCapacity(CLI::App& parent, Action* chosen);
void AddInspectDiagram(CLI::App& parent, Action* chosen);
void AddInspectUncertainty(CLI::App& parent, Action* chosen);
void AddInspectCurves(CLI::App& parent, Action* chosen);
void AddInspectExplore(CLI::App& parent, Action* chosen);
void AddInspectAttack(CLI::App& parent, Action* chosen);

void AddDemoGradientDescent(CLI::App& parent, Action* chosen);
void AddDemoActivations(CLI::App& parent, Action* chosen);
void AddDemoCrossEntropy(CLI::App& parent, Action* chosen);
void AddDemoBackprop(CLI::App& parent, Action* chosen);
void AddDemoSchedule(CLI::App& parent, Action* chosen);
void AddDemoGradientFlow(CLI::App& parent, Action* chosen);
void AddDemoImageStructure(CLI::App& parent, Action* chosen);
void AddDemoManualClassifier(CLI::App& parent, Action* chosen);

void AddClassOpen(CLI::App& parent, Action* chosen);
void AddClassClose(CLI::App& parent, Action* chosen);

void AddLogin(CLI::App& parent, Action* chosen);

void AddServerInfo(CLI::App& parent, Action* chosen);
void AddServerHealth(CLI::App& parent, Action* chosen);
void AddServerLogLevel(CLI::App& parent, Action* chosen);

// Writes scripts made from the tree of commands that `parent` belongs to.
void AddCompletion(CLI::App& parent, Action* chosen);

}  // namespace percept::cli

#endif  // PERCEPT_CLIENT_CLI_COMMANDS_H_
