// A few points of each generated data set, for the small pictures on cards: drawn here by the same
// distributions as the server's, with a seed of their own.

/** Uniform in [0, 1), the same in each browser (mulberry32). */
function uniformFrom(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296;
  };
}

export interface SketchPoint {
  readonly x: number;
  readonly y: number;
  readonly label: number;
}

type Blob = readonly [label: number, x: number, y: number, varianceX: number, varianceY: number];

const kBlobs: Readonly<Record<string, readonly Blob[]>> = {
  'two-normals': [
    [1, 0, -2.5, 0.5, 0.5],
    [0, -2, 2.5, 1, 1],
  ],
  'two-class': [
    [0, 1, 2, 1.5, 1.5],
    [1, 2, -2, 0.5, 1],
  ],
  'three-class': [
    [0, 1.5, -2, 1, 1],
    [1, 1, 2, 0.5, 0.5],
    [2, -2, 0, 1, 0.5],
  ],
  xor: [
    [0, 7, 7, 1, 1],
    [0, -7, -7, 1, 1],
    [1, 7, -7, 1, 1],
    [1, -7, 7, 1, 1],
  ],
  bullseye: [[0, 0, 0, 1, 1]],
};

/** About `count` points; none for data sets that are not drawn. */
export function sketchOf(dataset: string, count: number): SketchPoint[] {
  const blobs = kBlobs[dataset];
  if (blobs === undefined) return [];
  const uniform = uniformFrom(7);
  const normal = () => Math.sqrt(-2 * Math.log(1 - uniform())) * Math.cos(2 * Math.PI * uniform());
  const points: SketchPoint[] = [];
  const ringPoints = dataset === 'bullseye' ? Math.floor(count * 0.6) : 0;
  for (let i = 0; i < count - ringPoints; i += 1) {
    const [label, x, y, varianceX, varianceY] = blobs[i % blobs.length] as Blob;
    points.push({
      label,
      x: x + Math.sqrt(varianceX) * normal(),
      y: y + Math.sqrt(varianceY) * normal(),
    });
  }
  for (let i = 0; i < ringPoints; i += 1) {
    const radius = Math.sqrt(25 + uniform() * (64 - 25));
    const angle = 2 * Math.PI * uniform();
    points.push({ label: 1, x: radius * Math.cos(angle), y: radius * Math.sin(angle) });
  }
  return points;
}
