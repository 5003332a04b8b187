import { describe, expect, it } from 'vitest';
import { circlesFor, diagramFigure } from './diagram-figure';
import { inkOf } from './ink';
import { svgOf } from './surface';

describe('the drawing of a network', () => {
  it('shows all units of small layers, and never fewer circles for more units', () => {
    expect([1, 3, 10].map(circlesFor)).toEqual([1, 3, 10]);
    const counts = [10, 20, 64, 512, 4096].map(circlesFor);
    expect(counts).toEqual([...counts].sort((a, b) => a - b));
    expect(counts.at(-1)).toBe(16);
  });

  it('says widths, sizes and functions', () => {
    const svg = svgOf(
      diagramFigure(
        800,
        400,
        {
          inputs: 784,
          layers: [
            { units: 64, name: 'F64', activation: 'tanh' },
            { units: 10, name: 'F10', activation: 'softmax' },
          ],
        },
        inkOf('light', false),
      ),
    );
    for (const text of ['>784<', '>F64<', '>64<', '>tanh<', '>F10<', '>10<', '>softmax<']) {
      expect(svg).toContain(text);
    }
    expect(svg.match(/<rect [^>]*stroke-width="1.5"/g)?.length).toBe(2);
  });
});
