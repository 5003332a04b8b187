// What a figure is drawn on: a canvas on screen, or a recorder that makes an SVG file of the same
// strokes.

export type Surface = Pick<
  CanvasRenderingContext2D,
  | 'beginPath'
  | 'moveTo'
  | 'lineTo'
  | 'arc'
  | 'closePath'
  | 'rect'
  | 'fill'
  | 'stroke'
  | 'fillRect'
  | 'strokeRect'
  | 'fillText'
  | 'drawImage'
  | 'save'
  | 'restore'
  | 'clip'
  | 'translate'
  | 'rotate'
  | 'fillStyle'
  | 'strokeStyle'
  | 'lineWidth'
  | 'font'
  | 'textAlign'
  | 'textBaseline'
  | 'imageSmoothingEnabled'
  | 'lineJoin'
  | 'lineCap'
> & { setLineDash(segments: number[]): void };

export interface Figure {
  readonly width: number;
  readonly height: number;
  draw(surface: Surface): void;
}

/** Draws a figure on a canvas, as sharp as the screen allows. */
export function paint(
  canvas: HTMLCanvasElement,
  figure: Figure,
  pixelRatio = window.devicePixelRatio,
): void {
  const width = Math.round(figure.width * pixelRatio);
  const height = Math.round(figure.height * pixelRatio);
  if (canvas.width !== width || canvas.height !== height) {
    canvas.width = width;
    canvas.height = height;
  }
  const context = canvas.getContext('2d');
  if (context === null) return;
  context.setTransform(pixelRatio, 0, 0, pixelRatio, 0, 0);
  context.clearRect(0, 0, figure.width, figure.height);
  figure.draw(context);
}

function escaped(text: string): string {
  return text
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;');
}

function round(value: number): string {
  return String(Math.round(value * 100) / 100);
}

const kBaselines: Partial<Record<CanvasTextBaseline, string>> = {
  middle: 'central',
  top: 'hanging',
  hanging: 'hanging',
};

/** A colour as SVG has it; figures are drawn in plain colours alone. */
function colourOf(style: string | CanvasGradient | CanvasPattern): string {
  if (typeof style !== 'string') throw new TypeError('only plain colours can be recorded');
  return escaped(style);
}

/** Records what is drawn as elements of SVG. */
export class SvgSurface implements Surface {
  fillStyle: string | CanvasGradient | CanvasPattern = '#000';
  strokeStyle: string | CanvasGradient | CanvasPattern = '#000';
  lineWidth = 1;
  font = '12px sans-serif';
  textAlign: CanvasTextAlign = 'start';
  textBaseline: CanvasTextBaseline = 'alphabetic';
  imageSmoothingEnabled = true;
  lineJoin: CanvasLineJoin = 'miter';
  lineCap: CanvasLineCap = 'butt';
  private readonly elements: string[] = [];
  private path = '';
  private dash: number[] = [];
  private clips = 0;
  private readonly open: number[] = []; // Groups since each save.
  private groups = 0;

  constructor(
    private readonly width: number,
    private readonly height: number,
  ) {}

  beginPath(): void {
    this.path = '';
  }
  moveTo(x: number, y: number): void {
    this.path += `M${round(x)} ${round(y)}`;
  }
  lineTo(x: number, y: number): void {
    this.path += `${this.path === '' ? 'M' : 'L'}${round(x)} ${round(y)}`;
  }
  /** Whole circles alone. */
  arc(x: number, y: number, radius: number): void {
    const r = round(radius);
    this.path += `M${round(x - radius)} ${round(y)}a${r} ${r} 0 1 0 ${round(2 * radius)} 0a${r} ${r} 0 1 0 ${round(-2 * radius)} 0`;
  }
  rect(x: number, y: number, width: number, height: number): void {
    this.path += `M${round(x)} ${round(y)}h${round(width)}v${round(height)}h${round(-width)}Z`;
  }
  closePath(): void {
    this.path += 'Z';
  }
  fill(): void {
    this.elements.push(`<path d="${this.path}" fill="${colourOf(this.fillStyle)}"/>`);
  }
  stroke(): void {
    this.elements.push(`<path d="${this.path}" ${this.strokeAttributes()}/>`);
  }
  fillRect(x: number, y: number, width: number, height: number): void {
    this.elements.push(
      `<rect x="${round(x)}" y="${round(y)}" width="${round(width)}" height="${round(height)}" fill="${colourOf(this.fillStyle)}"/>`,
    );
  }
  strokeRect(x: number, y: number, width: number, height: number): void {
    this.elements.push(
      `<rect x="${round(x)}" y="${round(y)}" width="${round(width)}" height="${round(height)}" ${this.strokeAttributes()}/>`,
    );
  }
  fillText(text: string, x: number, y: number): void {
    const anchor = { start: 'start', left: 'start', center: 'middle', end: 'end', right: 'end' }[
      this.textAlign
    ];
    const baseline = kBaselines[this.textBaseline] ?? 'auto';
    this.elements.push(
      `<text x="${round(x)}" y="${round(y)}" style="font:${escaped(this.font)}" text-anchor="${anchor}" dominant-baseline="${baseline}" fill="${colourOf(this.fillStyle)}">${escaped(text)}</text>`,
    );
  }
  drawImage(image: CanvasImageSource, ...place: number[]): void {
    if (!(image instanceof HTMLCanvasElement)) return;
    const [x = 0, y = 0, width = image.width, height = image.height] = place;
    this.elements.push(
      `<image x="${round(x)}" y="${round(y)}" width="${round(width)}" height="${round(height)}" preserveAspectRatio="none" href="${image.toDataURL('image/png')}"/>`,
    );
  }
  save(): void {
    this.open.push(this.groups);
  }
  restore(): void {
    const before = this.open.pop() ?? 0;
    for (; this.groups > before; this.groups -= 1) this.elements.push('</g>');
  }
  clip(): void {
    this.clips += 1;
    this.elements.push(`<clipPath id="clip${this.clips}"><path d="${this.path}"/></clipPath>`);
    this.openGroup(`clip-path="url(#clip${this.clips})"`);
  }
  translate(x: number, y: number): void {
    this.openGroup(`transform="translate(${round(x)} ${round(y)})"`);
  }
  rotate(angle: number): void {
    this.openGroup(`transform="rotate(${round((angle * 180) / Math.PI)})"`);
  }
  setLineDash(segments: number[]): void {
    this.dash = segments;
  }

  private openGroup(attributes: string): void {
    this.groups += 1;
    this.elements.push(`<g ${attributes}>`);
  }

  private strokeAttributes(): string {
    const dash = this.dash.length > 0 ? ` stroke-dasharray="${this.dash.join(' ')}"` : '';
    return `fill="none" stroke="${colourOf(this.strokeStyle)}" stroke-width="${round(this.lineWidth)}" stroke-linejoin="${this.lineJoin}" stroke-linecap="${this.lineCap}"${dash}`;
  }

  text(): string {
    const size = `width="${this.width}" height="${this.height}" viewBox="0 0 ${this.width} ${this.height}"`;
    return `<svg xmlns="http://www.w3.org/2000/svg" ${size}>\n${this.elements.join('\n')}\n${'</g>'.repeat(this.groups)}</svg>\n`;
  }
}

export function svgOf(figure: Figure): string {
  const surface = new SvgSurface(figure.width, figure.height);
  figure.draw(surface);
  return surface.text();
}
