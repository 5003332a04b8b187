// The curves as a picture to be saved: the page itself shows them by uPlot, which makes no SVG.

import { formatTick } from '../format';
import { position, ticks, tickStep } from '../scale';
import type { Extent } from '../scale';
import type { Columns } from './curve-data';
import { yRange } from './curve-data';
import type { Ink } from './ink';
import type { Figure, Surface } from './surface';

export interface CurvesPart {
  readonly kind: 'accuracy' | 'loss';
  readonly columns: Columns;
  readonly curves: readonly { readonly colour: string; readonly width: number }[];
}

interface Area {
  readonly left: number;
  readonly top: number;
  readonly right: number;
  readonly bottom: number;
}

function extentOf(values: readonly (number | null)[]): [number | null, number | null] {
  let low: number | null = null;
  let high: number | null = null;
  for (const value of values) {
    if (value === null) continue;
    if (low === null || value < low) low = value;
    if (high === null || value > high) high = value;
  }
  return [low, high];
}

function drawPart(surface: Surface, area: Area, part: CurvesPart, xName: string, ink: Ink): void {
  const [xs, ...ys] = part.columns;
  const first = xs[0] ?? 0;
  const last = xs.at(-1) ?? 1;
  const x: Extent = { min: first, max: last > first ? last : first + 1 };
  const [low, high] = extentOf(ys.flat());
  const [min, max] = yRange(part.kind, low, high);
  const y: Extent = { min, max };
  surface.font = ink.font();
  surface.fillStyle = ink.muted;
  surface.lineWidth = 1;
  surface.strokeStyle = ink.faint;
  surface.textAlign = 'center';
  surface.textBaseline = 'top';
  for (const tick of ticks(x, 6)) {
    const at = position(tick, x, area.left, area.right);
    line(surface, at, area.top, at, area.bottom);
    surface.fillText(formatTick(tick, tickStep(x, 6)), at, area.bottom + 6);
  }
  surface.textAlign = 'right';
  surface.textBaseline = 'middle';
  for (const tick of ticks(y, 5)) {
    const at = position(tick, y, area.bottom, area.top);
    line(surface, area.left, at, area.right, at);
    surface.fillText(formatTick(tick, tickStep(y, 5)), area.left - 6, at);
  }
  surface.fillStyle = ink.ink;
  surface.textAlign = 'left';
  surface.textBaseline = 'alphabetic';
  surface.fillText(part.kind, area.left, area.top - 6);
  surface.textAlign = 'right';
  surface.fillText(xName, area.right, area.bottom + ink.textSize * 2.8);
  part.curves.forEach(({ colour, width }, i) => {
    surface.beginPath();
    let begun = false;
    (ys[i] ?? []).forEach((value, row) => {
      if (value === null) return;
      const atX = position(xs[row] ?? 0, x, area.left, area.right);
      const atY = position(value, y, area.bottom, area.top);
      if (begun) surface.lineTo(atX, atY);
      else surface.moveTo(atX, atY);
      begun = true;
    });
    surface.strokeStyle = colour;
    surface.lineWidth = width;
    surface.lineJoin = 'round';
    surface.stroke();
  });
}

function line(surface: Surface, x0: number, y0: number, x1: number, y1: number): void {
  surface.beginPath();
  surface.moveTo(x0, y0);
  surface.lineTo(x1, y1);
  surface.stroke();
}

/** The parts side by side. */
export function curvesFigure(
  width: number,
  height: number,
  parts: readonly CurvesPart[],
  xName: string,
  ink: Ink,
): Figure {
  return {
    width,
    height,
    draw(surface) {
      surface.fillStyle = ink.paper;
      surface.fillRect(0, 0, width, height);
      const each = width / parts.length;
      parts.forEach((part, i) => {
        const area = {
          left: i * each + ink.textSize * 4,
          top: ink.textSize * 2.5,
          right: (i + 1) * each - ink.textSize * 1.5,
          bottom: height - ink.textSize * 3.5,
        };
        drawPart(surface, area, part, xName, ink);
      });
    },
  };
}
