// What a page lets one move, and how the URL writes it down: nothing for a control where it began.

export interface Slider {
  readonly kind: 'slider';
  readonly label: string;
  readonly min: number;
  readonly max: number;
  readonly step: number;
  readonly initial: number;
}
export interface Choice {
  readonly kind: 'choice';
  readonly label: string;
  /** Value and name of each. */
  readonly options: readonly (readonly [string, string])[];
  readonly initial: string;
}
export interface Switch {
  readonly kind: 'switch';
  readonly label: string;
  readonly initial: boolean;
}
/** Something to type, such as the coefficients of a polynomial. */
export interface Field {
  readonly kind: 'field';
  readonly label: string;
  readonly initial: string;
  /** What is wrong with a text; null for nothing. */
  readonly check: (text: string) => string | null;
}
export type Control = Slider | Choice | Switch | Field;
export type Controls = Readonly<Record<string, Control>>;

export type ValueOf<C extends Control> = C extends Slider
  ? number
  : C extends Switch
    ? boolean
    : string;
export type ValuesOf<C extends Controls> = { readonly [Name in keyof C]: ValueOf<C[Name]> };

export function slider(
  label: string,
  min: number,
  max: number,
  step: number,
  initial: number,
): Slider {
  return { kind: 'slider', label, min, max, step, initial };
}
export function choice(
  label: string,
  options: readonly (readonly [string, string])[],
  initial: string,
): Choice {
  return { kind: 'choice', label, options, initial };
}
export function switched(label: string, initial: boolean): Switch {
  return { kind: 'switch', label, initial };
}
export function field(
  label: string,
  initial: string,
  check: (text: string) => string | null,
): Field {
  return { kind: 'field', label, initial, check };
}

/** A slider's position nearest to a value: within its range, on one of its steps. */
export function snapped({ min, max, step }: Slider, value: number): number {
  const steps = Math.round((Math.min(max, Math.max(min, value)) - min) / step);
  return Number(Math.min(max, min + steps * step).toFixed(decimalsOf(step)));
}

/** Decimals that tell the steps of a slider apart. */
export function decimalsOf(step: number): number {
  return Math.max(0, -Math.floor(Math.log10(step) + 1e-9));
}

/** What a URL says of a control; where it began, for what is no value of it. */
export function valueFrom(control: Control, text: string | null): number | boolean | string {
  if (text === null) return control.initial;
  switch (control.kind) {
    case 'slider': {
      const value = Number(text);
      return text.trim() !== '' && Number.isFinite(value)
        ? snapped(control, value)
        : control.initial;
    }
    case 'switch':
      return text === '1' ? true : text === '0' ? false : control.initial;
    case 'choice':
      return control.options.some(([value]) => value === text) ? text : control.initial;
    case 'field':
      return text;
  }
}

/** What the URL says for a value; null for where the control began. */
export function textOf(control: Control, value: number | boolean | string): string | null {
  if (value === control.initial) return null;
  return typeof value === 'boolean' ? (value ? '1' : '0') : String(value);
}

export function valuesFrom<C extends Controls>(controls: C, search: string): ValuesOf<C> {
  const parameters = new URLSearchParams(search);
  return Object.fromEntries(
    Object.entries(controls).map(([name, control]) => [
      name,
      valueFrom(control, parameters.get(name)),
    ]),
  ) as ValuesOf<C>;
}

/** Numbers with commas between; undefined where one is none. */
export function numbersOf(text: string): number[] | undefined {
  const numbers = text.split(',').map((part) => (part.trim() === '' ? NaN : Number(part)));
  return numbers.every(Number.isFinite) ? numbers : undefined;
}
