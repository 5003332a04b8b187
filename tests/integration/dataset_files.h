#ifndef PERCEPT_TESTS_INTEGRATION_DATASET_FILES_H_
#define PERCEPT_TESTS_INTEGRATION_DATASET_FILES_H_

#include <cstdint>
#include <string>
#include <vector>

// Files of data sets, as clients upload them, made byte by byte.
namespace percept::testing {

// An IDX file of `count` images of height x width pixels, or of labels.
std::string IdxImages(uint32_t count, uint32_t height, uint32_t width, const std::string& pixels);
std::string IdxLabels(const std::string& labels);

// The bytes as a gzip file.
std::string Gzip(const std::string& bytes);

// A file within a zip archive.
struct ZipEntry {
  std::string name;
  std::string bytes;
  bool deflated = false;
};
std::string Zip(const std::vector<ZipEntry>& entries);

// A .npy file with this header dictionary; the dictionary of an array in C order.
std::string Npy(const std::string& dictionary, const std::string& bytes);
std::string NpyDictionary(const std::string& descr, const std::string& shape);

// Arrays of numbers as .npy files; `shape` as Python writes it, such as "(2, 3)".
std::string NpyFloats(const std::string& shape, const std::vector<float>& values);
std::string NpyLabels(const std::vector<int64_t>& labels);
std::string NpyBytes(const std::string& shape, const std::string& values);

}  // namespace percept::testing

#endif  // PERCEPT_TESTS_INTEGRATION_DATASET_FILES_H_
