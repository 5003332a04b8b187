// The colours of things, everywhere the same. Classes have Okabe and Ito's palette, which the
// colour-blind can tell apart, less its yellow and black, and four more; they come again after the
// tenth. Dark pages take lighter ones of the same hue where the plain ones would be lost.

export type Rgb = readonly [number, number, number];
export type Theme = 'light' | 'dark';

const kClasses: readonly Rgb[] = [
  [0x00, 0x72, 0xb2],
  [0xd5, 0x5e, 0x00],
  [0x00, 0x9e, 0x73],
  [0xcc, 0x79, 0xa7],
  [0xe6, 0x9f, 0x00],
  [0x56, 0xb4, 0xe9],
  [0x33, 0x22, 0x88],
  [0x88, 0x22, 0x55],
  [0x99, 0x99, 0x33],
  [0x66, 0x66, 0x66],
];

const kClassesOnDark: readonly Rgb[] = [
  [0x3d, 0x9f, 0xdc],
  [0xf0, 0x80, 0x30],
  [0x1f, 0xba, 0x8e],
  [0xdc, 0x90, 0xba],
  [0xf0, 0xb0, 0x30],
  [0x80, 0xc8, 0xf4],
  [0x8f, 0x80, 0xe6],
  [0xd0, 0x60, 0x9c],
  [0xb8, 0xb8, 0x58],
  [0xa4, 0xa8, 0xae],
];

const kPaper: Record<Theme, Rgb> = { light: [255, 255, 255], dark: [0x16, 0x1a, 0x20] };
const kNeutral: Record<Theme, Rgb> = { light: [0xf7, 0xf7, 0xf7], dark: [0x24, 0x29, 0x31] };
/** Not a number. */
const kWrong: Rgb = [255, 0, 255];

/** Opacity of the region where a class is predicted without doubt. */
export const kRegionOpacity = 0.18;
export const kRegionOpacityOnDark = 0.3;

export function classColour(label: number, theme: Theme): Rgb {
  const palette = theme === 'dark' ? kClassesOnDark : kClasses;
  return palette[Math.abs(label) % palette.length] ?? kWrong;
}

export function css(colour: Rgb, opacity = 1): string {
  const [red, green, blue] = colour.map(Math.round);
  return opacity === 1
    ? `rgb(${red} ${green} ${blue})`
    : `rgb(${red} ${green} ${blue} / ${opacity})`;
}

export function mixed(from: Rgb, to: Rgb, share: number): Rgb {
  return [
    from[0] + (to[0] - from[0]) * share,
    from[1] + (to[1] - from[1]) * share,
    from[2] + (to[2] - from[2]) * share,
  ];
}

/** Blue at -1, neutral at 0, vermillion at 1, for signed numbers such as weights. */
export function diverging(share: number, theme: Theme): Rgb {
  if (Number.isNaN(share)) return kWrong;
  return mixed(
    kNeutral[theme],
    classColour(share < 0 ? 0 : 1, theme),
    Math.min(1, Math.abs(share)),
  );
}

/** Paper at 0, blue at 1, for shares and counts. */
export function sequential(share: number, theme: Theme): Rgb {
  if (Number.isNaN(share)) return kWrong;
  return mixed(kPaper[theme], classColour(0, theme), Math.min(1, Math.max(0, share)));
}

/** The region of a class, by the probability the model gives it; 1/classes is no opinion. */
export function regionColour(
  label: number,
  probability: number,
  classes: number,
  theme: Theme,
): Rgb {
  const chance = classes > 1 ? 1 / classes : 0;
  const sureness = Math.min(1, Math.max(0, (probability - chance) / (1 - chance)));
  const most = theme === 'dark' ? kRegionOpacityOnDark : kRegionOpacity * 1.5;
  return mixed(kPaper[theme], classColour(label, theme), most * (0.25 + 0.75 * sureness));
}

/** Relative luminance after WCAG, for contrast. */
function luminance(colour: Rgb): number {
  const [red, green, blue] = colour.map((part) => {
    const share = part / 255;
    return share <= 0.03928 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4;
  }) as [number, number, number];
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
}

/** WCAG's contrast of two colours, from 1 to 21. */
export function contrast(a: Rgb, b: Rgb): number {
  const [low, high] = [luminance(a), luminance(b)].sort((x, y) => x - y) as [number, number];
  return (high + 0.05) / (low + 0.05);
}

/** Black or white, whichever reads better on a colour; one of them always has 4.5:1. */
export function inkOn(background: Rgb): string {
  return contrast([0, 0, 0], background) > contrast([255, 255, 255], background)
    ? '#000000'
    : '#ffffff';
}

export function paper(theme: Theme): Rgb {
  return kPaper[theme];
}
