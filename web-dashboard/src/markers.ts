// The sign of a class: plus, dot, star, triangle, square, diamond, cross, triangle on its head, ring,
// hexagon, and these again. The same shapes as in the slides that `percept` draws.

interface Shape {
  /** Corners about the origin for size 1, to be filled; or strokes. */
  readonly polygon?: readonly (readonly [number, number])[];
  readonly strokes?: readonly (readonly [number, number, number, number])[];
  readonly disc?: number;
  readonly ring?: number;
}

function corners(count: number, radius: number, angle: number, inner = 1): [number, number][] {
  const points = inner < 1 ? 2 * count : count;
  return Array.from({ length: points }, (_, i) => {
    const reach = inner < 1 && i % 2 === 1 ? radius * inner : radius;
    const turn = angle + (2 * Math.PI * i) / points;
    return [reach * Math.cos(turn), reach * Math.sin(turn)];
  });
}

const kUp = -Math.PI / 2;
const kDiagonal = 0.5 * Math.SQRT1_2;
const kShapes: readonly Shape[] = [
  {
    strokes: [
      [-0.5, 0, 0.5, 0],
      [0, -0.5, 0, 0.5],
    ],
  },
  { disc: 0.4 },
  { polygon: corners(5, 0.6, kUp, 0.45) },
  { polygon: corners(3, 0.55, kUp) },
  { polygon: corners(4, 0.55, Math.PI / 4) },
  { polygon: corners(4, 0.575, kUp) },
  {
    strokes: [
      [-kDiagonal, -kDiagonal, kDiagonal, kDiagonal],
      [-kDiagonal, kDiagonal, kDiagonal, -kDiagonal],
    ],
  },
  { polygon: corners(3, 0.55, -kUp) },
  { ring: 0.375 },
  { polygon: corners(6, 0.5, 0) },
];

function shapeOf(label: number): Shape {
  return kShapes[Math.abs(label) % kShapes.length] ?? { disc: 0.4 };
}

/** What drawing needs of a canvas; also met by the recorder that makes SVG. */
export type MarkerTarget = Pick<
  CanvasRenderingContext2D,
  | 'beginPath'
  | 'moveTo'
  | 'lineTo'
  | 'arc'
  | 'closePath'
  | 'fill'
  | 'stroke'
  | 'lineWidth'
  | 'fillStyle'
  | 'strokeStyle'
>;

export function drawMarker(
  target: MarkerTarget,
  x: number,
  y: number,
  size: number,
  label: number,
  colour: string,
): void {
  const shape = shapeOf(label);
  target.beginPath();
  if (shape.polygon !== undefined) {
    shape.polygon.forEach(([dx, dy], i) => {
      if (i === 0) target.moveTo(x + dx * size, y + dy * size);
      else target.lineTo(x + dx * size, y + dy * size);
    });
    target.closePath();
    target.fillStyle = colour;
    target.fill();
  } else if (shape.strokes !== undefined) {
    for (const [x0, y0, x1, y1] of shape.strokes) {
      target.moveTo(x + x0 * size, y + y0 * size);
      target.lineTo(x + x1 * size, y + y1 * size);
    }
    target.lineWidth = size * 0.25;
    target.strokeStyle = colour;
    target.stroke();
  } else {
    target.arc(x, y, (shape.disc ?? shape.ring ?? 0.4) * size, 0, 2 * Math.PI);
    if (shape.disc !== undefined) {
      target.fillStyle = colour;
      target.fill();
    } else {
      target.lineWidth = size * 0.2;
      target.strokeStyle = colour;
      target.stroke();
    }
  }
}

/** The same as the `d` of an SVG path about (`size`, `size`), in a box twice as large; `filled` says how to paint it. */
export function markerPath(label: number, size: number): { d: string; filled: boolean } {
  const shape = shapeOf(label);
  const at = (value: number) => (size + value * size).toFixed(2);
  if (shape.polygon !== undefined) {
    return {
      d: `M${shape.polygon.map(([dx, dy]) => `${at(dx)} ${at(dy)}`).join('L')}Z`,
      filled: true,
    };
  }
  if (shape.strokes !== undefined) {
    const d = shape.strokes
      .map(([x0, y0, x1, y1]) => `M${at(x0)} ${at(y0)}L${at(x1)} ${at(y1)}`)
      .join('');
    return { d, filled: false };
  }
  const radius = shape.disc ?? shape.ring ?? 0.4;
  const r = (radius * size).toFixed(2);
  return {
    d: `M${at(-radius)} ${at(0)}a${r} ${r} 0 1 0 ${(2 * radius * size).toFixed(2)} 0a${r} ${r} 0 1 0 ${(-2 * radius * size).toFixed(2)} 0`,
    filled: shape.disc !== undefined,
  };
}
