// The controls of a page, drawn from what they are.

import { useId } from 'react';
import { decimalsOf } from './control';
import type { Control, Controls, Field, Slider, ValuesOf } from './control';

interface Props<C extends Controls> {
  readonly controls: C;
  readonly values: ValuesOf<C>;
  readonly onChange: (changes: Partial<ValuesOf<C>>) => void;
  /** Those to show, in this order; all without it. */
  readonly names?: readonly (keyof C & string)[];
  /** The highest positions of sliders that end earlier than they might. */
  readonly limits?: Partial<Record<keyof C, number>>;
}

export function ControlRows<C extends Controls>({
  controls,
  values,
  onChange,
  names,
  limits,
}: Props<C>) {
  return (
    <div className="lesson-controls">
      {(names ?? Object.keys(controls)).map((name) => (
        <ControlRow
          key={name}
          name={name}
          control={controls[name] as Control}
          value={values[name]}
          max={limits?.[name]}
          onChange={(value) => onChange({ [name]: value } as Partial<ValuesOf<C>>)}
        />
      ))}
    </div>
  );
}

interface RowProps {
  readonly name: string;
  readonly control: Control;
  readonly value: number | boolean | string;
  readonly max?: number;
  readonly onChange: (value: number | boolean | string) => void;
}

function ControlRow({ name, control, value, max, onChange }: RowProps) {
  switch (control.kind) {
    case 'slider':
      return (
        <SliderRow
          name={name}
          control={max === undefined ? control : { ...control, max }}
          value={Number(value)}
          onChange={onChange}
        />
      );
    case 'switch':
      return (
        <label className="control control-switch">
          <input
            type="checkbox"
            name={name}
            checked={value === true}
            onChange={(event) => onChange(event.target.checked)}
          />
          {control.label}
        </label>
      );
    case 'choice':
      return (
        <label className="control">
          <span className="control-label">{control.label}</span>
          <select
            name={name}
            value={String(value)}
            onChange={(event) => onChange(event.target.value)}
          >
            {control.options.map(([each, text]) => (
              <option key={each} value={each}>
                {text}
              </option>
            ))}
          </select>
        </label>
      );
    case 'field':
      return <FieldRow name={name} control={control} value={String(value)} onChange={onChange} />;
  }
}

function SliderRow({
  name,
  control,
  value,
  onChange,
}: {
  name: string;
  control: Slider;
  value: number;
  onChange: (value: number) => void;
}) {
  const shown = Math.min(value, control.max);
  return (
    <label className="control control-slider">
      <span className="control-label">{control.label}</span>
      <input
        type="range"
        name={name}
        min={control.min}
        max={control.max}
        step={control.step}
        value={shown}
        onChange={(event) => onChange(Number(event.target.value))}
      />
      <output className="number">
        {shown.toFixed(decimalsOf(control.step)).replace('-', '−')}
      </output>
    </label>
  );
}

function FieldRow({
  name,
  control,
  value,
  onChange,
}: {
  name: string;
  control: Field;
  value: string;
  onChange: (value: string) => void;
}) {
  const id = useId();
  const problem = control.check(value);
  return (
    <div className="control control-field">
      <label className="control-label" htmlFor={id}>
        {control.label}
      </label>
      <input
        id={id}
        name={name}
        type="text"
        spellCheck={false}
        autoComplete="off"
        value={value}
        aria-invalid={problem !== null}
        aria-describedby={problem === null ? undefined : `${id}-problem`}
        onChange={(event) => onChange(event.target.value)}
      />
      {problem !== null && (
        <span className="help wrong" id={`${id}-problem`}>
          {problem}
        </span>
      )}
    </div>
  );
}
