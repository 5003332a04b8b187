#include "server/data/readers/npz_reader.h"

#include <cmath>
#include <limits>
#include <optional>
#include <sstream>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"

#include "tests/support/status_matchers.h"
#include "tests/unit/data/npz_files.h"

namespace percept::data {
namespace {

using ::percept::testing::BytesOf;
using ::percept::testing::Npy;
using ::percept::testing::NpyFile;
using ::percept::testing::StatusIs;
using ::percept::testing::ZipFile;
using ::percept::testing::ZipFileMember;
using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::StartsWith;

// What NumPy 1.24 wrote, in base64.
// numpy.savez(f, x_train=numpy.arange(12, dtype=numpy.uint8).reshape(2, 2, 3),
// y_train=numpy.array([2, 0]))
constexpr char kSavez[] =
    "UEsDBBQAAAAAAAAAIQDFIoSgjAAAAIwAAAALABQAeF90cmFpbi5ucHkBABAAjAAAAAAAAACMAAAAAAAAAJNOVU1Q"
    "WQEAdgB7J2Rlc2NyJzogJ3x1MScsICdmb3J0cmFuX29yZGVyJzogRmFsc2UsICdzaGFwZSc6ICgyLCAyLCAzKSwg"
    "fSAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAKAAECAwQFBgcI"
    "CQoLUEsDBBQAAAAAAAAAIQCDT/GCkAAAAJAAAAALABQAeV90cmFpbi5ucHkBABAAkAAAAAAAAACQAAAAAAAAAJNO"
    "VU1QWQEAdgB7J2Rlc2NyJzogJzxpOCcsICdmb3J0cmFuX29yZGVyJzogRmFsc2UsICdzaGFwZSc6ICgyLCksIH0g"
    "ICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAKAgAAAAAA"
    "AAAAAAAAAAAAAFBLAQIUAxQAAAAAAAAAIQDFIoSgjAAAAIwAAAALAAAAAAAAAAAAAACAAQAAAAB4X3RyYWluLm5w"
    "eVBLAQIUAxQAAAAAAAAAIQCDT/GCkAAAAJAAAAALAAAAAAAAAAAAAACAAckAAAB5X3RyYWluLm5weVBLBQYAAAAA"
    "AgACAHIAAACWAQAAAAA=";

// numpy.savez_compressed(f, data=numpy.array([[0.5, -1e-3], [3, 4]]),
//     target=numpy.array([[1], [0]], dtype=numpy.uint8))
constexpr char kSavezCompressed[] =
    "UEsDBBQAAAAIAAAAIQDj6CXKWwAAAKAAAAAIABQAZGF0YS5ucHkBABAAoAAAAAAAAABbAAAAAAAAAJvsF+obEMnI"
    "UMZQrZ6SWpxcpG6loG6TZqGuo6Cell9UUpSYF59flJIKEndLzClOBYoXZyQWpAL5GkY6CkaaOgq1CmQDLgYweGD/"
    "Z+XHS75JAfshfA4HCC3gAABQSwMEFAAAAAgAAAAhAFQWrotIAAAAggAAAAoAFAB0YXJnZXQubnB5AQAQAIIAAAAA"
    "AAAASAAAAAAAAACb7BfqGxDJyFDGUK2eklqcXKRupaBeU2qorqOgnpZfVFKUmBefX5SSChJ3S8wpTgWKF2ckFqQC"
    "+RpGOgqGmjoKtQpkAy5GBgBQSwECFAMUAAAACAAAACEA4+glylsAAACgAAAACAAAAAAAAAAAAAAAgAEAAAAAZGF0"
    "YS5ucHlQSwECFAMUAAAACAAAACEAVBaui0gAAACCAAAACgAAAAAAAAAAAAAAgAGVAAAAdGFyZ2V0Lm5weVBLBQYA"
    "AAAAAgACAG4AAAAZAQAAAAA=";

absl::StatusOr<Dataset> Read(const std::string& bytes, const ReadLimits& limits = {}) {
  std::istringstream in(bytes);
  return ReadNpz({"f.npz", in}, limits);
}

void ExpectRefused(const std::string& bytes, const std::string& message) {
  EXPECT_THAT(Read(bytes), StatusIs(absl::StatusCode::kInvalidArgument, "f.npz: " + message));
}

// Two examples of two inputs.
ZipFileMember Inputs() {
  return {"x_train.npy", Npy("<f4", "(2, 2)", BytesOf<float>({0.5f, 1.0f, -2.0f, 3.0f}))};
}
ZipFileMember Labels() { return {"y_train.npy", Npy("<i8", "(2,)", BytesOf<int64_t>({1, 0}))}; }

// An archive for training of which one array is this.
std::string WithInputs(const std::string& npy) { return ZipFile({{"x_train.npy", npy}, Labels()}); }
std::string WithLabels(const std::string& npy) { return ZipFile({Inputs(), {"y_train.npy", npy}}); }

const Split& Train(const Dataset& dataset) { return dataset.split(SplitKind::kTrain); }

TEST(ReadNpz, ReadsWhatNumPySaves) {
  std::string bytes;
  ASSERT_TRUE(absl::Base64Unescape(kSavez, &bytes));
  ASSERT_OK_AND_ASSIGN(const Dataset read, Read(bytes));
  EXPECT_TRUE(read.is_sparse);
  EXPECT_EQ(read.inputs, 6);
  EXPECT_EQ(read.classes, 3);
  EXPECT_EQ(read.image_shape, (ImageShape{2, 3, 1}));
  EXPECT_EQ(Train(read).examples, 2);
  EXPECT_THAT(Train(read).labels, ElementsAre(2, 0));
  EXPECT_THAT(Train(read).sparse.row_start, ElementsAre(0, 5, 11));
  EXPECT_THAT(Train(read).sparse.columns, ElementsAre(1, 2, 3, 4, 5, 0, 1, 2, 3, 4, 5));
  EXPECT_THAT(Train(read).sparse.values, ElementsAre(1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11));
}

TEST(ReadNpz, ReadsWhatNumPySavesCompressed) {
  std::string bytes;
  ASSERT_TRUE(absl::Base64Unescape(kSavezCompressed, &bytes));
  ASSERT_OK_AND_ASSIGN(const Dataset read, Read(bytes));
  EXPECT_FALSE(read.is_sparse);
  EXPECT_FALSE(read.image_shape.has_value());
  EXPECT_EQ(read.classes, 2);
  EXPECT_THAT(Train(read).dense, ElementsAre(0.5f, -1e-3f, 3.0f, 4.0f));
  EXPECT_THAT(Train(read).labels, ElementsAre(1, 0));
}

TEST(ReadNpz, ReadsMembersHoweverTheyAreWritten) {
  for (const bool deflate : {false, true}) {
    for (const bool zip64_header : {false, true}) {
      for (const bool sizes_follow : {false, true}) {
        std::vector<ZipFileMember> members = {Labels(), Inputs()};
        for (ZipFileMember& member : members) {
          member.deflate = deflate;
          member.zip64_header = zip64_header;
          member.sizes_follow = sizes_follow;
        }
        for (const char* const comment : {"", "PK\x05\x06 is no end here"}) {
          ASSERT_OK_AND_ASSIGN(const Dataset read, Read(ZipFile(members, comment)));
          EXPECT_THAT(Train(read).dense, ElementsAre(0.5f, 1.0f, -2.0f, 3.0f));
          EXPECT_THAT(Train(read).labels, ElementsAre(1, 0));
        }
      }
    }
  }
}

TEST(ReadNpz, ReadsAllSplits) {
  const std::string one = Npy("<f4", "(1, 2)", BytesOf<float>({5, 6}));
  const std::string none = Npy("<f4", "(0, 2)", "");
  ASSERT_OK_AND_ASSIGN(const Dataset read,
                       Read(ZipFile({Inputs(),
                                     Labels(),
                                     {"x_validation.npy", one},
                                     {"y_validation.npy", Npy("|u1", "(1,)", std::string(1, '\1'))},
                                     {"x_test.npy", none},
                                     {"y_test.npy", Npy("<i4", "(0,)", "")}})));
  EXPECT_THAT(read.split(SplitKind::kValidation).dense, ElementsAre(5, 6));
  EXPECT_THAT(read.split(SplitKind::kValidation).labels, ElementsAre(1));
  EXPECT_EQ(read.split(SplitKind::kValidation).examples, 1);
  EXPECT_EQ(read.split(SplitKind::kTest).examples, 0);
}

TEST(ReadNpz, TakesLabelsOfAnyIntegerType) {
  for (const auto& [descr, bytes] :
       std::vector<std::pair<std::string, std::string>>{{"|i1", BytesOf<int8_t>({1, 0})},
                                                        {"|u1", BytesOf<uint8_t>({1, 0})},
                                                        {"<u1", BytesOf<uint8_t>({1, 0})},
                                                        {"<i2", BytesOf<int16_t>({1, 0})},
                                                        {"<u2", BytesOf<uint16_t>({1, 0})},
                                                        {"<i4", BytesOf<int32_t>({1, 0})},
                                                        {"<u4", BytesOf<uint32_t>({1, 0})},
                                                        {"<i8", BytesOf<int64_t>({1, 0})},
                                                        {"<u8", BytesOf<uint64_t>({1, 0})}}) {
    for (const char* const shape : {"(2,)", "(2, 1)"}) {
      ASSERT_OK_AND_ASSIGN(const Dataset read, Read(WithLabels(Npy(descr, shape, bytes))));
      EXPECT_THAT(Train(read).labels, ElementsAre(1, 0)) << descr;
    }
  }
}

TEST(ReadNpz, KeepsTheShapeOfPictures) {
  const std::string labels = Npy("|u1", "(1,)", std::string(1, '\0'));
  const auto shape_of = [&](const std::string& shape, int size) {
    const auto read = Read(
        ZipFile({{"x_train.npy", Npy("|u1", shape, std::string(static_cast<size_t>(size), '\3'))},
                 {"y_train.npy", labels}}));
    EXPECT_OK(read);
    return read.ok() ? read->image_shape : ImageShape{9, 9, 9};
  };
  EXPECT_EQ(shape_of("(1, 12)", 12), std::nullopt);
  EXPECT_EQ(shape_of("(1, 3, 4)", 12), (ImageShape{3, 4, 1}));
  EXPECT_EQ(shape_of("(1, 3, 4, 1)", 12), (ImageShape{3, 4, 1}));
  EXPECT_EQ(shape_of("(1, 2, 2, 3)", 12), (ImageShape{2, 2, 3}));
}

TEST(ReadNpz, ReadsTheHeaderHoweverItIsWritten) {
  const std::string bytes = BytesOf<float>({1, 2, 3, 4});
  for (const char* const dictionary :
       {"{'shape':(2,2),'fortran_order':False,'descr':'<f4'}",
        "{\"descr\":\"<f4\",'fortran_order':False,'shape':(2,2,),}",
        "  { 'descr' : '<f4' ,\t'fortran_order' : False , 'shape' : ( 2 , 2 ) , }   \n"}) {
    for (const int version : {1, 2, 3}) {
      ASSERT_OK_AND_ASSIGN(const Dataset read,
                           Read(WithInputs(NpyFile(dictionary, bytes, version))));
      EXPECT_THAT(Train(read).dense, ElementsAre(1, 2, 3, 4)) << dictionary;
    }
  }
}

TEST(ReadNpz, RefusesHeadersThatAreNone) {
  const auto refused = [](const std::string& dictionary, const std::string& message) {
    ExpectRefused(WithInputs(NpyFile(dictionary, "")), "x_train: byte " + message);
  };
  refused("", "0 of its dictionary: must be {, got its end");
  refused("[]", "0 of its dictionary: must be {, got \"[]\"");
  refused("{}", "2 of its dictionary: must have descr, fortran_order and shape");
  refused("{'descr': '<f4'}", "16 of its dictionary: must have descr, fortran_order and shape");
  refused(
      "{'descr': '<f4', 'descr': '<f4'}",
      "17 of its dictionary: must have descr, fortran_order and shape, once each, got \"descr\"");
  refused(
      "{'extra': 1}",
      "1 of its dictionary: must have descr, fortran_order and shape, once each, got \"extra\"");
  refused("{'descr': <f4}", "10 of its dictionary: must be a text in quotes, got \"<f4}\"");
  refused("{'descr': '<f4", "10 of its dictionary: must be a text in quotes without a backslash");
  refused("{'descr': '<\\x66",
          "10 of its dictionary: must be a text in quotes without a backslash");
  refused("{'descr' '<f4'}", "9 of its dictionary: must be :, got \"'<f4'}\"");
  refused("{'descr': '<f4' 'shape': (1,)}",
          "16 of its dictionary: must be }, got \"'shape': (1,)}\"");
  refused("{'fortran_order': 0}", "18 of its dictionary: must be True or False, got \"0}\"");
  refused("{'shape': [2]}", "10 of its dictionary: must be (, got \"[2]}\"");
  refused("{'shape': (2)}", "12 of its dictionary: must be a comma, got \")}\"");
  refused("{'shape': (,)}", "11 of its dictionary: must be a length below 2^63, got \",)}\"");
  refused("{'shape': (-1,)}", "11 of its dictionary: must be a length below 2^63, got \"-1,)}\"");
  refused("{'shape': (9223372036854775808,)}",
          "11 of its dictionary: must be a length below 2^63, got \"9223372036854775808,\"");
  refused("{'shape': (2, 3 4)}", "16 of its dictionary: must be ), got \"4)}\"");
  refused("{'descr': [('a', '<f4')], }",
          "10 of its dictionary: structured types are not supported: store plain arrays");
  refused("{'descr': '<f4', 'fortran_order': False, 'shape': (2, 2)} x",
          "58 of its dictionary: nothing may follow the dictionary");
  std::string dimensions = "{'shape': (";
  for (int dimension = 0; dimension < 33; ++dimension) dimensions += "1,";
  refused(dimensions + ")}", "75 of its dictionary: must be at most 32 lengths");
}

TEST(ReadNpz, RefusesMembersThatAreNoArrays) {
  ExpectRefused(WithInputs(""), "x_train: must be a .npy file, but has not even a header");
  ExpectRefused(WithInputs("not an array"),
                "x_train: must be a .npy file, which begins with \\x93NUMPY");
  ExpectRefused(WithInputs(std::string("\x93NUMPY\x04\x00\x00\x00\x00\x00", 12)),
                "x_train: must have the format version 1, 2 or 3, got 4");
  ExpectRefused(WithInputs(std::string("\x93NUMPY\x01\x00\x01", 9)),
                "x_train: ends within its header");
  ExpectRefused(WithInputs(std::string("\x93NUMPY\x02\x00\xff\xff\xff\xff", 12)),
                "x_train: its header must be at most 0 bytes long, got 4294967295");
  ExpectRefused(WithInputs(NpyFile(std::string(10'001, ' '), "")),
                "x_train: its header must be at most 10000 bytes long, got 10001");
}

TEST(ReadNpz, RefusesOtherTypes) {
  const std::string floats = std::string(16, '\0');
  for (const char* const descr :
       {"<f2", "<i4", "|b1", "<c8", "<U4", "<f16", "", "f4", "<f4<f4", "\xff"}) {
    EXPECT_THAT(
        Read(WithInputs(Npy(descr, "(2, 2)", floats))),
        StatusIs(absl::StatusCode::kInvalidArgument,
                 StartsWith("f.npz: x_train: must be of type uint8, float32 or float64, got \"")));
  }
  ExpectRefused(
      WithInputs(Npy(">f4", "(2, 2)", floats)),
      "x_train: must be little-endian, as \"<f4\" (see numpy.ndarray.astype), got \">f4\"");
  for (const char* const descr : {"<f4", "<f8", "|b1"}) {
    ExpectRefused(WithLabels(Npy(descr, "(2,)", std::string(8, '\0'))),
                  absl::StrCat("y_train: must be of an integer type, such as int64 (see "
                               "numpy.ndarray.astype), got \"",
                               descr, "\""));
  }
}

TEST(ReadNpz, NeverReadsPickledObjects) {
  ExpectRefused(WithInputs(Npy("|O", "(2, 2)", "cos\nsystem\n(S'true'\ntR.")),
                "x_train: objects are pickled, and never read: store numbers");
  ExpectRefused(WithLabels(Npy("|O8", "(2,)", "x")),
                "y_train: objects are pickled, and never read: store numbers");
}

TEST(ReadNpz, RefusesFortranOrderButOfOneDimension) {
  const char* const order = "{'descr': '<f4', 'fortran_order': True, 'shape': (2, 2)}";
  ExpectRefused(WithInputs(NpyFile(order, std::string(16, '\0'))),
                "x_train: must be in C order (see numpy.ascontiguousarray), got Fortran order");
  EXPECT_OK(Read(WithLabels(NpyFile("{'descr': '|u1', 'fortran_order': True, 'shape': (2,)}",
                                    std::string("\x01\x00", 2)))));
}

TEST(ReadNpz, RefusesOtherShapes) {
  const std::string bytes(24, '\0');
  for (const char* const shape :
       {"()", "(24,)", "(2, 3, 2, 2)", "(1, 2, 3, 4)", "(1, 1, 2, 3, 4)"}) {
    ExpectRefused(WithInputs(Npy("|u1", shape, bytes)),
                  absl::StrCat("x_train: must have the shape (N, D), (N, H, W), (N, H, W, 1) or "
                               "(N, H, W, 3), got ",
                               shape));
  }
  for (const char* const shape : {"()", "(1, 2)", "(2, 1, 1)", "(0, 2)"}) {
    ExpectRefused(WithLabels(Npy("|u1", shape, "xx")),
                  absl::StrCat("y_train: must have the shape (N,) or (N, 1), got ", shape));
  }
}

TEST(ReadNpz, RefusesExamplesOfTooManyInputsOrNone) {
  for (const char* const shape : {"(2, 0)", "(2, 65537)", "(2, 256, 257)",
                                  "(2, 9223372036854775807, 2)", "(2, 65536, 65536, 3)"}) {
    ExpectRefused(
        WithInputs(Npy("|u1", shape, "")),
        absl::StrCat("x_train: an example must have 1 to 65536 inputs, got the shape ", shape));
  }
}

TEST(ReadNpz, TrustsNoHeaderWithItsMemory) {
  // 2^40 numbers, and numbers whose bytes overflow 64 bits, announced by a few hundred bytes.
  for (const char* const shape : {"(1099511627776, 1)", "(9223372036854775807, 65536)",
                                  "(2305843009213693952, 2)", "(3, 2)", "(1, 2)", "(0, 2)"}) {
    ExpectRefused(WithInputs(Npy("<f4", shape, std::string(16, '\0'))),
                  absl::StrCat("x_train: its shape ", shape,
                               " of 4-byte numbers must be all of its bytes, got 16 bytes"));
  }
  ExpectRefused(WithLabels(Npy("<i8", "(1152921504606846977,)", std::string(8, '\0'))),
                "y_train: its shape (1152921504606846977,) of 8-byte numbers must be all of its "
                "bytes, got 8 bytes");
}

TEST(ReadNpz, TrustsNoDirectoryWithItsMemory) {
  ZipFileMember stored = Inputs();
  stored.size = 1 << 30;
  EXPECT_THAT(
      Read(ZipFile({stored, Labels()})),
      StatusIs(absl::StatusCode::kInvalidArgument,
               HasSubstr("its member \"x_train.npy\" cannot be of 1073741824 bytes, taking ")));
  ZipFileMember deflated = Inputs();
  deflated.deflate = true;
  deflated.size = 1 << 30;
  EXPECT_THAT(
      Read(ZipFile({deflated, Labels()})),
      StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("cannot be of 1073741824 bytes")));
}

TEST(ReadNpz, RefusesABombByWhatItSaysOfItself) {
  ZipFileMember bomb = {"x_train.npy", Npy("|u1", "(10000, 784)", std::string(7'840'000, '\0'))};
  bomb.deflate = true;
  const std::string archive =
      ZipFile({bomb, {"y_train.npy", Npy("|u1", "(10000,)", std::string(10'000, '\0'))}});
  ASSERT_LT(archive.size(), 30'000);
  EXPECT_OK(Read(archive));
  ReadLimits limits;
  limits.decompressed_bytes = 1 << 20;
  EXPECT_THAT(
      Read(archive, limits),
      StatusIs(absl::StatusCode::kResourceExhausted,
               StartsWith("f.npz: must be at most 1048576 bytes once decompressed, got 78")));
}

TEST(ReadNpz, RefusesAMemberThatDecompressesToMoreOrLess) {
  ZipFileMember inputs = {"x_train.npy", Npy("<f4", "(2, 2)", std::string(16, '\0'))};
  inputs.deflate = true;
  const auto size = static_cast<int64_t>(inputs.contents.size());
  inputs.contents += std::string(4, '\0');
  inputs.size = size;
  ExpectRefused(ZipFile({inputs, Labels()}),
                absl::StrCat("x_train: damaged: it must end after ", size, " bytes"));
  inputs.contents.resize(static_cast<size_t>(size) - 4);
  ExpectRefused(ZipFile({inputs, Labels()}),
                absl::StrCat("x_train: damaged: it must have ", size, " bytes, got ", size - 4));
}

TEST(ReadNpz, VerifiesChecksums) {
  for (const bool deflate : {false, true}) {
    ZipFileMember inputs = Inputs();
    inputs.deflate = deflate;
    inputs.crc32 = 1;
    EXPECT_THAT(
        Read(ZipFile({inputs, Labels()})),
        StatusIs(absl::StatusCode::kInvalidArgument,
                 StartsWith("f.npz: x_train: damaged: its CRC-32 must be 0x00000001, got 0x")));
    ZipFileMember labels = Labels();
    labels.deflate = deflate;
    labels.crc32 = 1;
    EXPECT_THAT(
        Read(ZipFile({Inputs(), labels})),
        StatusIs(absl::StatusCode::kInvalidArgument, StartsWith("f.npz: y_train: damaged: ")));
  }
}

TEST(ReadNpz, RefusesArchivesCutOffAnywhere) {
  for (const bool deflate : {false, true}) {
    ZipFileMember inputs = Inputs();
    inputs.deflate = deflate;
    const std::string archive = ZipFile({inputs, Labels()});
    for (size_t size = 0; size < archive.size(); ++size) {
      EXPECT_THAT(
          Read(archive.substr(0, size)),
          StatusIs(absl::StatusCode::kInvalidArgument, StartsWith("f.npz: must be a zip file: ")));
    }
  }
}

TEST(ReadNpz, SurvivesEveryChangeOfAByte) {
  ZipFileMember inputs = Inputs();
  inputs.deflate = true;
  const std::string archive = ZipFile({inputs, Labels()});
  for (size_t place = 0; place < archive.size(); ++place) {
    for (const int change : {1, 0x80, 0xff}) {
      std::string changed = archive;
      changed[place] = static_cast<char>(changed[place] ^ change);
      const auto read = Read(changed);
      // A byte that says nothing, such as one of a date, may change.
      if (read.ok()) continue;
      EXPECT_THAT(read, StatusIs(absl::StatusCode::kInvalidArgument, StartsWith("f.npz: ")));
    }
  }
}

TEST(ReadNpz, RefusesOddMembers) {
  const auto with = [](void (*change)(ZipFileMember&)) {
    ZipFileMember inputs = Inputs();
    change(inputs);
    return ZipFile({inputs, Labels()});
  };
  ExpectRefused(with([](ZipFileMember& member) { member.flags = 1; }),
                "must be a zip file: its member \"x_train.npy\" is encrypted");
  ExpectRefused(
      with([](ZipFileMember& member) { member.method = 12; }),
      "must be a zip file: its member \"x_train.npy\" must be stored (0) or deflated (8), "
      "got method 12");
  for (void (*const change)(ZipFileMember&) :
       {+[](ZipFileMember& member) { member.size = 0xffffffff; },
        +[](ZipFileMember& member) { member.compressed_size = 0xffffffff; },
        +[](ZipFileMember& member) { member.offset = 0xffffffff; }}) {
    ExpectRefused(with(change),
                  "must be a zip file: zip64, for members of 4 GiB and more, is not supported");
  }
  EXPECT_THAT(
      Read(with([](ZipFileMember& member) { member.offset = 0xfffffffe; })),
      StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("must end before its directory")));
  EXPECT_THAT(Read(with([](ZipFileMember& member) { member.offset = 1; })),
              StatusIs(absl::StatusCode::kInvalidArgument,
                       "f.npz: x_train: damaged: byte 1 must begin a member"));
  ExpectRefused(with([](ZipFileMember& member) { member.local_name = "y_train.npy"; }),
                "x_train: damaged: its header and the directory must name the same file, got "
                "\"y_train.npy\"");
}

TEST(ReadNpz, RefusesBytesThatAreNoArchive) {
  ExpectRefused("", "must be a zip file: it has only 0 bytes");
  ExpectRefused(std::string(100'000, 'x'),
                "must be a zip file: its end has no record of the directory");
  // A directory that is longer than the file, or of records that are none.
  std::string archive = ZipFile({Inputs(), Labels()});
  std::string longer = archive;
  longer[longer.size() - 7] = '\x7f';
  EXPECT_THAT(Read(longer), StatusIs(absl::StatusCode::kInvalidArgument,
                                     AllOf(StartsWith("f.npz: must be a zip file: its directory, "),
                                           HasSubstr("must end before byte "))));
  std::string more = archive;
  more[more.size() - 12] = more[more.size() - 14] = 3;
  ExpectRefused(more,
                "must be a zip file: its directory must have 3 records, and ends within record 3");
  std::string parts = archive;
  parts[parts.size() - 18] = 1;
  ExpectRefused(parts, "must be a zip file: archives in several parts are not supported");
}

TEST(ReadNpz, RefusesArraysItDoesNotKnow) {
  for (const char* const name :
       {"x_val.npy", "x_train", "x_train.npy.npy", "", "__MACOSX/x_train.npy", "../x_train.npy"}) {
    ExpectRefused(ZipFile({Inputs(), Labels(), {name, "?"}}),
                  absl::StrCat("must hold only the arrays x_train, y_train, x_validation, "
                               "y_validation, x_test, y_test, data and target (as .npy), got \"",
                               name, "\""));
  }
}

TEST(ReadNpz, RefusesArraysTwice) {
  ExpectRefused(ZipFile({Inputs(), Labels(), Inputs()}),
                "must hold x_train once, but holds it twice");
}

TEST(ReadNpz, RefusesArraysThatAreMissing) {
  ExpectRefused(ZipFile({}), "must hold x_train and y_train, or data and target, got neither");
  ExpectRefused(ZipFile({{"x_test.npy", ""}, {"y_test.npy", ""}}),
                "must hold x_train and y_train, or data and target, got neither");
  ExpectRefused(ZipFile({Inputs()}), "must hold both x_train and y_train, got only x_train");
  ExpectRefused(ZipFile({Inputs(), Labels(), {"y_test.npy", ""}}),
                "must hold both x_test and y_test, got only y_test");
  ExpectRefused(ZipFile({Inputs(), {"target.npy", ""}}),
                "must hold either x_train and y_train or data and target, got arrays of both");
}

TEST(ReadNpz, RefusesCountsThatDiffer) {
  ExpectRefused(WithLabels(Npy("|u1", "(3,)", std::string(3, '\0'))),
                "y_train: must have a label for each of the 2 examples, got 3");
  ExpectRefused(
      ZipFile({{"x_train.npy", Npy("<f4", "(0, 2)", "")}, {"y_train.npy", Npy("|u1", "(0,)", "")}}),
      "x_train: must have examples, got none");
}

TEST(ReadNpz, RefusesSplitsUnlikeTraining) {
  const auto with_test = [](const std::string& inputs) {
    return ZipFile({Inputs(),
                    Labels(),
                    {"x_test.npy", inputs},
                    {"y_test.npy", Npy("|u1", "(1,)", std::string(1, '\0'))}});
  };
  ExpectRefused(with_test(Npy("<f8", "(1, 2)", BytesOf<double>({1, 2}))),
                "x_test: must be of the type of training, <f4, got <f8");
  ExpectRefused(with_test(Npy("<f4", "(1, 3)", BytesOf<float>({1, 2, 3}))),
                "x_test: must have examples of the shape of training, (2, 2), got (1, 3)");
  ExpectRefused(with_test(Npy("<f4", "(1, 1, 2)", BytesOf<float>({1, 2}))),
                "x_test: must have examples of the shape of training, (2, 2), got (1, 1, 2)");
}

TEST(ReadNpz, RefusesLabelsOutOfRange) {
  ExpectRefused(WithLabels(Npy("|i1", "(2,)", BytesOf<int8_t>({0, -1}))),
                "y_train: row 1: a label must be in [0, 4095], got -1");
  ExpectRefused(WithLabels(Npy("<i8", "(2,)", BytesOf<int64_t>({int64_t{1} << 40, 0}))),
                "y_train: row 0: a label must be in [0, 4095], got 1099511627776");
  ExpectRefused(WithLabels(Npy("<u8", "(2,)", BytesOf<uint64_t>({0, ~uint64_t{0}}))),
                "y_train: row 1: a label must be in [0, 4095], got 9223372036854775807");
  ExpectRefused(ZipFile({Inputs(),
                         Labels(),
                         {"x_test.npy", Npy("<f4", "(1, 2)", BytesOf<float>({1, 2}))},
                         {"y_test.npy", Npy("|u1", "(1,)", std::string(1, '\2'))}}),
                "y_test: row 0: a label must be in [0, 1], as in training, got 2");
}

TEST(ReadNpz, RefusesInputsThatAreNotFinite) {
  constexpr double kInfinity = std::numeric_limits<double>::infinity();
  ExpectRefused(WithInputs(Npy("<f4", "(2, 2)", BytesOf<float>({0, 0, 0, std::nanf("")}))),
                "x_train: row 1, column 1: must be a finite number, got nan");
  ExpectRefused(WithInputs(Npy("<f8", "(2, 2)", BytesOf<double>({0, -kInfinity, 0, 0}))),
                "x_train: row 0, column 1: must be a finite number, got -inf");
  ExpectRefused(WithInputs(Npy("<f8", "(2, 2)", BytesOf<double>({0, 0, 1e39, 0}))),
                "x_train: row 1, column 0: must be finite as float32, got 1e+39");
}

TEST(ReadNpz, KeepsToItsLimits) {
  const std::string archive = ZipFile({Inputs(), Labels()});
  ReadLimits limits;
  limits.content_bytes = 4 * 4 + 2 * 4;
  EXPECT_OK(Read(archive, limits));
  limits.content_bytes -= 1;
  EXPECT_THAT(Read(archive, limits),
              StatusIs(absl::StatusCode::kResourceExhausted,
                       "f.npz: x_train: must take at most 23 bytes in memory"));

  const std::string pixels = WithInputs(Npy("|u1", "(2, 50000)", std::string(100'000, '\1')));
  limits.content_bytes = 300'100;
  EXPECT_OK(Read(pixels, limits));
  limits.content_bytes = 299'999;
  EXPECT_THAT(Read(pixels, limits),
              StatusIs(absl::StatusCode::kResourceExhausted,
                       "f.npz: x_train: must take at most 299999 bytes in memory"));
}

TEST(ReadNpz, ReportsAStreamThatCannotBeRead) {
  std::istringstream in(ZipFile({Inputs(), Labels()}));
  in.setstate(std::ios::badbit);
  EXPECT_THAT(ReadNpz({"f.npz", in}, {}),
              StatusIs(absl::StatusCode::kUnavailable, "f.npz: cannot be read"));
}

}  // namespace
}  // namespace percept::data
