import { describe, expect, it } from 'vitest';
import { SvgSurface } from './surface';

describe('SvgSurface', () => {
  it('keeps strokes, fills and text', () => {
    const surface = new SvgSurface(200, 100);
    surface.beginPath();
    surface.moveTo(1, 2);
    surface.lineTo(3.456, 4);
    surface.strokeStyle = 'rgb(0 114 178)';
    surface.lineWidth = 2;
    surface.stroke();
    surface.fillText('a < b & c', 5, 6);
    const text = surface.text();
    expect(text).toContain('viewBox="0 0 200 100"');
    expect(text).toContain(
      '<path d="M1 2L3.46 4" fill="none" stroke="rgb(0 114 178)" stroke-width="2"',
    );
    expect(text).toContain('a &lt; b &amp; c');
  });

  it('closes each group that it opens', () => {
    const surface = new SvgSurface(10, 10);
    surface.save();
    surface.beginPath();
    surface.rect(0, 0, 5, 5);
    surface.clip();
    surface.save();
    surface.translate(1, 1);
    surface.rotate(Math.PI / 2);
    surface.restore();
    surface.restore();
    const text = surface.text();
    expect(text.match(/<g /g)).toHaveLength(3);
    expect(text.match(/<\/g>/g)).toHaveLength(3);
    expect(text).toContain('rotate(90)');
  });
});
