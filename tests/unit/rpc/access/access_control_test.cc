#include "server/rpc/access/access_control.h"

#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/synchronization/notification.h"
#include "gmock/gmock.h"

#include "server/base/status.h"
#include "tests/support/fake_clock.h"
#include "tests/support/status_matchers.h"
#include "tests/support/temp_dir.h"

namespace percept::rpc {
namespace {

using percept::testing::FakeClock;
using percept::testing::StatusIs;
using percept::testing::TempDir;
using ::testing::HasSubstr;

// A call that remembers how it was ended.
class FakeCall final : public SessionCall {
 public:
  void EndWith(const absl::Status& status) override {
    status_ = status;
    ended_.Notify();
  }

  absl::Status WaitForEnd() {
    ended_.WaitForNotification();
    return status_;
  }
  bool has_ended() const { return ended_.HasBeenNotified(); }

 private:
  absl::Status status_;
  absl::Notification ended_;
};

class AccessControlTest : public ::testing::Test {
 protected:
  std::string Add(const std::string& name, Role role,
                  absl::Time expire_time = absl::InfiniteFuture()) {
    User user{.name = name, .role = role, .expire_time = expire_time};
    user.create_time = clock_.Now();
    const std::string token = GiveToken(user);
    EXPECT_OK(ChangeUserFile(path_, [&](std::vector<User>& users) {
      users.push_back(user);
      return absl::OkStatus();
    }));
    return token;
  }

  void Remove(const std::string& name) {
    EXPECT_OK(ChangeUserFile(path_, [&](std::vector<User>& users) {
      std::erase_if(users, [&](const User& user) { return user.name == name; });
      return absl::OkStatus();
    }));
  }

  std::unique_ptr<AccessControl> MustOpen() {
    auto opened = AccessControl::Open({.user_file = path_}, &clock_);
    EXPECT_OK(opened);
    return *std::move(opened);
  }

  static std::string Bearer(const std::string& token) { return absl::StrCat("Bearer ", token); }

  const TempDir folder_;
  const std::string path_ = folder_.File("users");
  FakeClock clock_;
};

TEST_F(AccessControlTest, WithoutAFileTakesEverybodyForWhoTheySayTheyAre) {
  ASSERT_OK_AND_ASSIGN(const auto open, AccessControl::Open({}, &clock_));
  EXPECT_FALSE(open->tokens_required());
  EXPECT_EQ((*open->Authenticate(std::nullopt, "ann"))->name(), "ann");
  EXPECT_EQ((*open->Authenticate(std::nullopt, "ann"))->role(), Role::kAdmin);
  for (const char* name : {"", "a b", "<b>"}) {
    EXPECT_EQ((*open->Authenticate(std::nullopt, name))->name(), "anonymous");
  }
  EXPECT_THAT(open->OpenClassLink(absl::InfiniteFuture()),
              StatusIs(absl::StatusCode::kFailedPrecondition, HasSubstr("--auth-file")));
}

TEST_F(AccessControlTest, KnowsAUserByTheTokenAlone) {
  const std::string token = Add("ann", Role::kStudent);
  const auto access = MustOpen();
  const auto session = access->Authenticate(Bearer(token), "ben");
  ASSERT_OK(session);
  EXPECT_EQ((*session)->name(), "ann");
  EXPECT_EQ((*session)->role(), Role::kStudent);
  EXPECT_EQ(*access->Authenticate(Bearer(token), std::nullopt), *session);
}

TEST_F(AccessControlTest, TurnsAwayWhatIsNoTokenOfItsUsers) {
  const std::string token = Add("ann", Role::kStudent);
  const auto access = MustOpen();
  EXPECT_THAT(access->Authenticate(std::nullopt, "ann"),
              StatusIs(absl::StatusCode::kUnauthenticated, HasSubstr("percept login")));
  EXPECT_THAT(access->Authenticate(token, std::nullopt),
              StatusIs(absl::StatusCode::kUnauthenticated, HasSubstr("must be Bearer")));
  std::string forged = token;
  forged.back() = forged.back() == 'A' ? 'B' : 'A';
  for (const std::string& wrong :
       {std::string(), std::string("x"), forged, token.substr(0, token.size() - 1), token + "A",
        token + "\n", std::string(100'000, 'A')}) {
    EXPECT_THAT(access->Authenticate(Bearer(wrong), std::nullopt),
                StatusIs(absl::StatusCode::kUnauthenticated, HasSubstr("none of this server's")));
  }
}

TEST_F(AccessControlTest, SeesUsersComeAndGoAndEndsTheirCalls) {
  const std::string ann = Add("ann", Role::kStudent);
  const auto access = MustOpen();
  const auto session = *access->Authenticate(Bearer(ann), std::nullopt);
  FakeCall call;
  ASSERT_OK(session->Add(&call, clock_.Now()));

  const std::string ben = Add("ben", Role::kViewer);
  access->Refresh();
  EXPECT_OK(access->Authenticate(Bearer(ben), std::nullopt));
  EXPECT_EQ(*access->Authenticate(Bearer(ann), std::nullopt), session);
  EXPECT_FALSE(call.has_ended());

  Remove("ann");
  EXPECT_THAT(call.WaitForEnd(),  // The watcher's doing.
              StatusIs(absl::StatusCode::kUnauthenticated, HasSubstr("taken back")));
  EXPECT_THAT(access->Authenticate(Bearer(ann), std::nullopt),
              StatusIs(absl::StatusCode::kUnauthenticated));
  FakeCall late;
  EXPECT_THAT(session->Add(&late, clock_.Now()), StatusIs(absl::StatusCode::kUnauthenticated));
}

TEST_F(AccessControlTest, AChangedRoleEndsCallsTooSinceTheyWereLetInUnderAnother) {
  const std::string token = Add("ann", Role::kInstructor);
  const auto access = MustOpen();
  const auto session = *access->Authenticate(Bearer(token), std::nullopt);
  FakeCall call;
  ASSERT_OK(session->Add(&call, clock_.Now()));
  ASSERT_OK(ChangeUserFile(path_, [](std::vector<User>& users) {
    users.front().role = Role::kViewer;
    return absl::OkStatus();
  }));
  call.WaitForEnd().IgnoreError();
  EXPECT_EQ((*access->Authenticate(Bearer(token), std::nullopt))->role(), Role::kViewer);
}

TEST_F(AccessControlTest, ATokenExpiresInTheMiddleOfACall) {
  const std::string token = Add("ann", Role::kStudent, clock_.Now() + absl::Hours(1));
  const auto access = MustOpen();
  const auto session = *access->Authenticate(Bearer(token), std::nullopt);
  FakeCall call;
  ASSERT_OK(session->Add(&call, clock_.Now()));
  clock_.Advance(absl::Hours(1));
  EXPECT_THAT(call.WaitForEnd(),
              StatusIs(absl::StatusCode::kUnauthenticated, HasSubstr("expired")));
}

TEST_F(AccessControlTest, AFileThatBreaksLeavesTheUsersAsTheyWere) {
  const std::string token = Add("ann", Role::kStudent);
  const auto access = MustOpen();
  {
    std::FILE* file = std::fopen(path_.c_str(), "w");
    ASSERT_NE(file, nullptr);
    std::fputs("nonsense\n", file);
    std::fclose(file);
  }
  access->Refresh();
  EXPECT_OK(access->Authenticate(Bearer(token), std::nullopt));
}

TEST_F(AccessControlTest, LetsGuestsInByTheNewestLinkAlone) {
  Add("ann", Role::kInstructor);
  const auto access = MustOpen();
  ASSERT_OK_AND_ASSIGN(const std::string first,
                       access->OpenClassLink(clock_.Now() + absl::Hours(1)));
  EXPECT_EQ((*access->Authenticate(Bearer(first), std::nullopt))->role(), Role::kGuest);
  ASSERT_OK_AND_ASSIGN(const std::string second,
                       access->OpenClassLink(clock_.Now() + absl::Hours(1)));
  EXPECT_THAT(access->Authenticate(Bearer(first), std::nullopt),
              StatusIs(absl::StatusCode::kUnauthenticated));
  EXPECT_OK(access->Authenticate(Bearer(second), std::nullopt));
  ASSERT_OK(access->CloseClassLink());
  EXPECT_THAT(access->Authenticate(Bearer(second), std::nullopt),
              StatusIs(absl::StatusCode::kUnauthenticated));
  ASSERT_OK(access->CloseClassLink());
}

TEST(Session, ReadsAndChangesWhatItsRoleAllows) {
  const auto session = [](Role role) { return Session("ann", role, absl::InfiniteFuture()); };
  EXPECT_EQ(session(Role::kGuest).reader(), (Reader{"", Visibility::kPublic}));
  EXPECT_EQ(session(Role::kViewer).reader(), (Reader{"ann", Visibility::kClass}));
  EXPECT_EQ(session(Role::kStudent).reader(), (Reader{"ann", Visibility::kClass}));
  EXPECT_FALSE(session(Role::kInstructor).reader().has_value());
  EXPECT_FALSE(session(Role::kViewer).MayChange("ann"));
  EXPECT_TRUE(session(Role::kStudent).MayChange("ann"));
  EXPECT_FALSE(session(Role::kStudent).MayChange("ben"));
  EXPECT_TRUE(session(Role::kInstructor).MayChange("ben"));
}

}  // namespace
}  // namespace percept::rpc
