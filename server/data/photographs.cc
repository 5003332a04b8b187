#include "server/data/photographs.h"

#include <algorithm>
#include <chrono>
#include <cmath>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <optional>
#include <sstream>
#include <system_error>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"

#include "server/base/status.h"
#include "server/data/picture.h"
#include "server/data/readers/image_reader.h"
#include "server/data/readers/input_file.h"
#include "server/data/readers/stored_array.h"
#include "server/data/readers/zip_reader.h"

namespace percept::data {
namespace {

constexpr size_t kMaxNames = 10'000;
// Of an archive. To reach the last of a compressed one takes about a second.
constexpr int64_t kMaxOfArchive = 1000;
constexpr size_t kMaxKnown = 8;  // Of 192 KiB each.
constexpr std::chrono::seconds kSettled(2);
constexpr uintmax_t kMaxPictureBytes = 64 << 20;
constexpr absl::string_view kAttributions = "attributions.txt";

// A photograph that there is.
struct Entry {
  std::string name;
  std::string file;
  int64_t index = 0;  // Within an archive.
};

bool HasEnding(absl::string_view file, absl::string_view ending) {
  return absl::EndsWithIgnoreCase(file, ending);
}

bool IsPicture(absl::string_view file) {
  return HasEnding(file, ".png") || HasEnding(file, ".jpg") || HasEnding(file, ".jpeg");
}

// Calls `use` with the first array of an archive that holds pictures. InvalidArgument where none
// does, with what was wrong with the last.
template <typename Use>
auto WithPictures(const InputFile& file, Use use) -> decltype(use(std::declval<StoredArray&>())) {
  std::vector<ZipMember> members;
  PERCEPT_RETURN_IF_ERROR(ReadZipDirectory(file, [&members](const ZipMember& member) {
    members.push_back(member);
    return absl::OkStatus();
  }));
  absl::Status refused =
      absl::InvalidArgumentError(absl::StrCat(file.name, ": must hold an array of pictures"));
  for (const ZipMember& member : members) {
    absl::StatusOr<StoredArray> pictures = OpenPictures(file, member, member.name);
    if (pictures.ok()) return use(*pictures);
    refused = pictures.status();
  }
  return refused;
}

// Photographs of the archive, at most kMaxOfArchive; nothing where it cannot be read.
std::optional<int64_t> CountOfArchive(const std::string& folder, const std::string& file) {
  std::ifstream in(absl::StrCat(folder, "/", file), std::ios::binary);
  const absl::StatusOr<int64_t> count = WithPictures(
      {file, in},
      [](const StoredArray& pictures) -> absl::StatusOr<int64_t> { return pictures.rows; });
  if (!count.ok()) return std::nullopt;
  return std::min(*count, kMaxOfArchive);
}

void AddArchive(const std::string& folder, const std::string& file, std::vector<Entry>& entries) {
  const std::optional<int64_t> count = CountOfArchive(folder, file);
  if (!count.has_value()) {
    entries.push_back({file, file});
    return;
  }
  for (int64_t index = 0; index < *count; ++index)
    entries.push_back({absl::StrCat(file, "/", index), file, index});
}

// In the order of files and within these of indices.
std::vector<Entry> FindAll(const std::string& folder) {
  std::vector<std::string> files;
  std::error_code error;
  for (std::filesystem::directory_iterator found(folder, error), end; !error && found != end;
       found.increment(error)) {
    std::error_code ignored;
    std::string file = found->path().filename().string();
    if ((IsPicture(file) || HasEnding(file, ".npz")) && IsPrintable(file) &&
        found->is_regular_file(ignored)) {
      files.push_back(std::move(file));
    }
  }
  std::sort(files.begin(), files.end());
  std::vector<Entry> entries;
  for (const std::string& file : files) {
    if (IsPicture(file)) {
      entries.push_back({file, file});
    } else {
      AddArchive(folder, file, entries);
    }
    if (entries.size() >= kMaxNames) break;
  }
  if (entries.size() > kMaxNames) entries.resize(kMaxNames);
  return entries;
}

absl::StatusOr<Image> ReadEntry(const std::string& folder, const Entry& entry) {
  const std::string path = absl::StrCat(folder, "/", entry.file);
  std::ifstream in(path, std::ios::binary);
  if (!in.is_open()) return absl::UnavailableError(absl::StrCat(entry.file, ": cannot be opened"));
  if (!IsPicture(entry.file)) {
    return WithPictures({entry.file, in}, [&entry](StoredArray& pictures) -> absl::StatusOr<Image> {
      if (entry.index >= pictures.rows)
        return RefuseArray(pictures, absl::StrCat("has no picture ", entry.index, " any more"));
      return ReadPicture(pictures, entry.index);
    });
  }
  std::error_code ignored;
  if (std::filesystem::file_size(path, ignored) > kMaxPictureBytes) {
    return absl::InvalidArgumentError(
        absl::StrCat(entry.file, ": must be at most ", kMaxPictureBytes, " bytes"));
  }
  std::ostringstream bytes;
  bytes << in.rdbuf();
  absl::StatusOr<Image> image = ReadImage(bytes.str());
  if (!image.ok()) return Annotate(image.status(), entry.file);
  return image;
}

// The middle square, in RGB.
Image MiddleSquare(const Image& image) {
  const ImageShape shape = {kPhotographSide, kPhotographSide, 3};
  const auto height = static_cast<double>(image.shape.height);
  const auto width = static_cast<double>(image.shape.width);
  const double side = std::min(height, width);
  const Window window = {(height - side) / 2, (width - side) / 2, kPhotographSide / side};
  const Picture square =
      Resample(ToPicture(image, shape.channels), window, shape, std::vector<float>(3));
  Image result = {shape, {}};
  for (const float value : square.values)
    result.pixels.push_back(static_cast<uint8_t>(std::lround(value * 255.0f)));
  return result;
}

std::string AttributionOf(const std::string& folder, const std::string& file) {
  std::ifstream in(absl::StrCat(folder, "/", kAttributions));
  const std::string beginning = absl::StrCat(file, ": ");
  for (std::string line; std::getline(in, line);) {
    if (absl::StartsWith(line, beginning) && IsPrintable(line))
      return line.substr(beginning.size());
  }
  return absl::StrCat(file, ", of this server's own photographs");
}

}  // namespace

Photographs::Photographs(std::string folder, std::string install_command)
    : folder_(std::move(folder)), install_command_(std::move(install_command)) {}

absl::Status Photographs::NoneInstalled() const {
  return WithReason(
      absl::FailedPreconditionError(absl::StrCat(
          "no photographs are installed (", folder_, " holds none); run ", install_command_,
          ", or put PNG or JPEG files or an NPZ archive of pictures there")),
      "PHOTOGRAPHS_NOT_INSTALLED");
}

absl::StatusOr<std::vector<std::string>> Photographs::Names() const {
  std::vector<std::string> names;
  for (Entry& entry : FindAll(folder_)) names.push_back(std::move(entry.name));
  if (names.empty()) return NoneInstalled();
  return names;
}

absl::StatusOr<Photograph> Photographs::Read(absl::string_view name) const {
  const std::vector<Entry> entries = FindAll(folder_);
  if (entries.empty()) return NoneInstalled();
  const auto found = std::find_if(entries.begin(), entries.end(),
                                  [name](const Entry& entry) { return entry.name == name; });
  if (found == entries.end()) {
    return absl::NotFoundError(absl::StrCat("photograph: there is no ", Quoted(name),
                                            "; an answer without it names all there are"));
  }
  absl::MutexLock lock(&mutex_);
  PERCEPT_ASSIGN_OR_RETURN(Image image, ReadUnlessKnown(found->name, found->file, found->index));
  return Photograph{std::move(image), AttributionOf(folder_, found->file)};
}

// A slider asks for the same one again and again. A file that has only just changed is not relied
// on: its time would stay the same if it changed once more.
absl::StatusOr<Image> Photographs::ReadUnlessKnown(const std::string& name, const std::string& file,
                                                   int64_t index) const {
  const std::string path = absl::StrCat(folder_, "/", file);
  std::error_code ignored;
  const auto changed_at = std::filesystem::last_write_time(path, ignored);
  const uintmax_t size_bytes = std::filesystem::file_size(path, ignored);
  for (const Known& known : known_) {
    if (known.name == name && known.changed_at == changed_at && known.size_bytes == size_bytes)
      return known.image;
  }
  const absl::StatusOr<Image> image = ReadEntry(folder_, {name, file, index});
  if (absl::IsInvalidArgument(image.status())) {
    return WithReason(absl::DataLossError(absl::StrCat("photograph ", image.status().message())),
                      "PHOTOGRAPH_CORRUPT");
  }
  if (!image.ok()) return Annotate(image.status(), "photograph");
  Image shown = MiddleSquare(*image);
  const auto age = std::filesystem::file_time_type::clock::now() - changed_at;
  if (age > kSettled || age < -kSettled) {
    known_.push_front({name, changed_at, size_bytes, shown});
    if (known_.size() > kMaxKnown) known_.pop_back();
  }
  return shown;
}

absl::StatusOr<Image> Photographs::Show(absl::string_view bytes) const {
  absl::MutexLock lock(&mutex_);
  PERCEPT_ASSIGN_OR_RETURN(const Image image, ReadImage(bytes));
  return MiddleSquare(image);
}

}  // namespace percept::data
