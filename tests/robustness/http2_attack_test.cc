// Clients of gRPC's port who do not keep to HTTP/2 or to gRPC, or keep to them with bad intent.
#include <random>
#include <string>

#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"

#include "tests/integration/dataset_files.h"
#include "tests/robustness/attack_fixture.h"
#include "tests/support/http2_bytes.h"

namespace percept::testing {
namespace {

using http2::BigEndian;
using http2::Call;
using http2::CallHeaders;
using http2::Frame;
using http2::FrameOfLength;
using http2::Header;
using http2::Integer;
using http2::Message;
using http2::Opening;
using http2::Type;
using ::testing::HasSubstr;
using ::testing::Not;

constexpr uint32_t kMostFrameBytes = 16 << 10;
// What many small pieces of memory, made on all threads at once, leave behind them.
constexpr int64_t kKeptByAllocator = 192 << 20;

using Http2AttackTest = AttackTest;

std::string CallWith(const std::string& headers, const std::string& body) {
  return absl::StrCat(Opening(), Frame(Type::kHeaders, http2::kEndHeaders, 1, headers),
                      Frame(Type::kData, http2::kEndStream, 1, body));
}

TEST_F(Http2AttackTest, RandomBytesHarmNobody) {
  std::mt19937 random(3);
  ExpectFlat(300, [&] {
    std::string bytes(random() % 3000, '\0');
    for (char& byte : bytes) byte = static_cast<char>(random());
    HttpConnection connection(grpc());
    connection.Send(random() % 2 == 0 ? bytes : absl::StrCat(Opening(), bytes));
  });
}

// A whole call with bytes changed, cut off, doubled.
TEST_F(Http2AttackTest, ChangedBytesHarmNobody) {
  std::mt19937 random(5);
  const std::string whole = absl::StrCat(Opening(), Call());
  ExpectFlat(300, [&] {
    std::string bytes = whole;
    for (size_t changes = 1 + random() % 4; changes > 0; --changes) {
      const size_t place = random() % bytes.size();
      switch (random() % 3) {
        case 0:
          bytes[place] = static_cast<char>(random());
          break;
        case 1:
          bytes.resize(place + 1);
          break;
        default:
          bytes.insert(place, bytes.substr(place));
      }
    }
    HttpConnection connection(grpc());
    connection.Send(bytes);
  });
}

TEST_F(Http2AttackTest, FramesAgainstTheRulesEndTheirConnection) {
  const std::string setting = absl::StrCat(std::string("\0\4", 2), BigEndian(0x80000000));
  const std::string window = BigEndian(0x7fffffff);
  const std::string frames[] = {
      Frame(Type::kSettings, 0, 0, "five!"),
      Frame(Type::kSettings, 0, 1, ""),
      Frame(Type::kSettings, 1, 0, "with a payload"),
      Frame(Type::kSettings, 0, 0, setting),
      FrameOfLength(0xffffff, Type::kSettings, 0, 0, std::string(100'000, '\0')),
      Frame(Type::kPing, 0, 0, "short"),
      Frame(Type::kReset, 0, 1, "abc"),
      Frame(Type::kReset, 0, 0, BigEndian(8)),
      Frame(Type::kData, 0, 0, "on no stream"),
      Frame(Type::kHeaders, http2::kEndHeaders, 2, CallHeaders()),
      Frame(Type::kContinuation, http2::kEndHeaders, 1, CallHeaders()),
      Frame(Type::kPushPromise, http2::kEndHeaders, 1, absl::StrCat(BigEndian(2), CallHeaders())),
      Frame(Type::kGoAway, 0, 0, "bye"),
      absl::StrCat(Frame(Type::kWindowUpdate, 0, 0, window),
                   Frame(Type::kWindowUpdate, 0, 0, window)),
      absl::StrCat(Frame(Type::kHeaders, 0, 1, CallHeaders()),
                   Frame(Type::kPing, 0, 0, "12345678")),
      FrameOfLength(0xffffff, Type::kHeaders, http2::kEndHeaders, 1, CallHeaders()),
      Frame(Type::kHeaders, http2::kEndHeaders, 1, "\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff"),
      Frame(Type::kHeaders, http2::kEndHeaders, 1, Integer(uint64_t{1} << 40, 7, 0x80)),
  };
  ExpectFlat(20, [&] {
    for (const std::string& frame : frames) {
      EXPECT_FALSE(http2::HasSucceeded(SendToGrpc(absl::StrCat(Opening(), frame))));
    }
  });
}

TEST_F(Http2AttackTest, WrongPrefaceIsRefused) {
  for (const std::string bytes :
       {"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n", "PRI * HTTP/1.0\r\n\r\nSM\r\n\r\n",
        "\x16\x03\x01"
        "\x02\x01\x01\x01"}) {
    HttpConnection connection(grpc());
    connection.Send(absl::StrCat(bytes, std::string(100, 'x')));
    EXPECT_TRUE(connection.IsClosedByServer());
  }
}

TEST_F(Http2AttackTest, MessagesOfOtherLengthsThanTheySay) {
  ExpectFlat(100, [&] {
    for (const uint32_t length : {2u, 1000u, 5u << 20, 0x80000000u, 0xffffffffu}) {
      EXPECT_THAT(SendToGrpc(CallWith(CallHeaders(), Message("x", false, length))),
                  Not(HasSubstr("grpc-status\x01"
                                "0")));
    }
    SendToGrpc(CallWith(CallHeaders(), std::string("\0\0\0", 3)));
    SendToGrpc(CallWith(CallHeaders(), Message("", false, 0) + Message("", false, 0)));
  });
}

// 256 MiB in a message of 256 KiB, which gRPC would unpack before it looks at the size.
TEST_F(Http2AttackTest, CompressedMessageIsNeverUnpacked) {
  const std::string bomb = Gzip(std::string(256 << 20, '\0'));
  std::string call = absl::StrCat(Opening(), Frame(Type::kHeaders, http2::kEndHeaders, 1,
                                                   CallHeaders({{"grpc-encoding", "gzip"}})));
  const std::string message = Message(bomb, true, static_cast<uint32_t>(bomb.size()));
  for (size_t at = 0; at < message.size(); at += kMostFrameBytes) {
    const bool last = at + kMostFrameBytes >= message.size();
    absl::StrAppend(&call, Frame(Type::kData, last ? http2::kEndStream : 0, 1,
                                 absl::string_view(message).substr(at, kMostFrameBytes)));
  }
  const int64_t before = ResidentBytes();
  for (int i = 0; i < 3; ++i) {
    HttpConnection connection(grpc());
    connection.Send(call);
    std::string answer;
    for (std::string part = connection.ReadSome(); !part.empty(); part = connection.ReadSome()) {
      answer += part;
      if (answer.find("grpc-status") != std::string::npos) break;
    }
    EXPECT_THAT(answer, HasSubstr("gzip"));
    EXPECT_FALSE(http2::HasSucceeded(answer));
  }
  EXPECT_LT(ResidentBytes() - before, 64 << 20);
}

// The limit is told with the server's settings and counts once they are acknowledged.
TEST_F(Http2AttackTest, HeadersLargerThanAllowedAreRefused) {
  constexpr uint8_t kAcknowledged = 1;
  const std::string large = CallHeaders({{"x", std::string(12'000, 'x')}});
  const std::string call =
      absl::StrCat(Frame(Type::kSettings, kAcknowledged, 0, ""),
                   Frame(Type::kHeaders, http2::kEndHeaders, 1, large),
                   Frame(Type::kData, http2::kEndStream, 1, Message("", false, 0)));
  ExpectFlat(100, [&] {
    HttpConnection connection(grpc());
    connection.Send(Opening());
    EXPECT_NE(connection.ReadSome(), "");
    connection.Send(call);
    std::string answer;
    while (answer.find("grpc-status") == std::string::npos) {
      const std::string part = connection.ReadSome();
      ASSERT_NE(part, "");
      answer += part;
    }
    EXPECT_FALSE(http2::HasSucceeded(answer));
  });
}

// Headers that go on and on. gRPC 1.51 keeps what it has read of them, so each attack is bounded
// here; THREATS.md says what that means.
TEST_F(Http2AttackTest, HeadersWithoutAnEndAreForgottenWithTheirConnection) {
  std::string flood = absl::StrCat(Opening(), Frame(Type::kHeaders, 0, 1, CallHeaders()));
  std::string block;
  for (int i = 0; i < 100; ++i) absl::StrAppend(&block, Header("k", std::string(100, 'v')));
  for (int i = 0; i < 200; ++i) absl::StrAppend(&flood, Frame(Type::kContinuation, 0, 1, block));
  ExpectFlat(
      20, [&] { SendToGrpc(flood); }, kKeptByAllocator);
}

// One remembered header of 3,000 bytes, named by one byte again and again.
TEST_F(Http2AttackTest, HeadersThatReferToALargeOneAreRefused) {
  std::string bomb = absl::StrCat(
      Opening(),
      Frame(Type::kHeaders, 0, 1,
            absl::StrCat(CallHeaders(), http2::IndexedHeader("big", std::string(3000, 'z')))));
  for (int i = 0; i < 50; ++i) {
    absl::StrAppend(&bomb, Frame(Type::kContinuation, 0, 1, std::string(16'000, '\xbe')));
  }
  ExpectFlat(20, [&] { EXPECT_FALSE(http2::HasSucceeded(SendToGrpc(bomb))); });
}

TEST_F(Http2AttackTest, CallsResetAtOnceLeaveNothing) {
  constexpr uint32_t kLastStream = 1001;
  const std::string headers = CallHeaders();
  std::string flood = Opening();
  for (uint32_t stream = 1; stream < kLastStream; stream += 2) {
    absl::StrAppend(&flood, Frame(Type::kHeaders, http2::kEndHeaders, stream, headers),
                    Frame(Type::kReset, 0, stream, BigEndian(8)));
  }
  ExpectFlat(
      40, [&] { EXPECT_TRUE(GrpcAnswersAfter(flood, kLastStream)); }, kKeptByAllocator);
}

TEST_F(Http2AttackTest, FloodsOfSettingsPingsAndWindowsLeaveNothing) {
  std::string settings = Opening();
  std::string pings = Opening();
  std::string windows = Opening();
  for (int i = 0; i < 10'000; ++i) {
    absl::StrAppend(&settings, Frame(Type::kSettings, 0, 0, ""));
    absl::StrAppend(&pings, Frame(Type::kPing, 0, 0, "12345678"));
    absl::StrAppend(&windows, Frame(Type::kWindowUpdate, 0, 0, BigEndian(1)));
  }
  ExpectFlat(
      5,
      [&] {
        EXPECT_TRUE(GrpcAnswersAfter(settings, 1));
        EXPECT_TRUE(GrpcAnswersAfter(windows, 1));
        GrpcAnswersAfter(pings, 1);  // Most often it is sent away before, for so many.
      },
      kKeptByAllocator);
}

}  // namespace
}  // namespace percept::testing
