// A new run: a form made from the contract's fields; what the server refuses stands at its field.

import { useEffect, useMemo, useRef, useState } from 'react';
import type { SyntheticEvent } from 'react';
import { refusalOf } from '../../api/convert';
import { listDatasets } from '../../api/datasets';
import { formErrors, jobValues, presetValues, shownFields, specOf } from '../../api/job-form';
import type { FormField, FormValues } from '../../api/job-form';
import { createJob, getJob } from '../../api/jobs';
import type { ModelKind, Refusal } from '../../api/model';
import { kPresets, presetById } from '../../api/presets';
import { newRequestId } from '../../api/request-id';
import { ensureDataset } from '../../api/train-preset';
import { ownerName, setOwnerName } from '../../api/transport';
import { subscription } from '../../api/subscription/subscriber';
import { formatCount } from '../../format';
import { useAnswer, useTitle } from '../../ui/hooks';
import { Link, Refused } from '../../ui/parts';
import { navigate, useParameter } from '../../ui/router';

const kModels: readonly (readonly [ModelKind, string, string])[] = [
  ['perceptron', 'Perceptron', 'two classes, one line'],
  ['multiperceptron', 'Multiperceptron', 'a line for each class'],
  ['mlp', 'MLP', 'with hidden layers'],
];

const kStart: FormValues = { model: 'mlp', dataset: '', 'mlp.hidden_units': '64' };

export default function NewPage() {
  useTitle('New run');
  const [presetId, setPresetId] = useParameter('preset');
  const [from] = useParameter('from');
  const [values, setValues] = useState<FormValues>(() => {
    const preset = presetById(presetId);
    return preset === undefined ? kStart : presetValues(preset);
  });
  const [owner, setOwner] = useState(ownerName);
  const [refusal, setRefusal] = useState<Refusal | null>(null);
  const [isSending, setSending] = useState(false);
  const requestId = useRef(newRequestId());
  const datasets = useAnswer('datasets', listDatasets);
  const source = useAnswer(from === null ? null : `job ${from}`, (signal) =>
    getJob(from ?? '', signal),
  );
  useEffect(() => {
    if (source.value !== undefined) setValues(jobValues(source.value));
  }, [source.value]);

  const fields = shownFields(values);
  const local = formErrors(values);
  const errors = useMemo(() => errorsByField(refusal), [refusal]);
  const preset = presetById(presetId);
  const names = datasets.value?.map((dataset) => dataset.id) ?? [];
  const choices = [
    ...new Set([
      ...names,
      ...(preset === undefined ? [] : [preset.dataset]),
      values['dataset'] ?? '',
    ]),
  ].filter((name) => name !== '');
  const dataset = datasets.value?.find((each) => each.id === values['dataset']);
  const set = (path: string, value: string) => {
    setValues((last) => ({ ...last, [path]: value }));
    requestId.current = newRequestId();
  };
  const submit = async (event: SyntheticEvent) => {
    event.preventDefault();
    if (Object.keys(local).length > 0) return;
    setSending(true);
    setRefusal(null);
    try {
      setOwnerName(owner.trim());
      subscription().greet();
      if (
        preset !== undefined &&
        values['dataset'] === preset.dataset &&
        !names.includes(preset.dataset)
      )
        await ensureDataset(preset);
      const job = await createJob(specOf(values), requestId.current);
      navigate(`/runs/${job.id}`);
    } catch (error) {
      setRefusal(refusalOf(error));
      setSending(false);
    }
  };
  const known = new Set(['dataset', ...fields.map((field) => field.path)]);
  const unplaced =
    refusal !== null && !refusal.fields.some(({ field }) => known.has(baseField(field)));
  const row = (field: FormField) => (
    <Field
      key={field.path}
      field={field}
      value={values[field.path] ?? ''}
      error={local[field.path] ?? errors[field.path]}
      onChange={(value) => set(field.path, value)}
    />
  );
  return (
    <form className="page form-page" onSubmit={(event) => void submit(event)} noValidate>
      <header className="form-head">
        <h1>New run</h1>
        <label className="choice">
          begin with{' '}
          <select
            value={presetId ?? ''}
            onChange={(event) => {
              const next = presetById(event.target.value);
              setPresetId(next === undefined ? null : next.id);
              if (next !== undefined) setValues(presetValues(next));
            }}
          >
            <option value="">settings of my own</option>
            {kPresets.map((each) => (
              <option key={each.id} value={each.id}>
                {each.title}
              </option>
            ))}
          </select>
        </label>
      </header>
      {preset !== undefined && <p className="lead">{preset.about}</p>}
      {unplaced && <Refused refusal={refusal} />}
      {source.refusal !== undefined && <Refused refusal={source.refusal} />}
      <fieldset className="model-choice">
        <legend>Model</legend>
        {kModels.map(([kind, name, about]) => (
          <label key={kind} className={values['model'] === kind ? 'chosen' : undefined}>
            <input
              type="radio"
              name="model"
              value={kind}
              checked={values['model'] === kind}
              onChange={() => set('model', kind)}
            />
            <b>{name}</b>
            <span className="muted">{about}</span>
          </label>
        ))}
      </fieldset>
      <div className="fields">
        <div className="field">
          <label htmlFor="dataset">Data set</label>
          <select
            id="dataset"
            value={values['dataset'] ?? ''}
            onChange={(event) => set('dataset', event.target.value)}
            aria-describedby="dataset-note"
          >
            <option value="">choose one</option>
            {choices.map((name) => (
              <option key={name} value={name}>
                {name}
              </option>
            ))}
          </select>
          <p id="dataset-note" className={errors['dataset'] === undefined ? 'help' : 'help wrong'}>
            {errors['dataset'] ??
              (dataset !== undefined ? (
                `${formatCount(dataset.inputs)} inputs, ${dataset.classes} classes, ${formatCount(dataset.splits[0]?.examples ?? 0)} to train on`
              ) : (
                <>
                  or <Link to="/data">make a new one</Link>
                </>
              ))}
          </p>
        </div>
        {fields.filter((field) => field.isAdvanced !== true).map(row)}
        <div className="field">
          <label htmlFor="owner">Your name</label>
          <input
            id="owner"
            value={owner}
            maxLength={64}
            placeholder="anonymous"
            onChange={(event) => setOwner(event.target.value)}
            autoComplete="off"
          />
          <p className="help">letters, digits and . _ - @, for the table of runs</p>
        </div>
      </div>
      <details
        className="advanced"
        open={
          fields.some(
            (field) =>
              field.isAdvanced === true && (local[field.path] ?? errors[field.path]) !== undefined,
          ) || undefined
        }
      >
        <summary>More settings</summary>
        <div className="fields">{fields.filter((field) => field.isAdvanced === true).map(row)}</div>
      </details>
      <div className="form-acts">
        <button type="submit" className="primary" disabled={isSending || values['dataset'] === ''}>
          {isSending ? 'Starting …' : 'Train'}
        </button>
        {values['dataset'] === '' && <span className="muted">choose a data set first</span>}
      </div>
    </form>
  );
}

/** `mlp.hidden_units[1]` stands at `mlp.hidden_units`. */
function baseField(path: string): string {
  return path.replace(/^spec\./, '').replace(/\[\d+\]$/, '');
}

function errorsByField(refusal: Refusal | null): Readonly<Record<string, string>> {
  const errors: Record<string, string> = {};
  for (const { field, description } of refusal?.fields ?? []) {
    const base = baseField(field);
    errors[base] = errors[base] === undefined ? description : `${errors[base]}; ${description}`;
  }
  return errors;
}

function Field({
  field,
  value,
  error,
  onChange,
}: {
  field: FormField;
  value: string;
  error: string | undefined;
  onChange: (value: string) => void;
}) {
  const note = `${field.path}-note`;
  const common = { id: field.path, 'aria-describedby': note, 'aria-invalid': error !== undefined };
  return (
    <div className={error === undefined ? 'field' : 'field invalid'}>
      <label htmlFor={field.path}>{field.name}</label>
      {field.kind === 'choice' ? (
        <select
          {...common}
          value={value === '' ? field.fallback : value}
          onChange={(event) => onChange(event.target.value)}
        >
          {(field.choices ?? []).map((choice) => (
            <option key={choice}>{choice}</option>
          ))}
        </select>
      ) : field.kind === 'flag' ? (
        <input
          {...common}
          type="checkbox"
          checked={value !== ''}
          onChange={(event) => onChange(event.target.checked ? 'yes' : '')}
        />
      ) : (
        <input
          {...common}
          value={value}
          placeholder={field.fallback}
          inputMode={field.kind === 'text' ? 'text' : field.kind === 'real' ? 'decimal' : 'numeric'}
          autoComplete="off"
          onChange={(event) => onChange(event.target.value)}
        />
      )}
      <p id={note} className={error === undefined ? 'help' : 'help wrong'}>
        {error ?? field.help ?? ''}
      </p>
    </div>
  );
}
