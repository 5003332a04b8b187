#ifndef PERCEPT_CLIENT_CLI_RENDER_SPEC_H_
#define PERCEPT_CLIENT_CLI_RENDER_SPEC_H_

#include <string>

#include "client/cli/render_values.h"
#include "percept/v1/job.pb.h"

namespace percept::cli {

// The model in a word or two: "mlp 64,32".
std::string ModelText(const v1::JobSpec& spec);

// All that was asked for, the label apart, and what became of it in the job.
Fields SpecFields(const v1::Job& job);

}  // namespace percept::cli

#endif  // PERCEPT_CLIENT_CLI_RENDER_SPEC_H_
