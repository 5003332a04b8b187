#ifndef PERCEPT_CLIENT_CLI_RENDER_EXAMPLES_H_
#define PERCEPT_CLIENT_CLI_RENDER_EXAMPLES_H_

#include <string>
#include <vector>

#include "client/cli/page.h"
#include "client/cli/session.h"
#include "percept/v1/dataset.pb.h"
#include "percept/v1/dataset_service.pb.h"

namespace percept::cli {

// Prints examples as they come: with --json a line each, `{"index":0,"label":1,"inputs":[...]}`,
// else at the end as pictures or as one table.
class ExamplesPrinter {
 public:
  // `shape` is all zero where the inputs are no picture. `session` must outlive this object.
  ExamplesPrinter(const Session& session, const v1::ImageShape& shape)
      : session_(session), shape_(shape) {}

  void Print(const v1::ReadExamplesResponse& page);
  // Prints what is left; to be called once, at the end.
  void Finish();

 private:
  const Session& session_;
  const v1::ImageShape shape_;
  std::vector<v1::ReadExamplesResponse> pages_;  // For the end.
};

// A line of JSON, without its end, for the i-th example of a page.
std::string RenderExampleJson(const v1::ReadExamplesResponse& page, int i);

// Pictures where the inputs have that shape and the page has room for one; else a table
// with as many inputs as there is room for, at least one.
std::string RenderExamples(const std::vector<v1::ReadExamplesResponse>& pages,
                           const v1::ImageShape& shape, const Page& page);

}  // namespace percept::cli

#endif  // PERCEPT_CLIENT_CLI_RENDER_EXAMPLES_H_
