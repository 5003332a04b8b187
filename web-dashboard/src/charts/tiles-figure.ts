// Many small pictures side by side: weights on a scale about zero, or the examples of a batch in grey.

import { classColour, css, diverging } from '../colour';
import type { Theme } from '../colour';
import type { ImageShape } from '../api/model';
import type { Ink } from './ink';
import type { Figure } from './surface';

export interface Tile {
  /** [height, width, channels]. */
  readonly values: readonly number[];
  readonly caption: string;
  /** Class in whose colour the caption is set. */
  readonly captionLabel?: number;
  /** Set apart: predicted wrong. */
  readonly isMarked?: boolean;
}

export interface TilesData {
  readonly shape: ImageShape;
  readonly tiles: readonly Tile[];
  /** For weights, the value that has full colour; for pictures, none: 0 is black and 1 is white. */
  readonly largest?: number;
}

export interface TilesLayout {
  readonly columns: number;
  readonly rows: number;
  readonly tileWidth: number;
  readonly tileHeight: number;
}

/** Full rows are worth pictures that are smaller by this. */
const kWorthFullRows = 0.62;

/** The columns that let pictures be large, without a lonely last one where that can be had. Pure. */
export function tilesLayout(
  width: number,
  height: number,
  count: number,
  shape: ImageShape,
  gap: number,
  captionHeight: number,
): TilesLayout {
  const all: TilesLayout[] = [];
  for (let columns = 1; columns <= Math.max(1, count); columns += 1) {
    const rows = Math.max(1, Math.ceil(count / columns));
    const room = (width - gap * (columns - 1)) / columns;
    const roomBelow = (height - gap * (rows - 1)) / rows - captionHeight;
    const scale = Math.max(0, Math.min(room / shape.width, roomBelow / shape.height));
    all.push({ columns, rows, tileWidth: scale * shape.width, tileHeight: scale * shape.height });
  }
  const largest = Math.max(...all.map(({ tileWidth }) => tileWidth));
  const places = ({ columns, rows }: TilesLayout) => columns * rows;
  const [best] = all
    .filter(({ tileWidth }) => tileWidth >= largest * kWorthFullRows)
    .sort((a, b) => places(a) - places(b) || b.tileWidth - a.tileWidth);
  return best as TilesLayout;
}

/** A picture's pixels. Pure. */
export function tilePixels(
  values: readonly number[],
  shape: ImageShape,
  largest: number | undefined,
  theme: Theme,
): Uint8ClampedArray<ArrayBuffer> {
  const count = shape.width * shape.height;
  const pixels = new Uint8ClampedArray(count * 4);
  for (let pixel = 0; pixel < count; pixel += 1) {
    for (let channel = 0; channel < 3; channel += 1) {
      const value =
        values[shape.channels === 3 ? pixel * 3 + channel : pixel * shape.channels] ?? NaN;
      pixels[pixel * 4 + channel] = largest === undefined ? value * 255 : 0;
    }
    if (largest !== undefined) {
      let sum = 0;
      for (let channel = 0; channel < shape.channels; channel += 1)
        sum += values[pixel * shape.channels + channel] ?? NaN;
      const colour = diverging(sum / shape.channels / (largest || 1), theme);
      pixels[pixel * 4] = colour[0];
      pixels[pixel * 4 + 1] = colour[1];
      pixels[pixel * 4 + 2] = colour[2];
    }
    pixels[pixel * 4 + 3] = 255;
  }
  return pixels;
}

export interface TilesFigure extends Figure {
  /** Which tile lies at a place; -1 for none. */
  tileAt(x: number, y: number): number;
}

export function tilesFigure(width: number, height: number, data: TilesData, ink: Ink): TilesFigure {
  const hasCaptions = data.tiles.some((tile) => tile.caption !== '');
  const captionHeight = hasCaptions ? ink.textSize * 1.35 : 0;
  const gap = data.tiles.length > 30 ? 4 : 8;
  const layout = tilesLayout(width, height, data.tiles.length, data.shape, gap, captionHeight);
  const cellWidth = layout.tileWidth + gap;
  const cellHeight = layout.tileHeight + captionHeight + gap;
  const left = (width - layout.columns * cellWidth + gap) / 2;
  const top = (height - layout.rows * cellHeight + gap) / 2;
  const canvas = document.createElement('canvas');
  canvas.width = data.shape.width;
  canvas.height = data.shape.height;
  return {
    width,
    height,
    tileAt(x, y) {
      const column = Math.floor((x - left) / cellWidth);
      const row = Math.floor((y - top) / cellHeight);
      const tile = row * layout.columns + column;
      return column >= 0 && column < layout.columns && row >= 0 && tile < data.tiles.length
        ? tile
        : -1;
    },
    draw(surface) {
      surface.fillStyle = ink.paper;
      surface.fillRect(0, 0, width, height);
      surface.imageSmoothingEnabled = false;
      surface.font = ink.font();
      surface.textAlign = 'center';
      surface.textBaseline = 'top';
      data.tiles.forEach((tile, i) => {
        const x = left + (i % layout.columns) * cellWidth;
        const y = top + Math.floor(i / layout.columns) * cellHeight;
        const pixels = tilePixels(tile.values, data.shape, data.largest, ink.theme);
        canvas
          .getContext('2d')
          ?.putImageData(new ImageData(pixels, data.shape.width, data.shape.height), 0, 0);
        surface.drawImage(canvas, x, y, layout.tileWidth, layout.tileHeight);
        surface.lineWidth = tile.isMarked ? 2.5 : 1;
        surface.strokeStyle = tile.isMarked ? css(classColour(1, ink.theme)) : ink.faint;
        surface.strokeRect(x, y, layout.tileWidth, layout.tileHeight);
        if (tile.caption === '' || layout.tileWidth < ink.textSize * 1.2) return;
        surface.fillStyle = tile.captionLabel === undefined ? ink.muted : ink.ink;
        surface.fillText(tile.caption, x + layout.tileWidth / 2, y + layout.tileHeight + 3);
      });
    },
  };
}
