// Functions, paths and measures over one axis: curves, points, arrows, on linear or logarithmic axes.

import { formatTick } from '../format';
import { position, ticks, tickStep } from '../scale';
import type { Extent } from '../scale';
import type { Ink } from './ink';
import type { Figure, Surface } from './surface';

export interface PlotCurve {
  readonly xs: readonly number[];
  readonly ys: readonly number[];
  readonly colour: string;
  readonly width?: number;
  readonly dash?: boolean;
  /** A dot at each point. */
  readonly dots?: boolean;
}

export interface PlotMark {
  readonly x: number;
  readonly y: number;
  readonly colour: string;
  readonly shape?: 'dot' | 'triangle';
}

export interface PlotArrow {
  readonly from: readonly [number, number];
  readonly to: readonly [number, number];
  readonly colour: string;
}

export interface PlotData {
  readonly x: Extent;
  readonly y: Extent;
  readonly xName: string;
  readonly yName: string;
  /** Whether y rises by factors: its extent is then above 0. */
  readonly isLog?: boolean;
  readonly curves: readonly PlotCurve[];
  readonly marks?: readonly PlotMark[];
  readonly arrows?: readonly PlotArrow[];
  /** An x that everything else shows. */
  readonly markX?: number;
}

export interface PlotArea {
  readonly left: number;
  readonly top: number;
  readonly right: number;
  readonly bottom: number;
}

/** Powers of ten within an extent, at most about `count` of them. Pure. */
export function logTicks({ min, max }: Extent, count: number): number[] {
  const first = Math.ceil(Math.log10(min) - 1e-9);
  const last = Math.floor(Math.log10(max) + 1e-9);
  const step = Math.max(1, Math.ceil((last - first) / Math.max(1, count)));
  const found: number[] = [];
  for (let power = first; power <= last; power += step) found.push(10 ** power);
  return found;
}

const kSuperscripts = '⁰¹²³⁴⁵⁶⁷⁸⁹';

/** A power of ten as one writes it. */
export function powerText(value: number): string {
  const power = Math.round(Math.log10(value));
  const digits = String(Math.abs(power)).replace(
    /\d/g,
    (digit) => kSuperscripts[Number(digit)] ?? '',
  );
  return `10${power < 0 ? '⁻' : ''}${digits}`;
}

/** Where a value lies on the y axis, in pixels; undefined where it cannot be shown. */
export function heightOf(value: number, data: PlotData, area: PlotArea): number | undefined {
  if (!Number.isFinite(value) || (data.isLog === true && value <= 0)) return undefined;
  return data.isLog === true
    ? position(
        Math.log10(value),
        { min: Math.log10(data.y.min), max: Math.log10(data.y.max) },
        area.bottom,
        area.top,
      )
    : position(value, data.y, area.bottom, area.top);
}

function line(surface: Surface, x0: number, y0: number, x1: number, y1: number): void {
  surface.beginPath();
  surface.moveTo(x0, y0);
  surface.lineTo(x1, y1);
  surface.stroke();
}

function drawAxes(surface: Surface, area: PlotArea, data: PlotData, ink: Ink): void {
  surface.font = ink.font();
  surface.strokeStyle = ink.faint;
  surface.lineWidth = 1;
  surface.fillStyle = ink.muted;
  surface.textAlign = 'center';
  surface.textBaseline = 'top';
  const acrossCount = (area.right - area.left) / (ink.textSize * 6);
  for (const tick of ticks(data.x, acrossCount)) {
    const x = position(tick, data.x, area.left, area.right);
    line(surface, x, area.top, x, area.bottom);
    surface.fillText(formatTick(tick, tickStep(data.x, acrossCount)), x, area.bottom + 6);
  }
  surface.textAlign = 'right';
  surface.textBaseline = 'middle';
  const upCount = (area.bottom - area.top) / (ink.textSize * 3.5);
  const up = data.isLog === true ? logTicks(data.y, upCount) : ticks(data.y, upCount);
  for (const tick of up) {
    const y = heightOf(tick, data, area) ?? 0;
    line(surface, area.left, y, area.right, y);
    surface.fillText(
      data.isLog === true ? powerText(tick) : formatTick(tick, tickStep(data.y, upCount)),
      area.left - 6,
      y,
    );
  }
  surface.strokeStyle = ink.muted;
  if (data.isLog !== true && data.y.min < 0 && data.y.max > 0) {
    const y = position(0, data.y, area.bottom, area.top);
    line(surface, area.left, y, area.right, y);
  }
  if (data.x.min < 0 && data.x.max > 0) {
    const x = position(0, data.x, area.left, area.right);
    line(surface, x, area.top, x, area.bottom);
  }
  surface.fillStyle = ink.ink;
  surface.textAlign = 'right';
  surface.textBaseline = 'alphabetic';
  surface.fillText(data.xName, area.right - 4, area.bottom - 6);
  surface.textAlign = 'left';
  surface.textBaseline = 'top';
  surface.fillText(data.yName, area.left + 6, area.top + 4);
}

function drawCurve(surface: Surface, area: PlotArea, data: PlotData, curve: PlotCurve, ink: Ink) {
  const size = ink.textSize / 12;
  surface.beginPath();
  let isDown = false;
  const dots: [number, number][] = [];
  curve.xs.forEach((each, i) => {
    const y = heightOf(curve.ys[i] ?? NaN, data, area);
    const x = position(each, data.x, area.left, area.right);
    if (y === undefined) {
      isDown = false;
      return;
    }
    // Canvases lose what is drawn too far outside.
    const near = Math.max(-1e5, Math.min(1e5, y));
    if (isDown) surface.lineTo(x, near);
    else surface.moveTo(x, near);
    isDown = true;
    dots.push([x, near]);
  });
  surface.strokeStyle = curve.colour;
  surface.lineWidth = (curve.width ?? 2) * size;
  surface.lineJoin = 'round';
  surface.setLineDash(curve.dash === true ? [6 * size, 5 * size] : []);
  surface.stroke();
  surface.setLineDash([]);
  if (curve.dots !== true) return;
  surface.fillStyle = curve.colour;
  for (const [x, y] of dots) {
    surface.beginPath();
    surface.arc(x, y, 2.75 * size, 0, 2 * Math.PI);
    surface.fill();
  }
}

function drawArrow(surface: Surface, area: PlotArea, data: PlotData, arrow: PlotArrow, ink: Ink) {
  const [x0, x1] = [arrow.from[0], arrow.to[0]].map((x) =>
    position(x, data.x, area.left, area.right),
  ) as [number, number];
  const [y0, y1] = [arrow.from[1], arrow.to[1]].map(
    (y) => heightOf(y, data, area) ?? area.bottom,
  ) as [number, number];
  const length = Math.hypot(x1 - x0, y1 - y0);
  if (!Number.isFinite(length) || length < 1) return;
  const head = Math.min(ink.textSize * 0.9, length * 0.6);
  const [dx, dy] = [(x1 - x0) / length, (y1 - y0) / length];
  surface.strokeStyle = arrow.colour;
  surface.fillStyle = arrow.colour;
  surface.lineWidth = ink.textSize / 5;
  line(surface, x0, y0, x1 - dx * head * 0.8, y1 - dy * head * 0.8);
  surface.beginPath();
  surface.moveTo(x1, y1);
  surface.lineTo(x1 - dx * head - dy * head * 0.45, y1 - dy * head + dx * head * 0.45);
  surface.lineTo(x1 - dx * head + dy * head * 0.45, y1 - dy * head - dx * head * 0.45);
  surface.closePath();
  surface.fill();
}

function drawMark(surface: Surface, area: PlotArea, data: PlotData, mark: PlotMark, ink: Ink) {
  const y = heightOf(mark.y, data, area);
  if (y === undefined) return;
  const x = position(mark.x, data.x, area.left, area.right);
  const size = ink.textSize * 0.55;
  surface.beginPath();
  if (mark.shape === 'triangle') {
    surface.moveTo(x, y - size * 1.15);
    surface.lineTo(x + size, y + size * 0.75);
    surface.lineTo(x - size, y + size * 0.75);
    surface.closePath();
  } else {
    surface.arc(x, y, size, 0, 2 * Math.PI);
  }
  surface.fillStyle = mark.colour;
  surface.fill();
  surface.strokeStyle = ink.paper;
  surface.lineWidth = 1.5;
  surface.stroke();
}

export function plotFigure(width: number, height: number, data: PlotData, ink: Ink): Figure {
  const area = {
    left: ink.textSize * 3.8,
    top: ink.textSize * 0.8,
    right: width - ink.textSize * 1.2,
    bottom: height - ink.textSize * 1.9,
  };
  return {
    width,
    height,
    draw(surface) {
      surface.fillStyle = ink.paper;
      surface.fillRect(0, 0, width, height);
      drawAxes(surface, area, data, ink);
      surface.save();
      surface.beginPath();
      surface.rect(area.left, area.top - 6, area.right - area.left + 6, area.bottom - area.top + 6);
      surface.clip();
      for (const curve of data.curves) drawCurve(surface, area, data, curve, ink);
      if (data.markX !== undefined) {
        const x = position(data.markX, data.x, area.left, area.right);
        surface.strokeStyle = ink.ink;
        surface.lineWidth = 1.25;
        line(surface, x, area.top, x, area.bottom);
      }
      for (const arrow of data.arrows ?? []) drawArrow(surface, area, data, arrow, ink);
      for (const mark of data.marks ?? []) drawMark(surface, area, data, mark, ink);
      surface.restore();
      surface.strokeStyle = ink.muted;
      surface.lineWidth = 1;
      surface.strokeRect(area.left, area.top, area.right - area.left, area.bottom - area.top);
    },
  };
}
