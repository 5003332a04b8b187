#include "tests/integration/access_fixture.h"

#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"

#include "server/rpc/access/user_file.h"

namespace percept::testing {

AccessTest::AccessTest(app::Options options) {
  tokens_ = {{"vera", AddUser("vera", Role::kViewer)},
             {"stu", AddUser("stu", Role::kStudent)},
             {"ann", AddUser("ann", Role::kStudent)},
             {"ina", AddUser("ina", Role::kInstructor)},
             {"ada", AddUser("ada", Role::kAdmin)}};
  options.auth_file = user_file_;
  server_ = std::make_unique<TestServer>(std::move(options));
}

std::string AccessTest::AddUser(const std::string& name, Role role, absl::Time expire_time) {
  rpc::User user{.name = name, .role = role, .expire_time = expire_time};
  user.create_time = absl::Now();
  const std::string token = rpc::GiveToken(user);
  EXPECT_TRUE(rpc::ChangeUserFile(user_file_, [&](std::vector<rpc::User>& users) {
                users.push_back(user);
                return absl::OkStatus();
              }).ok());
  return token;
}

void AccessTest::RemoveUser(const std::string& name) {
  EXPECT_TRUE(rpc::ChangeUserFile(user_file_, [&](std::vector<rpc::User>& users) {
                std::erase_if(users, [&](const rpc::User& user) { return user.name == name; });
                return absl::OkStatus();
              }).ok());
}

RpcClient& AccessTest::As(const std::string& name) {
  std::unique_ptr<RpcClient>& client = clients_[name];
  if (client == nullptr) client = WithToken(TokenOf(name));
  return *client;
}

std::unique_ptr<RpcClient> AccessTest::WithToken(const std::string& token) {
  std::vector<std::pair<std::string, std::string>> metadata;
  if (!token.empty()) metadata.emplace_back("authorization", absl::StrCat("Bearer ", token));
  return std::make_unique<RpcClient>(server_->address(), metadata);
}

v1::Dataset AccessTest::MustCreateDataset(const std::string& user, const std::string& id,
                                          v1::Visibility visibility) {
  v1::CreateDatasetRequest request = GeneratedDataset(id, v1::GENERATOR_THREE_CLASS);
  request.mutable_dataset()->set_visibility(visibility);
  v1::Dataset dataset;
  const grpc::Status created = As(user).CreateDataset(request, &dataset);
  EXPECT_TRUE(created.ok()) << created.error_message();
  return dataset;
}

v1::Job AccessTest::MustCreateJob(const std::string& user, const v1::JobSpec& spec,
                                  v1::Visibility visibility) {
  v1::CreateJobRequest request;
  *request.mutable_spec() = spec;
  request.set_visibility(visibility);
  v1::Job job;
  const grpc::Status created = As(user).CreateJob(request, &job);
  EXPECT_TRUE(created.ok()) << created.error_message();
  return job;
}

v1::Job AccessTest::MustTrain(const std::string& user, const std::string& dataset,
                              v1::Visibility visibility) {
  const v1::Job job =
      MustCreateJob(user, MlpSpec(dataset, {3}, /*epochs=*/1, /*batch_size=*/50), visibility);
  EXPECT_EQ(As(user).Watch(job.name()).Ended()->state(), v1::JOB_STATE_SUCCEEDED);
  v1::Job ended;
  EXPECT_TRUE(As(user).GetJob(job.name(), &ended).ok());
  return ended;
}

}  // namespace percept::testing
