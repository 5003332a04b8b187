#include "client/cli/completion.h"

#include <algorithm>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "client/cli/cli.h"

namespace percept::cli {
namespace {

using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsSupersetOf;

class CompletionTest : public ::testing::Test {
 protected:
  CompletionNode Node(const std::string& path) const {
    for (const CompletionNode& node : CompletionTree(*app_)) {
      if (node.path == path) return node;
    }
    ADD_FAILURE() << "no command " << path;
    return {};
  }

  std::vector<std::string> Values(const std::string& path, const std::string& flag) const {
    for (const auto& choice : Node(path).choices) {
      if (choice.flag == flag) return choice.values;
    }
    ADD_FAILURE() << "no flag " << flag << " with a value";
    return {};
  }

  SharedFlags flags_;
  Action chosen_;
  const std::unique_ptr<CLI::App> app_ = BuildCommandLine(&flags_, &chosen_);
};

TEST_F(CompletionTest, OffersCommandsThenFlags) {
  EXPECT_THAT(Node("percept").words, IsSupersetOf({"dataset", "train", "job", "model", "server",
                                                   "completion", "--server"}));
  EXPECT_THAT(Node("percept job").words,
              IsSupersetOf({"list", "get", "watch", "pause", "resume", "cancel", "delete"}));
  EXPECT_THAT(Node("percept inspect").words,
              IsSupersetOf({"boundary", "latent", "weights", "batch", "confusion", "capacity",
                            "diagram", "uncertainty", "explore", "attack"}));
  EXPECT_THAT(Node("percept demo").words,
              IsSupersetOf({"gradient-descent", "activations", "cross-entropy", "backprop",
                            "schedule", "gradient-flow", "image-structure", "manual-classifier"}));
  EXPECT_THAT(Node("percept inspect attack").words, IsSupersetOf({"--target", "--output"}));
  EXPECT_THAT(Node("percept job watch").words,
              IsSupersetOf({"--start-index", "--latest", "--json", "--help"}));
}

TEST_F(CompletionTest, OffersTheValuesOfEnumerations) {
  EXPECT_THAT(Values("percept dataset create", "--generator"),
              ElementsAre("two-normals", "two-class", "three-class", "xor", "bullseye"));
  EXPECT_THAT(Values("percept train mlp", "--schedule"),
              ElementsAre("constant", "step:", "inverse:"));
  EXPECT_THAT(Values("percept dataset upload", "--format"), ElementsAre("npz", "csv", "idx"));
  EXPECT_THAT(Values("percept model export", "--format"),
              ElementsAre("safetensors", "npz", "onnx"));
  EXPECT_THAT(Values("percept model evaluate", "--split"), ElementsAre("validation", "test"));
  EXPECT_THAT(Values("percept model evaluate", "--snapshot"), ElementsAre("last", "best"));
  EXPECT_THAT(Values("percept train mlp", "--evaluate-every"), ElementsAre("auto"));
  EXPECT_THAT(Values("percept demo schedule", "--schedule"),
              ElementsAre("constant", "step:", "inverse:"));
  EXPECT_THAT(Values("percept demo gradient-flow", "--activation"),
              ElementsAre("identity", "step", "tanh", "sigmoid", "relu", "gelu"));
  EXPECT_THAT(Values("percept model predict", "--framing"),
              ElementsAre("crop", "content", "whole"));
}

TEST_F(CompletionTest, OffersNothingForFreeText) {
  EXPECT_THAT(Values("percept train mlp", "--label"), ElementsAre());
  EXPECT_THAT(Values("percept train mlp", "--server"), ElementsAre());
}

TEST_F(CompletionTest, ScriptsNameEveryCommand) {
  for (const std::string& script : {BashCompletion(*app_), ZshCompletion(*app_)}) {
    for (const CompletionNode& node : CompletionTree(*app_)) {
      EXPECT_THAT(script, HasSubstr("'" + node.path + "'"));
    }
  }
}

}  // namespace
}  // namespace percept::cli
