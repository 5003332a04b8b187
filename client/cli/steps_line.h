#ifndef PERCEPT_CLIENT_CLI_STEPS_LINE_H_
#define PERCEPT_CLIENT_CLI_STEPS_LINE_H_

#include <cstdint>
#include <string>

namespace percept::cli {

// How far a search has come that ends after `most_steps` at the latest.
struct StepsView {
  std::string what;  // "exploring".
  int64_t steps = 0;
  int64_t most_steps = 0;
  std::string note;  // Such as a probability; may be empty.
};

// One line for a terminal of `width` columns, one of which stays free for the cursor: a bar, the
// steps and the note. The bar, in ASCII unless `utf8`, is left out where there is no room.
std::string ProgressLine(const StepsView& view, int width, bool utf8);

// The same as a line of a log.
std::string PlainProgressLine(const StepsView& view);

}  // namespace percept::cli

#endif  // PERCEPT_CLIENT_CLI_STEPS_LINE_H_
