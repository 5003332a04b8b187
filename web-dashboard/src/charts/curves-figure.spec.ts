import { expect, it } from 'vitest';
import { curvesFigure } from './curves-figure';
import { inkOf } from './ink';
import { svgOf } from './surface';

it('curvesFigure draws each curve through its values, passing over those that are not there', () => {
  const part = {
    kind: 'loss',
    columns: [
      [0, 5, 10],
      [2, null, 1],
      [null, 1, 2],
    ] as [number[], ...(number | null)[][]],
    curves: [
      { colour: 'rgb(1 2 3)', width: 2 },
      { colour: 'rgb(4 5 6)', width: 1 },
    ],
  } as const;
  const text = svgOf(curvesFigure(400, 200, [part], 'step', inkOf('light', false)));
  const path = (colour: string) => new RegExp(`d="([^"]*)"[^>]*stroke="${colour}"`).exec(text)?.[1];
  expect(path('rgb\\(1 2 3\\)')?.match(/[ML]/g)).toEqual(['M', 'L']);
  expect(path('rgb\\(4 5 6\\)')?.match(/[ML]/g)).toEqual(['M', 'L']);
  expect(text).toContain('>loss</text>');
  expect(text).toContain('>step</text>');
});
