import { useCallback } from 'react';
import type { ImageShape } from '../../api/model';
import { FigureCanvas } from '../../charts/figure-canvas';
import type { Ink } from '../../charts/ink';
import type { Figure } from '../../charts/surface';

/** RGBA of a picture of bytes. Pure. */
export function rgba(bytes: Uint8Array, shape: ImageShape): Uint8ClampedArray<ArrayBuffer> {
  const count = shape.width * shape.height;
  const pixels = new Uint8ClampedArray(count * 4);
  for (let pixel = 0; pixel < count; pixel += 1) {
    for (let channel = 0; channel < 3; channel += 1) {
      pixels[pixel * 4 + channel] =
        bytes[pixel * shape.channels + (shape.channels === 3 ? channel : 0)] ?? 0;
    }
    pixels[pixel * 4 + 3] = 255;
  }
  return pixels;
}

/** A picture as large as there is room. */
export function Pixels({
  label,
  bytes,
  shape,
}: {
  label: string;
  bytes: Uint8Array | undefined;
  shape: ImageShape | undefined;
}) {
  const figure = useCallback(
    (width: number, height: number, ink: Ink): Figure => ({
      width,
      height,
      draw(surface) {
        surface.fillStyle = ink.paper;
        surface.fillRect(0, 0, width, height);
        if (bytes === undefined || shape === undefined) return;
        const canvas = document.createElement('canvas');
        canvas.width = shape.width;
        canvas.height = shape.height;
        canvas
          .getContext('2d')
          ?.putImageData(new ImageData(rgba(bytes, shape), shape.width, shape.height), 0, 0);
        const scale = Math.min(width / shape.width, height / shape.height);
        surface.imageSmoothingEnabled = scale < 1;
        surface.drawImage(
          canvas,
          (width - scale * shape.width) / 2,
          (height - scale * shape.height) / 2,
          scale * shape.width,
          scale * shape.height,
        );
      },
    }),
    [bytes, shape],
  );
  return <FigureCanvas label={label} figure={figure} />;
}
