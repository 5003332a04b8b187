#ifndef PERCEPT_CLIENT_CLI_SPARKLINE_H_
#define PERCEPT_CLIENT_CLI_SPARKLINE_H_

#include <string>

#include "absl/types/span.h"

namespace percept::cli {

// Numbers as one line of bars: the lowest for `min` and below, a full one for `max` and above, a
// blank for what is not a number. Of more than `width` numbers each column shows the mean of its
// share of them. In ASCII unless `utf8`.
std::string Sparkline(absl::Span<const double> values, double min, double max, int width,
                      bool utf8);

}  // namespace percept::cli

#endif  // PERCEPT_CLIENT_CLI_SPARKLINE_H_
