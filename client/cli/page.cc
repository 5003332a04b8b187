#include "client/cli/page.h"

#include <unistd.h>

#include <array>
#include <cmath>
#include <cstdlib>

#include "absl/strings/str_cat.h"

#include "client/cli/text_blocks.h"

namespace percept::cli {
namespace {

using picture::Colour;

constexpr int kFileWidth = 100;
constexpr char kReset[] = "\x1b[0m";

int Byte(double part) { return static_cast<int>(std::lround(part * 255)); }

// The nearest of xterm's 256 colours: a cube of six levels each way, or a ramp of greys.
int PaletteIndex(Colour colour) {
  constexpr std::array<int, 6> kLevels = {0, 95, 135, 175, 215, 255};
  const auto level = [&](double part) {
    int nearest = 0;
    for (int i = 1; i < 6; ++i) {
      const auto distance = [&](int index) {
        return std::abs(kLevels[static_cast<size_t>(index)] - Byte(part));
      };
      if (distance(i) < distance(nearest)) nearest = i;
    }
    return nearest;
  };
  const int red = Byte(colour.red);
  if (red == Byte(colour.green) && red == Byte(colour.blue) && red > 3 && red < 243) {
    return 232 + (red - 3) / 10;
  }
  return 16 + 36 * level(colour.red) + 6 * level(colour.green) + level(colour.blue);
}

// The part of an escape sequence that chooses a colour; `layer` is 38 for text, 48 for its ground.
std::string Choice(int layer, Colour colour, const Terminal& terminal) {
  if (!terminal.true_colour) return absl::StrCat(layer, ";5;", PaletteIndex(colour));
  return absl::StrCat(layer, ";2;", Byte(colour.red), ";", Byte(colour.green), ";",
                      Byte(colour.blue));
}

}  // namespace

Page PageOf(const Terminal& terminal) {
  return {terminal, terminal.is_terminal ? TerminalWidth(STDOUT_FILENO) : kFileWidth};
}

std::string Coloured(absl::string_view text, Colour colour, const Terminal& terminal) {
  if (!terminal.colour) return std::string(text);
  return absl::StrCat("\x1b[", Choice(38, colour, terminal), "m", text, kReset);
}

std::string ColouredOn(absl::string_view text, Colour colour, Colour ground,
                       const Terminal& terminal) {
  return absl::StrCat("\x1b[", Choice(38, colour, terminal), ";", Choice(48, ground, terminal), "m",
                      text, kReset);
}

std::string Sign(int label, bool utf8) {
  constexpr std::array<absl::string_view, 10> kSigns = {"+", "•", "*", "▲", "■",
                                                        "◆", "×", "▼", "○", "⬢"};
  constexpr absl::string_view kPlainSigns = "+o*^#dxvO%";
  const auto index = static_cast<size_t>(std::abs(label)) % kSigns.size();
  return std::string(utf8 ? kSigns[index] : kPlainSigns.substr(index, 1));
}

std::string ColouredSign(int label, const Terminal& terminal) {
  return Coloured(Sign(label, terminal.utf8), picture::ClassColour(label), terminal);
}

std::string ClassText(int label, const Terminal& terminal) {
  return Coloured(absl::StrCat(Sign(label, terminal.utf8), " class ", label),
                  picture::ClassColour(label), terminal);
}

std::string ClassLegend(const std::vector<int>& labels, const Page& page) {
  std::vector<std::string> texts;
  for (const int label : labels) texts.push_back(ClassText(label, page.terminal));
  return Wrapped(texts, page.width);
}

}  // namespace percept::cli
