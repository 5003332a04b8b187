// A network as lecturers draw it: a rectangle of circles for each layer, its width above, the size of
// what it gives out below, and on the arrow that leaves it the function that follows.

import { classColour, css } from '../colour';
import { formatCount } from '../format';
import type { Ink } from './ink';
import type { Figure, Surface } from './surface';

export interface DiagramLayer {
  readonly units: number;
  /** Above the rectangle, such as F64. */
  readonly name: string;
  /** On the arrow that leaves it; empty for none. */
  readonly activation: string;
}

export interface DiagramData {
  /** Numbers that go in. */
  readonly inputs: number;
  readonly layers: readonly DiagramLayer[];
}

/** Circles that stand for so many units: all of few, ever fewer of many. Pure. */
export function circlesFor(units: number): number {
  return units <= 10 ? units : Math.min(16, Math.round(10 + 2 * Math.log2(units / 10)));
}

function arrow(surface: Surface, from: number, to: number, y: number, ink: Ink): void {
  const head = ink.textSize * 0.6;
  surface.strokeStyle = ink.ink;
  surface.fillStyle = ink.ink;
  surface.lineWidth = 1.5;
  surface.beginPath();
  surface.moveTo(from, y);
  surface.lineTo(to - head, y);
  surface.stroke();
  surface.beginPath();
  surface.moveTo(to, y);
  surface.lineTo(to - head, y - head * 0.6);
  surface.lineTo(to - head, y + head * 0.6);
  surface.closePath();
  surface.fill();
}

export function diagramFigure(width: number, height: number, data: DiagramData, ink: Ink): Figure {
  const middle = height / 2;
  const places = data.layers.length + 2;
  const each = width / places;
  const most = Math.max(1, ...data.layers.map((layer) => circlesFor(layer.units)));
  const pitch = Math.min(ink.textSize * 2.4, (height - ink.textSize * 6) / most);
  const boxWidth = Math.min(each * 0.42, pitch * 1.5, ink.textSize * 4);
  return {
    width,
    height,
    draw(surface) {
      surface.fillStyle = ink.paper;
      surface.fillRect(0, 0, width, height);
      surface.textAlign = 'center';
      surface.textBaseline = 'middle';
      const centre = (place: number) => (place + 0.5) * each;
      surface.font = ink.font(ink.textSize * 1.1, 600);
      surface.fillStyle = ink.ink;
      surface.fillText('x', centre(0), middle);
      surface.font = ink.font();
      surface.fillStyle = ink.muted;
      surface.fillText(formatCount(data.inputs), centre(0), middle + ink.textSize * 1.6);
      let from = centre(0) + ink.textSize * 1.4;
      let label = '';
      data.layers.forEach((layer, i) => {
        const x = centre(i + 1);
        drawLink(surface, from, x - boxWidth / 2 - 2, middle, label, ink);
        drawLayer(surface, layer, x, middle, boxWidth, pitch, i, ink);
        from = x + boxWidth / 2;
        label = layer.activation;
      });
      const end = centre(places - 1);
      drawLink(surface, from, end - ink.textSize * 1.2, middle, label, ink);
      surface.font = ink.font(ink.textSize * 1.1, 600);
      surface.fillStyle = ink.ink;
      surface.fillText('p', end, middle);
    },
  };
}

function drawLink(
  surface: Surface,
  from: number,
  to: number,
  y: number,
  label: string,
  ink: Ink,
): void {
  arrow(surface, from, to, y, ink);
  if (label === '') return;
  const at = (from + to) / 2 - ink.textSize * 0.3;
  const radius = ink.textSize * 0.7;
  surface.beginPath();
  surface.arc(at, y, radius, 0, 2 * Math.PI);
  surface.fillStyle = css(classColour(4, ink.theme));
  surface.fill();
  surface.strokeStyle = ink.ink;
  surface.lineWidth = 1.25;
  surface.stroke();
  surface.fillStyle = ink.ink;
  surface.font = ink.font();
  surface.fillText(label, at, y - radius - ink.textSize * 0.9);
}

function drawLayer(
  surface: Surface,
  layer: DiagramLayer,
  x: number,
  y: number,
  boxWidth: number,
  pitch: number,
  place: number,
  ink: Ink,
): void {
  const count = circlesFor(layer.units);
  const tall = count * pitch + pitch * 0.4;
  surface.fillStyle = ink.faint;
  surface.fillRect(x - boxWidth / 2, y - tall / 2, boxWidth, tall);
  surface.strokeStyle = ink.muted;
  surface.lineWidth = 1.5;
  surface.strokeRect(x - boxWidth / 2, y - tall / 2, boxWidth, tall);
  for (let i = 0; i < count; i += 1) {
    surface.beginPath();
    surface.arc(
      x,
      y + (i - (count - 1) / 2) * pitch,
      Math.min(pitch, boxWidth) * 0.33,
      0,
      2 * Math.PI,
    );
    surface.fillStyle = css(classColour(place === 0 ? 0 : 2, ink.theme));
    surface.fill();
  }
  surface.font = ink.font(ink.textSize * 1.15, 600);
  surface.fillStyle = ink.ink;
  surface.fillText(layer.name, x, y - tall / 2 - ink.textSize);
  surface.font = ink.font();
  surface.fillStyle = ink.muted;
  surface.fillText(formatCount(layer.units), x, y + tall / 2 + ink.textSize);
}
