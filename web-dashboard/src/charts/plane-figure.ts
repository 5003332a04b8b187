// The input space of two numbers: where the model sees which class, the examples, the batch.

import type { BoundaryLine, Grid } from '../api/inspect';
import { classColour, css, regionColour } from '../colour';
import type { Theme } from '../colour';
import { formatTick } from '../format';
import { drawMarker } from '../markers';
import { position, ticks, tickStep } from '../scale';
import type { Extent } from '../scale';
import type { Ink } from './ink';
import type { Figure, Surface } from './surface';

export interface PlanePoint {
  readonly x: number;
  readonly y: number;
  readonly label: number;
}

export interface PlaneData {
  readonly x: Extent;
  readonly y: Extent;
  readonly xName: string;
  readonly yName: string;
  readonly grid?: Grid;
  /** Lines to draw in place of the grid's. */
  readonly lines?: readonly BoundaryLine[];
  readonly points: readonly PlanePoint[];
  /** Those about to be trained on, or that caused the last change. */
  readonly ringed: readonly PlanePoint[];
  /** One that somebody has picked out. */
  readonly pinned?: { readonly x: number; readonly y: number };
  /** A walk over the plane, from its start on; `pinned` says where on it one stands. */
  readonly path?: readonly { readonly x: number; readonly y: number }[];
}

export interface PlaneArea {
  readonly left: number;
  readonly top: number;
  readonly right: number;
  readonly bottom: number;
}

export function planeArea(width: number, height: number, ink: Ink): PlaneArea {
  const text = ink.textSize;
  return {
    left: text * 2.6,
    top: text * 0.5,
    right: width - text * 1.2,
    bottom: height - text * 1.9,
  };
}

/** The regions as an image of one pixel a cell, the highest y first. Pure. */
export function regionPixels(grid: Grid, theme: Theme): Uint8ClampedArray<ArrayBuffer> {
  const pixels = new Uint8ClampedArray(grid.columns * grid.rows * 4);
  const palette = new Map<number, readonly [number, number, number]>();
  for (let row = 0; row < grid.rows; row += 1) {
    for (let column = 0; column < grid.columns; column += 1) {
      const cell = row * grid.columns + column;
      const label = grid.labels[cell] ?? 0;
      const confidence = grid.confidence[cell] ?? 255;
      const key = label * 256 + confidence;
      let colour = palette.get(key);
      if (colour === undefined) {
        colour = regionColour(label, confidence / 255, grid.classes, theme);
        palette.set(key, colour);
      }
      const pixel = ((grid.rows - 1 - row) * grid.columns + column) * 4;
      pixels[pixel] = colour[0];
      pixels[pixel + 1] = colour[1];
      pixels[pixel + 2] = colour[2];
      pixels[pixel + 3] = 255;
    }
  }
  return pixels;
}

/** Where a line crosses the rectangle; null where it does not. */
export function lineThrough(
  line: { readonly weightX: number; readonly weightY: number; readonly offset: number },
  x: Extent,
  y: Extent,
): [number, number, number, number] | null {
  const { weightX, weightY, offset } = line;
  const crossings: [number, number][] = [];
  const width = x.max - x.min;
  const height = y.max - y.min;
  if (weightY !== 0) {
    for (const at of [x.min, x.max]) {
      const value = -(weightX * at + offset) / weightY;
      if (value >= y.min - 1e-9 * height && value <= y.max + 1e-9 * height)
        crossings.push([at, value]);
    }
  }
  if (weightX !== 0) {
    for (const at of [y.min, y.max]) {
      const value = -(weightY * at + offset) / weightX;
      if (value >= x.min - 1e-9 * width && value <= x.max + 1e-9 * width)
        crossings.push([value, at]);
    }
  }
  const first = crossings[0];
  if (first === undefined) return null;
  let farthest: [number, number] | null = null;
  let most = 0;
  for (const each of crossings) {
    const distance = Math.abs(each[0] - first[0]) / width + Math.abs(each[1] - first[1]) / height;
    if (distance > most) [most, farthest] = [distance, each];
  }
  return farthest === null ? null : [...first, ...farthest];
}

function regionCanvas(grid: Grid, theme: Theme): HTMLCanvasElement {
  const canvas = document.createElement('canvas');
  canvas.width = grid.columns;
  canvas.height = grid.rows;
  canvas
    .getContext('2d')
    ?.putImageData(new ImageData(regionPixels(grid, theme), grid.columns, grid.rows), 0, 0);
  return canvas;
}

function drawAxes(surface: Surface, area: PlaneArea, data: PlaneData, ink: Ink): void {
  surface.font = ink.font();
  surface.fillStyle = ink.muted;
  surface.strokeStyle = ink.muted;
  surface.lineWidth = 1;
  const xStep = tickStep(data.x, Math.max(2, (area.right - area.left) / (ink.textSize * 5)));
  surface.textAlign = 'center';
  surface.textBaseline = 'top';
  for (const tick of ticks(data.x, (area.right - area.left) / (ink.textSize * 5))) {
    const x = position(tick, data.x, area.left, area.right);
    surface.beginPath();
    surface.moveTo(x, area.bottom);
    surface.lineTo(x, area.bottom + 4);
    surface.stroke();
    surface.fillText(formatTick(tick, xStep), x, area.bottom + 6);
  }
  const yStep = tickStep(data.y, Math.max(2, (area.bottom - area.top) / (ink.textSize * 4)));
  surface.textAlign = 'right';
  surface.textBaseline = 'middle';
  for (const tick of ticks(data.y, (area.bottom - area.top) / (ink.textSize * 4))) {
    const y = position(tick, data.y, area.bottom, area.top);
    surface.beginPath();
    surface.moveTo(area.left - 4, y);
    surface.lineTo(area.left, y);
    surface.stroke();
    surface.fillText(formatTick(tick, yStep), area.left - 6, y);
  }
  surface.strokeRect(area.left, area.top, area.right - area.left, area.bottom - area.top);
  surface.fillStyle = ink.ink;
  surface.textAlign = 'right';
  surface.textBaseline = 'alphabetic';
  surface.fillText(data.xName, area.right - 4, area.bottom - 6);
  surface.textAlign = 'left';
  surface.textBaseline = 'top';
  surface.fillText(data.yName, area.left + 6, area.top + 6);
}

function drawLines(surface: Surface, area: PlaneArea, data: PlaneData, ink: Ink): void {
  const lines = data.lines ?? data.grid?.lines ?? [];
  for (const line of lines) {
    const ends = lineThrough(line, data.x, data.y);
    if (ends === null) continue;
    surface.beginPath();
    surface.moveTo(
      position(ends[0], data.x, area.left, area.right),
      position(ends[1], data.y, area.bottom, area.top),
    );
    surface.lineTo(
      position(ends[2], data.x, area.left, area.right),
      position(ends[3], data.y, area.bottom, area.top),
    );
    surface.strokeStyle = lines.length === 1 ? ink.ink : css(classColour(line.label, ink.theme));
    surface.lineWidth = ink.textSize / 5;
    surface.stroke();
  }
}

export function planeFigure(width: number, height: number, data: PlaneData, ink: Ink): Figure {
  const area = planeArea(width, height, ink);
  return {
    width,
    height,
    draw(surface) {
      surface.fillStyle = ink.paper;
      surface.fillRect(0, 0, width, height);
      surface.save();
      surface.beginPath();
      surface.rect(area.left, area.top, area.right - area.left, area.bottom - area.top);
      surface.clip();
      if (data.grid !== undefined) {
        surface.imageSmoothingEnabled = true;
        const { x, y } = data.grid;
        const left = position(x.min, data.x, area.left, area.right);
        const top = position(y.max, data.y, area.bottom, area.top);
        surface.drawImage(
          regionCanvas(data.grid, ink.theme),
          left,
          top,
          position(x.max, data.x, area.left, area.right) - left,
          position(y.min, data.y, area.bottom, area.top) - top,
        );
      }
      const size = Math.max(5, ink.textSize * (data.points.length > 1000 ? 0.5 : 0.72));
      for (const point of data.points) {
        const x = position(point.x, data.x, area.left, area.right);
        const y = position(point.y, data.y, area.bottom, area.top);
        drawMarker(surface, x, y, size, point.label, css(classColour(point.label, ink.theme)));
      }
      drawLines(surface, area, data, ink);
      for (const point of data.ringed) {
        const x = position(point.x, data.x, area.left, area.right);
        const y = position(point.y, data.y, area.bottom, area.top);
        drawMarker(surface, x, y, size, point.label, css(classColour(point.label, ink.theme)));
        surface.beginPath();
        surface.arc(x, y, size * 0.95, 0, 2 * Math.PI);
        surface.strokeStyle = ink.ink;
        surface.lineWidth = 1.75;
        surface.stroke();
      }
      if (data.path !== undefined) drawPath(surface, area, data, data.path, ink);
      if (data.pinned !== undefined) drawPin(surface, area, data, data.pinned, ink);
      surface.restore();
      drawAxes(surface, area, data, ink);
    },
  };
}

function drawPath(
  surface: Surface,
  area: PlaneArea,
  data: PlaneData,
  path: readonly { readonly x: number; readonly y: number }[],
  ink: Ink,
): void {
  const at = path.map(({ x, y }): [number, number] => [
    position(x, data.x, area.left, area.right),
    position(y, data.y, area.bottom, area.top),
  ]);
  const first = at[0];
  if (first === undefined) return;
  for (const [colour, width] of [
    [ink.paper, 5],
    [ink.ink, 2],
  ] as const) {
    surface.strokeStyle = colour;
    surface.lineWidth = width;
    surface.lineJoin = 'round';
    surface.beginPath();
    at.forEach(([x, y], i) => (i === 0 ? surface.moveTo(x, y) : surface.lineTo(x, y)));
    surface.stroke();
    surface.beginPath();
    surface.arc(first[0], first[1], ink.textSize * 0.55, 0, 2 * Math.PI);
    surface.stroke();
  }
}

function drawPin(
  surface: Surface,
  area: PlaneArea,
  data: PlaneData,
  pin: { x: number; y: number },
  ink: Ink,
): void {
  const x = position(pin.x, data.x, area.left, area.right);
  const y = position(pin.y, data.y, area.bottom, area.top);
  for (const [colour, width] of [
    [ink.paper, 5],
    [ink.ink, 2],
  ] as const) {
    surface.beginPath();
    surface.moveTo(x - 9, y);
    surface.lineTo(x + 9, y);
    surface.moveTo(x, y - 9);
    surface.lineTo(x, y + 9);
    surface.strokeStyle = colour;
    surface.lineWidth = width;
    surface.stroke();
  }
}
