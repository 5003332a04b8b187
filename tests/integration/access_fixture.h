#ifndef PERCEPT_TESTS_INTEGRATION_ACCESS_FIXTURE_H_
#define PERCEPT_TESTS_INTEGRATION_ACCESS_FIXTURE_H_

#include <map>
#include <memory>
#include <string>

#include "gmock/gmock.h"

#include "server/base/access.h"
#include "tests/support/rpc_client.h"
#include "tests/support/temp_dir.h"
#include "tests/support/test_server.h"

namespace percept::testing {

// A server that asks for tokens, with the users vera (viewer), stu and ann (students), ina
// (instructor) and ada (admin).
class AccessTest : public ::testing::Test {
 protected:
  explicit AccessTest(app::Options options = {});

  std::string AddUser(const std::string& name, Role role,
                      absl::Time expire_time = absl::InfiniteFuture());
  void RemoveUser(const std::string& name);

  const std::string& TokenOf(const std::string& name) const { return tokens_.at(name); }
  // A client with somebody's token.
  RpcClient& As(const std::string& name);
  // A client with any token, or none.
  std::unique_ptr<RpcClient> WithToken(const std::string& token);

  v1::Dataset MustCreateDataset(const std::string& user, const std::string& id,
                                v1::Visibility visibility = v1::VISIBILITY_UNSPECIFIED);
  v1::Job MustCreateJob(const std::string& user, const v1::JobSpec& spec,
                        v1::Visibility visibility = v1::VISIBILITY_UNSPECIFIED);
  // One that is soon over.
  v1::Job MustTrain(const std::string& user, const std::string& dataset,
                    v1::Visibility visibility = v1::VISIBILITY_UNSPECIFIED);

  const std::string& user_file() const { return user_file_; }

  const TempDir folder_;
  const std::string user_file_ = folder_.File("users");
  std::map<std::string, std::string> tokens_;
  std::map<std::string, std::unique_ptr<RpcClient>> clients_;
  std::unique_ptr<TestServer> server_;
};

}  // namespace percept::testing

#endif  // PERCEPT_TESTS_INTEGRATION_ACCESS_FIXTURE_H_
