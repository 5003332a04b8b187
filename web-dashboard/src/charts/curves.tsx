// Curves over steps, instances, epochs or time, by uPlot; the axes stand before the data.

import { useEffect, useRef } from 'react';
import uPlot from 'uplot';
import 'uplot/dist/uPlot.min.css';
import { formatSignificant, formatTick } from '../format';
import { useSize } from '../ui/hooks';
import { useAppearance } from '../ui/theme';
import type { Columns } from './curve-data';
import { nearestRow, yRange } from './curve-data';
import type { CurveKind } from './curve-data';
import { inkOf } from './ink';

export interface Curve {
  readonly label: string;
  readonly colour: string;
  readonly width: number;
  readonly dash?: number[];
}

/** Distances of ticks: those that few digits are enough for. */
const kIncrements = Array.from({ length: 24 }, (_, i) => i - 12).flatMap((power) =>
  [1, 2, 5].map((digit) => Number(`${digit}e${power}`)),
);

/** Whether an axis has whole numbers alone. */
function isCounted(name: string): boolean {
  return name === 'step' || name === 'instances';
}

interface Props {
  /** What a screen reader says it is. */
  readonly label: string;
  readonly kind: CurveKind;
  readonly curves: readonly Curve[];
  readonly columns: Columns;
  readonly xName: string;
  /** The moment that everything else shows. */
  readonly markX?: number;
  readonly onPick?: (x: number) => void;
  /** Charts of the same key share their cursor. */
  readonly syncKey: string;
}

export function Curves({ label, kind, curves, columns, xName, markX, onPick, syncKey }: Props) {
  const [box, { width, height }] = useSize<HTMLDivElement>();
  const plot = useRef<uPlot | null>(null);
  const { theme, projector } = useAppearance();
  const latest = useRef({ markX, onPick, columns });
  latest.current = { markX, onPick, columns };
  const shape = curves
    .map(({ label: name, colour, width: line }) => `${name}/${colour}/${line}`)
    .join('|');

  useEffect(() => {
    const element = box.current;
    if (element === null || width === 0 || height === 0) return undefined;
    const ink = inkOf(theme, projector);
    const axis: uPlot.Axis = {
      stroke: ink.muted,
      font: ink.font(),
      labelFont: ink.font(),
      grid: { stroke: ink.faint, width: 1 },
      ticks: { stroke: ink.faint, width: 1, size: 4 },
      gap: 4,
    };
    const made = new uPlot(
      {
        width,
        height,
        pxAlign: 0,
        legend: { show: false },
        padding: [ink.textSize * 0.6, ink.textSize * 1.6, 0, 0],
        cursor: {
          sync: { key: syncKey },
          drag: { x: false, y: false },
          points: { size: 7 },
          y: false,
        },
        scales: {
          x: {
            time: false,
            range: (_plot, low: number | null, high: number | null) =>
              low === null || high === null || low === high
                ? [low ?? 0, (low ?? 0) + 1]
                : [low, high],
          },
          y: { range: (_plot, low, high) => yRange(kind, low, high) },
        },
        axes: [
          {
            ...axis,
            size: ink.textSize * 2.1,
            space: ink.textSize * 5,
            incrs: isCounted(xName) ? kIncrements.filter((each) => each >= 1) : kIncrements,
            values: (_plot, values, _axis, _space, step) =>
              values.map((value) => formatTick(value, step)),
          },
          {
            ...axis,
            size: ink.textSize * 3.6,
            space: ink.textSize * 3,
            incrs: kIncrements,
            values: (_plot, values, _axis, _space, step) =>
              values.map((value) => formatTick(value, step)),
          },
        ],
        series: [
          { label: xName },
          ...curves.map((curve) => ({
            label: curve.label,
            stroke: curve.colour,
            width: projector ? curve.width * 1.5 : curve.width,
            dash: curve.dash,
            spanGaps: true,
            points: { show: false },
            value: (_plot: uPlot, value: number | null) =>
              value === null ? '–' : formatSignificant(value, 3),
          })),
        ],
        hooks: {
          draw: [
            (u) => {
              const x = latest.current.markX;
              if (x === undefined || u.data[0].length === 0) return;
              const { ctx, bbox } = u;
              const at = u.valToPos(x, 'x', true);
              if (at < bbox.left - 1 || at > bbox.left + bbox.width + 1) return;
              ctx.save();
              ctx.strokeStyle = ink.ink;
              ctx.lineWidth = devicePixelRatio * 1.25;
              ctx.beginPath();
              ctx.moveTo(at, bbox.top);
              ctx.lineTo(at, bbox.top + bbox.height);
              ctx.stroke();
              const row = nearestRow(u.data[0] as number[], x);
              curves.forEach((curve, i) => {
                const value = u.data[i + 1]?.[row];
                if (value === null || value === undefined) return;
                ctx.beginPath();
                ctx.arc(at, u.valToPos(value, 'y', true), 4 * devicePixelRatio, 0, 2 * Math.PI);
                ctx.fillStyle = curve.colour;
                ctx.fill();
                ctx.strokeStyle = ink.paper;
                ctx.lineWidth = 1.5 * devicePixelRatio;
                ctx.stroke();
              });
              ctx.restore();
            },
          ],
        },
      },
      latest.current.columns,
      element,
    );
    made.over.addEventListener('pointerdown', (event) => {
      const pick = latest.current.onPick;
      const xs = latest.current.columns[0];
      if (pick === undefined || xs.length === 0) return;
      pick(made.posToVal(event.clientX - made.over.getBoundingClientRect().left, 'x'));
    });
    plot.current = made;
    return () => {
      made.destroy();
      plot.current = null;
    };
    // `shape` stands for the curves: a new plot is made only where they look different.
    // eslint-disable-next-line react-hooks/exhaustive-deps
  }, [box, width, height, theme, projector, kind, shape, xName, syncKey]);

  useEffect(() => {
    plot.current?.setData(columns);
  }, [columns]);
  useEffect(() => {
    plot.current?.redraw(false);
  }, [markX]);

  return (
    <div className="figure curves" role="img" aria-label={label}>
      <div className="curves-box" ref={box} />
    </div>
  );
}
