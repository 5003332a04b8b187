import { describe, expect, it } from 'vitest';
import { choice, numbersOf, slider, snapped, switched, textOf, valueFrom } from './control';

const kSlider = slider('A', -3, 3, 0.05, 1);

describe('a slider', () => {
  it('keeps what a URL says on its steps and in its range', () => {
    expect(valueFrom(kSlider, '0.35')).toBe(0.35);
    expect(valueFrom(kSlider, '0.37')).toBe(0.35);
    expect(valueFrom(kSlider, '99')).toBe(3);
    expect(valueFrom(kSlider, '-99')).toBe(-3);
  });

  it('stands where it began for what is no number', () => {
    for (const text of [null, '', ' ', 'x', 'Infinity', 'NaN']) {
      expect(valueFrom(kSlider, text)).toBe(1);
    }
  });

  it('has positions without the noise of floating point', () => {
    expect(snapped(slider('', 0, 1, 0.1, 0), 0.1 + 0.2)).toBe(0.3);
    expect(snapped(slider('', 5, 30, 10, 5), 28)).toBe(25);
  });
});

describe('what the URL says', () => {
  it('is nothing for a control where it began, and comes back as what it was', () => {
    expect(textOf(kSlider, 1)).toBeNull();
    expect(valueFrom(kSlider, textOf(kSlider, -0.2))).toBe(-0.2);
    const on = switched('', true);
    expect(textOf(on, true)).toBeNull();
    expect(valueFrom(on, textOf(on, false))).toBe(false);
  });

  it('is not taken for a choice that there is not', () => {
    const data = choice(
      '',
      [
        ['xor', 'xor'],
        ['bullseye', 'bullseye'],
      ],
      'xor',
    );
    expect(valueFrom(data, 'bullseye')).toBe('bullseye');
    expect(valueFrom(data, 'mnist')).toBe('xor');
  });
});

describe('numbers with commas between', () => {
  it('are read, and what is none is refused', () => {
    expect(numbersOf('2, -5,1')).toEqual([2, -5, 1]);
    for (const text of ['', '1,', '1,,2', '1,a', '1e999']) expect(numbersOf(text)).toBeUndefined();
  });
});
