import { describe, expect, it } from 'vitest';
import { inkOf } from './ink';
import { heightOf, logTicks, plotFigure, powerText } from './plot-figure';
import type { PlotData } from './plot-figure';
import { svgOf } from './surface';

const kArea = { left: 0, top: 0, right: 100, bottom: 100 };
const kPlot: PlotData = {
  x: { min: 0, max: 10 },
  y: { min: 0.001, max: 10 },
  xName: 'layer',
  yName: 'norm',
  curves: [{ xs: [0, 5, 10], ys: [0.001, 0, 10], colour: '#123456' }],
};

describe('a logarithmic axis', () => {
  it('has powers of ten for ticks, not too many', () => {
    expect(logTicks({ min: 0.001, max: 10 }, 10)).toEqual([0.001, 0.01, 0.1, 1, 10]);
    expect(logTicks({ min: 1e-12, max: 1 }, 4).length).toBeLessThanOrEqual(5);
    expect([0.001, 10].map(powerText)).toEqual(['10⁻³', '10¹']);
  });

  it('puts factors at equal distances, and has no place for 0', () => {
    const log = { ...kPlot, isLog: true };
    expect(heightOf(0.1, log, kArea)).toBeCloseTo(50);
    expect(heightOf(0, log, kArea)).toBeUndefined();
    expect(heightOf(0, kPlot, kArea)).toBeCloseTo(100.01);
    expect(heightOf(Infinity, kPlot, kArea)).toBeUndefined();
  });
});

describe('a plot', () => {
  it('draws its curves, marks and arrows', () => {
    const plain = svgOf(plotFigure(300, 200, kPlot, inkOf('light', false)));
    expect(plain).toContain('stroke="#123456"');
    const more = svgOf(
      plotFigure(
        300,
        200,
        {
          ...kPlot,
          marks: [{ x: 5, y: 5, colour: '#abcdef' }],
          arrows: [{ from: [0, 1], to: [10, 9], colour: '#fedcba' }],
        },
        inkOf('light', false),
      ),
    );
    expect(more).toContain('fill="#abcdef"');
    expect(more).toContain('fill="#fedcba"');
  });
});
