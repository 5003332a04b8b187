// A distribution as bars, each with its number below.

import { formatSignificant } from '../format';
import type { Ink } from './ink';
import type { Figure } from './surface';

export interface BarsData {
  readonly values: readonly number[];
  readonly colour: string;
  /** What the full height stands for. */
  readonly highest: number;
  readonly name: string;
}

export function barsFigure(width: number, height: number, data: BarsData, ink: Ink): Figure {
  const top = ink.textSize * 2.2;
  const bottom = height - ink.textSize * 1.9;
  const left = ink.textSize * 0.5;
  const right = width - ink.textSize * 0.5;
  const each = (right - left) / Math.max(1, data.values.length);
  return {
    width,
    height,
    draw(surface) {
      surface.fillStyle = ink.paper;
      surface.fillRect(0, 0, width, height);
      surface.font = ink.font(undefined, 600);
      surface.fillStyle = ink.ink;
      surface.textAlign = 'left';
      surface.textBaseline = 'top';
      surface.fillText(data.name, left, 2);
      surface.font = ink.font();
      surface.textAlign = 'center';
      data.values.forEach((value, i) => {
        const tall = Number.isFinite(value) ? Math.min(1, Math.max(0, value / data.highest)) : 1;
        const x = left + i * each;
        surface.fillStyle = data.colour;
        surface.fillRect(
          x + each * 0.14,
          bottom - tall * (bottom - top),
          each * 0.72,
          tall * (bottom - top),
        );
        surface.fillStyle = ink.muted;
        surface.fillText(
          Number.isFinite(value) ? formatSignificant(value, 2) : '∞',
          x + each / 2,
          bottom + 6,
        );
      });
      surface.strokeStyle = ink.muted;
      surface.lineWidth = 1;
      surface.beginPath();
      surface.moveTo(left, bottom);
      surface.lineTo(right, bottom);
      surface.stroke();
    },
  };
}
