#ifndef PERCEPT_CLIENT_CLI_RENDER_EXAMPLES_H_
#define PERCEPT_CLIENT_CLI_RENDER_EXAMPLES_H_

#include <string>
#include <vector>

#include "client/cli/session.h"
#include "percept/v1/dataset_service.pb.h"

namespace percept::cli {

// Prints examples as they come: with --json a line each, `{"index":0,"label":1,"inputs":[...]}`,
// else as one table at the end.
class ExamplesPrinter {
 public:
  // `session` must outlive this object.
  explicit ExamplesPrinter(const Session& session) : session_(session) {}

  void Print(const v1::ReadExamplesResponse& page);
  // Prints what is left; to be called once, at the end.
  void Finish();

 private:
  const Session& session_;
  std::vector<v1::ReadExamplesResponse> pages_;  // For the table.
};

// A line of JSON, without its end, for the i-th example of a page.
std::string RenderExampleJson(const v1::ReadExamplesResponse& page, int i);

// A table with as many inputs as `width` columns have room for, at least one.
std::string RenderExamples(const std::vector<v1::ReadExamplesResponse>& pages, int width);

}  // namespace percept::cli

#endif  // PERCEPT_CLIENT_CLI_RENDER_EXAMPLES_H_
