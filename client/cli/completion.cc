#include "client/cli/completion.h"

#include <cctype>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"

#include "client/cli/commands.h"
#include "client/cli/help.h"

namespace percept::cli {
namespace {

// The values in an option's type, such as "tanh|relu" or "constant|step:GAMMA,SIGMA": all in lower
// case up to a colon. A type in capitals, such as "N", stands for something that cannot be listed.
std::vector<std::string> Values(const std::string& type) {
  std::vector<std::string> values;
  if (!absl::StrContains(type, '|')) return values;
  for (const absl::string_view choice : absl::StrSplit(type, '|')) {
    const size_t colon = choice.find(':');
    const absl::string_view value =
        colon == absl::string_view::npos ? choice : choice.substr(0, colon + 1);
    if (!value.empty() && std::islower(static_cast<unsigned char>(value.front())) != 0) {
      values.emplace_back(value);
    }
  }
  return values;
}

void AddFlags(const CLI::App& command, CompletionNode* node) {
  for (const CLI::Option* option : command.get_options()) {
    if (option->get_positional()) continue;
    for (const std::string& name : option->get_lnames()) {
      const std::string flag = "--" + name;
      node->words.push_back(flag);
      if (option->get_type_size() != 0) {
        node->choices.push_back({flag, Values(option->get_type_name())});
      }
    }
  }
}

void AddNodes(const CLI::App& command, const CLI::App& root, std::vector<CompletionNode>* nodes) {
  CompletionNode node;
  node.path = CommandPath(command);
  const std::vector<const CLI::App*> subcommands = command.get_subcommands({});
  for (const CLI::App* sub : subcommands) node.words.push_back(sub->get_name());
  AddFlags(command, &node);
  if (&command != &root) {
    for (const CLI::Option* option : root.get_options()) {
      const std::vector<std::string>& names = option->get_lnames();
      if (names.empty() || names[0] == "help" || names[0] == "version") continue;
      node.words.push_back("--" + names[0]);
      if (option->get_type_size() != 0) node.choices.push_back({"--" + names[0], {}});
    }
  }
  nodes->push_back(std::move(node));
  for (const CLI::App* sub : subcommands) AddNodes(*sub, root, nodes);
}

// The cases of the shells' `case`: which words lead from a command to one below it.
std::string PathCases(const std::vector<CompletionNode>& nodes) {
  std::vector<std::string> patterns;
  for (const CompletionNode& node : nodes) {
    if (absl::StrContains(node.path, ' ')) patterns.push_back(absl::StrCat("'", node.path, "'"));
  }
  return absl::StrJoin(patterns, "|");
}

// One case for each flag with a value, after `indent`; what it offers is written by `offer`.
template <typename Offer>
std::string ValueCases(const std::vector<CompletionNode>& nodes, Offer offer) {
  std::string cases;
  for (const CompletionNode& node : nodes) {
    for (const CompletionNode::Choice& choice : node.choices) {
      absl::StrAppend(&cases, "    '", node.path, " ", choice.flag, "') ", offer(choice.values),
                      " ;;\n");
    }
  }
  return cases;
}

std::string WordCases(const std::vector<CompletionNode>& nodes) {
  std::string cases;
  for (const CompletionNode& node : nodes) {
    absl::StrAppend(&cases, "    '", node.path, "') offered='", absl::StrJoin(node.words, " "),
                    "' ;;\n");
  }
  return cases;
}

std::string Assignment(const std::vector<std::string>& values) {
  return absl::StrCat("offered='", absl::StrJoin(values, " "), "'");
}

}  // namespace

std::vector<CompletionNode> CompletionTree(const CLI::App& root) {
  std::vector<CompletionNode> nodes;
  AddNodes(root, root, &nodes);
  return nodes;
}

std::string BashCompletion(const CLI::App& root) {
  const std::vector<CompletionNode> nodes = CompletionTree(root);
  return absl::StrCat(R"(# Completion of percept for bash, written by `percept completion bash`.
_percept() {
  local command=percept word offered
  local current="${COMP_WORDS[COMP_CWORD]}" previous="${COMP_WORDS[COMP_CWORD-1]}"
  # Bash takes --flag=value for three words.
  if [[ $current == '=' ]]; then
    current=''
  elif [[ $previous == '=' ]]; then
    previous="${COMP_WORDS[COMP_CWORD-2]}"
  fi
  for word in "${COMP_WORDS[@]:1:COMP_CWORD-1}"; do
    case "$command $word" in
      )",
                      PathCases(nodes), R"() command="$command $word" ;;
    esac
  done
  case "$command $previous" in
)",
                      ValueCases(nodes, Assignment), R"(    *)
      case "$command" in
)",
                      WordCases(nodes), R"(      esac ;;
  esac
  COMPREPLY=($(compgen -W "$offered" -- "$current"))
}
complete -o default -F _percept percept
)");
}

std::string ZshCompletion(const CLI::App& root) {
  const std::vector<CompletionNode> nodes = CompletionTree(root);
  return absl::StrCat(R"(#compdef percept
# Completion of percept for zsh, written by `percept completion zsh`.
_percept() {
  local command=percept word offered previous="${words[CURRENT-1]}"
  for word in "${(@)words[2,CURRENT-1]}"; do
    case "$command $word" in
      )",
                      PathCases(nodes), R"() command="$command $word" ;;
    esac
  done
  case "$command $previous" in
)",
                      ValueCases(nodes, Assignment), R"(    *)
      case "$command" in
)",
                      WordCases(nodes), R"(      esac ;;
  esac
  compadd -- ${=offered}
}
if [[ $funcstack[1] == _percept ]]; then
  _percept "$@"
else
  compdef _percept percept
fi
)");
}

void AddCompletion(CLI::App& parent, Action* chosen) {
  CLI::App* group = AddGroup(parent, "completion", "Writes a script that completes commands.",
                             "source <(percept completion bash)");
  const auto add = [&](const std::string& shell, const std::string& example,
                       std::string (*write)(const CLI::App&)) {
    CLI::App* command = AddCommand(
        *group, shell, absl::StrCat("Writes a completion script for ", shell, "."), example);
    command->callback([&parent, chosen, write] {
      *chosen = [&parent, write](Session& session) -> absl::StatusOr<ExitCode> {
        session.Print(write(parent));
        return ExitCode::kOk;
      };
    });
  };
  add("bash", "source <(percept completion bash)", BashCompletion);
  add("zsh", "percept completion zsh > _percept  # in a folder of $fpath", ZshCompletion);
}

}  // namespace percept::cli
