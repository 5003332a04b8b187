#include "client/cli/settings.h"

#include <cstdio>
#include <filesystem>
#include <fstream>
#include <map>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace percept::cli {
namespace {

using ::testing::HasSubstr;

class SettingsTest : public ::testing::Test {
 protected:
  SettingsTest() { variables_["XDG_CONFIG_HOME"] = folder_.string(); }
  ~SettingsTest() override { std::filesystem::remove_all(folder_); }

  void WriteConfig(const std::string& text) {
    std::filesystem::create_directories(folder_ / "percept");
    std::ofstream(folder_ / "percept" / "config") << text;
  }

  absl::StatusOr<Settings> Load(const SettingsFlags& flags = {}) {
    return LoadSettings(flags, [this](const std::string& name) -> std::optional<std::string> {
      const auto found = variables_.find(name);
      if (found == variables_.end()) return std::nullopt;
      return found->second;
    });
  }

  const std::filesystem::path folder_ =
      std::filesystem::path(::testing::TempDir()) /
      ::testing::UnitTest::GetInstance()->current_test_info()->name();
  std::map<std::string, std::string> variables_;
};

TEST_F(SettingsTest, DefaultsToThisMachine) {
  EXPECT_EQ(Load()->server, "127.0.0.1:7878");
  EXPECT_EQ(Load()->token, "");
}

TEST_F(SettingsTest, FlagGoesBeforeEnvironmentBeforeFileBeforeDefault) {
  WriteConfig("# the lab\nserver = file:1\n\n  token=from-file  \n");
  EXPECT_EQ(Load()->server, "file:1");
  EXPECT_EQ(Load()->token, "from-file");
  variables_["PERCEPT_SERVER"] = "environment:2";
  variables_["PERCEPT_TOKEN"] = "from-environment";
  EXPECT_EQ(Load()->server, "environment:2");
  EXPECT_EQ(Load()->token, "from-environment");
  const SettingsFlags flags = {"flag:3", "from-flag"};
  EXPECT_EQ(Load(flags)->server, "flag:3");
  EXPECT_EQ(Load(flags)->token, "from-flag");
}

TEST_F(SettingsTest, FileIsFoundInTheHomeFolderToo) {
  variables_.erase("XDG_CONFIG_HOME");
  variables_["HOME"] = folder_.string();
  std::filesystem::create_directories(folder_ / ".config" / "percept");
  std::ofstream(folder_ / ".config" / "percept" / "config") << "server = home:4";
  EXPECT_EQ(Load()->server, "home:4");
}

TEST_F(SettingsTest, WrongLineIsNamed) {
  WriteConfig("server = a:1\nsevrer = b:2\n");
  const absl::Status status = Load().status();
  EXPECT_TRUE(absl::IsInvalidArgument(status));
  EXPECT_THAT(status.message(), HasSubstr("percept/config:2: must be"));
  EXPECT_THAT(status.message(), HasSubstr("got 'sevrer = b:2'"));
}

TEST_F(SettingsTest, ServerWithoutPortGetsTheDefaultOne) {
  EXPECT_EQ(Load({"lab", {}})->server, "lab:7878");
  EXPECT_EQ(Load({"[::1]", {}})->server, "[::1]:7878");
  EXPECT_EQ(Load({"[::1]:80", {}})->server, "[::1]:80");
  EXPECT_EQ(Load({"unix:/run/percept.sock", {}})->server, "unix:/run/percept.sock");
}

TEST_F(SettingsTest, ServerThatIsNoAddressIsRefused) {
  for (const char* server : {"", "h:", "h:0", "h:65536", "h:x", ":1", "ftp://h:1", "a b:1",
                             "https://", "https://h:x", "https://h:1/path"}) {
    EXPECT_TRUE(absl::IsInvalidArgument(Load({server, {}}).status())) << server;
  }
}

TEST_F(SettingsTest, SchemeDecidesOnTls) {
  EXPECT_EQ(Load({"https://lab:1", {}})->server, "https://lab:1");
  EXPECT_EQ(Load({"https://lab/", {}})->server, "https://lab:7878");
  EXPECT_EQ(Load({"http://lab:1", {}})->server, "lab:1");
}

TEST_F(SettingsTest, FilesForTlsAreReadAndTurnItOnWhereNoSchemeIsGiven) {
  WriteConfig("server = lab:1\n");
  const std::string path = (folder_ / "ca.pem").string();
  std::ofstream(path) << "-----BEGIN CERTIFICATE-----";
  variables_["PERCEPT_TLS_CA"] = path;
  EXPECT_EQ(Load()->server, "https://lab:1");
  EXPECT_EQ(Load()->tls.ca, "-----BEGIN CERTIFICATE-----");
  EXPECT_EQ(Load({"http://lab:1", {}})->server, "lab:1");
  EXPECT_EQ(Load({"unix:/run/percept.sock", {}})->server, "unix:/run/percept.sock");
  variables_.erase("PERCEPT_TLS_CA");
  WriteConfig("server = lab:1\ntls-cert = " + path + "\ntls-key = " + path + "\n");
  EXPECT_EQ(Load()->server, "https://lab:1");
  EXPECT_EQ(Load()->tls.certificate, Load()->tls.key);
}

TEST_F(SettingsTest, FilesForTlsThatCannotBeUsedAreNamed) {
  SettingsFlags flags;
  flags.tls_cert = "cert.pem";
  EXPECT_THAT(Load(flags).status().message(), HasSubstr("tls-cert and tls-key: must be given"));
  flags = {};
  flags.tls_ca = "/nowhere/ca.pem";
  EXPECT_TRUE(absl::IsDataLoss(Load(flags).status()));
  EXPECT_THAT(Load(flags).status().message(), HasSubstr("tls-ca: /nowhere/ca.pem: cannot be"));
  std::filesystem::create_directories(folder_);
  flags.tls_ca = (folder_ / "ca.pem").string();
  std::ofstream(*flags.tls_ca) << "nonsense";
  EXPECT_THAT(Load(flags).status().message(), HasSubstr("tls-ca: must be a file in PEM"));
}

TEST_F(SettingsTest, TokenThatCannotBeSentIsRefusedWithoutShowingIt) {
  const absl::Status status = Load({{}, "secret\nline"}).status();
  EXPECT_TRUE(absl::IsInvalidArgument(status));
  EXPECT_THAT(std::string(status.message()), ::testing::Not(HasSubstr("secret")));
}

}  // namespace
}  // namespace percept::cli
