// A figure on the page: painted once a frame at most, offered for saving as a picture.

import { useEffect, useMemo, useRef } from 'react';
import type { PointerEvent } from 'react';
import { useSize } from '../ui/hooks';
import { useAppearance } from '../ui/theme';
import { inkOf } from './ink';
import type { Ink } from './ink';
import { paint } from './surface';
import type { Figure } from './surface';

interface Props<F extends Figure> {
  /** What a screen reader says it is. */
  readonly label: string;
  readonly figure: (width: number, height: number, ink: Ink) => F;
  readonly onPoint?: (figure: F, x: number, y: number) => void;
  readonly onHover?: (figure: F, x: number | null, y: number | null) => void;
  /** Hands out the figure that is shown, to be saved. */
  readonly figureRef?: { current: (() => Figure | null) | null };
  readonly isStale?: boolean;
}

export function FigureCanvas<F extends Figure>({
  label,
  figure,
  onPoint,
  onHover,
  figureRef,
  isStale,
}: Props<F>) {
  const [box, { width, height }] = useSize<HTMLDivElement>();
  const canvas = useRef<HTMLCanvasElement>(null);
  const { theme, projector } = useAppearance();
  const drawn = useMemo(
    () => (width > 0 && height > 0 ? figure(width, height, inkOf(theme, projector)) : null),
    [figure, width, height, theme, projector],
  );
  useEffect(() => {
    if (figureRef === undefined) return undefined;
    figureRef.current = () => drawn;
    return () => {
      figureRef.current = null;
    };
  }, [drawn, figureRef]);
  useEffect(() => {
    if (drawn === null) return undefined;
    const frame = requestAnimationFrame(() => {
      if (canvas.current !== null) paint(canvas.current, drawn);
    });
    return () => cancelAnimationFrame(frame);
  }, [drawn]);
  const at = (event: PointerEvent, act: (x: number, y: number) => void) => {
    const { left, top } = event.currentTarget.getBoundingClientRect();
    act(event.clientX - left, event.clientY - top);
  };
  return (
    <div className={isStale === true ? 'figure stale' : 'figure'} ref={box}>
      <canvas
        ref={canvas}
        role="img"
        aria-label={label}
        style={{ width, height }}
        onPointerDown={(event) =>
          drawn !== null && onPoint !== undefined && at(event, (x, y) => onPoint(drawn, x, y))
        }
        onPointerMove={(event) =>
          drawn !== null && onHover !== undefined && at(event, (x, y) => onHover(drawn, x, y))
        }
        onPointerLeave={() => drawn !== null && onHover?.(drawn, null, null)}
      />
    </div>
  );
}
