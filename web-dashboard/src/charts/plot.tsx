import { useCallback } from 'react';
import { FigureCanvas } from './figure-canvas';
import type { Ink } from './ink';
import { plotFigure } from './plot-figure';
import type { PlotData } from './plot-figure';

/** A plot on the page; `label` is what a screen reader says it is. */
export function Plot({
  label,
  data,
  isStale,
}: {
  label: string;
  data: PlotData;
  isStale?: boolean;
}) {
  const figure = useCallback(
    (width: number, height: number, ink: Ink) => plotFigure(width, height, data, ink),
    [data],
  );
  return <FigureCanvas label={label} figure={figure} isStale={isStale} />;
}
