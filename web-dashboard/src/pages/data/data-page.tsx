import { useState } from 'react';
import type { SyntheticEvent } from 'react';
import { refusalOf } from '../../api/convert';
import {
  createDataset,
  kGenerators,
  listDatasets,
  uploadDataset,
  uploadFormat,
} from '../../api/datasets';
import type { DatasetInit } from '../../api/datasets';
import type { Dataset, Refusal } from '../../api/model';
import { formatBytes, formatCount } from '../../format';
import { useAnswer, useTitle } from '../../ui/hooks';
import { DropZone } from '../../ui/drop-zone';
import { Bar, Link, Notice, Refused, Tabs } from '../../ui/parts';
import { navigate, useParameter } from '../../ui/router';

type Maker = 'draw' | 'features' | 'classes' | 'upload';
const kMakers: readonly (readonly [Maker, string])[] = [
  ['draw', 'Draw'],
  ['features', 'New features'],
  ['classes', 'Two classes'],
  ['upload', 'Upload'],
];

export default function DataPage() {
  useTitle('Data');
  const datasets = useAnswer('datasets', listDatasets);
  const [makerText, setMaker] = useParameter('make');
  const maker = kMakers.find(([each]) => each === makerText)?.[0] ?? 'draw';
  return (
    <div className="data-page">
      <section className="panel" aria-label="Data sets">
        <header>
          <h1>Data sets</h1>
        </header>
        {datasets.refusal !== undefined && (
          <Refused refusal={datasets.refusal} onRetry={datasets.reload} />
        )}
        <div className="table-scroll" tabIndex={0} role="region" aria-label="Table of data sets">
          <table className="plain">
            <thead>
              <tr>
                <th>Name</th>
                <th>Where from</th>
                <th className="number">Inputs</th>
                <th className="number">Classes</th>
                <th className="number">Train</th>
                <th className="number">Validation</th>
                <th className="number">Test</th>
                <th className="number">Runs</th>
                <th className="number">Memory</th>
              </tr>
            </thead>
            <tbody>
              {(datasets.value ?? []).map((dataset) => (
                <DatasetRow key={dataset.id} dataset={dataset} />
              ))}
            </tbody>
          </table>
        </div>
        {datasets.value === undefined && datasets.isLoading && <Notice>Asking the server …</Notice>}
        {datasets.value?.length === 0 && <Notice>There are none yet: draw one.</Notice>}
      </section>
      <section className="panel maker" aria-label="New data set">
        <header>
          <h2>New data set</h2>
          <Tabs
            label="How it is made"
            tabs={kMakers}
            chosen={maker}
            onChoose={(next) => setMaker(next === 'draw' ? null : next)}
          />
        </header>
        {maker === 'upload' ? (
          <UploadForm />
        ) : (
          <MakeForm key={maker} maker={maker} datasets={datasets.value ?? []} />
        )}
      </section>
    </div>
  );
}

function DatasetRow({ dataset }: { dataset: Dataset }) {
  const count = (split: string) =>
    dataset.splits.find((each) => each.split === split)?.examples ?? 0;
  return (
    <tr>
      <th scope="row">
        <Link to={`/data/${dataset.id}`}>{dataset.id}</Link>
      </th>
      <td>{dataset.origin}</td>
      <td className="number">
        {dataset.imageShape === undefined
          ? formatCount(dataset.inputs)
          : `${dataset.imageShape.width} × ${dataset.imageShape.height}`}
      </td>
      <td className="number">{dataset.classes}</td>
      <td className="number">{formatCount(count('train'))}</td>
      <td className="number">{formatCount(count('validation'))}</td>
      <td className="number">{formatCount(count('test'))}</td>
      <td className="number">{formatCount(dataset.jobCount)}</td>
      <td className="number">{formatBytes(dataset.sizeBytes)}</td>
    </tr>
  );
}

function fieldText(form: FormData, name: string): string {
  const value = form.get(name);
  return typeof value === 'string' ? value.trim() : '';
}

function whole(text: string, fallback: bigint): bigint {
  return /^-?\d{1,18}$/.test(text) ? BigInt(text) : fallback;
}

function sourceOf(maker: Maker, form: FormData): DatasetInit['source'] {
  const dataset = `datasets/${fieldText(form, 'from')}`;
  if (maker === 'features') {
    const features = fieldText(form, 'features')
      .split('\n')
      .map((line) => line.trim())
      .filter((line) => line !== '');
    return { case: 'derived', value: { dataset, features } };
  }
  if (maker === 'classes') {
    const value = {
      dataset,
      positiveLabel: Number(fieldText(form, 'positive')),
      negativeLabel: Number(fieldText(form, 'negative')),
    };
    return { case: 'binary', value };
  }
  const generator = kGenerators.find(({ name }) => name === fieldText(form, 'generator'))?.value;
  return {
    case: 'generator',
    value: {
      generator,
      trainPerClass: whole(fieldText(form, 'train'), 200n),
      validationPerClass: whole(fieldText(form, 'validation'), 100n),
      testPerClass: whole(fieldText(form, 'test'), 0n),
      seed: whole(fieldText(form, 'seed'), 0n),
    },
  };
}

function MakeForm({ maker, datasets }: { maker: Maker; datasets: readonly Dataset[] }) {
  const [refusal, setRefusal] = useState<Refusal | null>(null);
  const [isSending, setSending] = useState(false);
  const submit = async (event: SyntheticEvent<HTMLFormElement>) => {
    event.preventDefault();
    const form = new FormData(event.currentTarget);
    setSending(true);
    setRefusal(null);
    try {
      const made = await createDataset(fieldText(form, 'name'), { source: sourceOf(maker, form) });
      navigate(`/data/${made.id}`);
    } catch (error) {
      setRefusal(refusalOf(error));
      setSending(false);
    }
  };
  return (
    <form className="maker-form" onSubmit={(event) => void submit(event)}>
      <div className="fields">
        <Text
          name="name"
          title="Name"
          placeholder="my-data"
          help="lower case letters, digits and -"
        />
        {maker === 'draw' && (
          <>
            <div className="field">
              <label htmlFor="generator">Distribution</label>
              <select id="generator" name="generator" defaultValue="xor">
                {kGenerators.map(({ name }) => (
                  <option key={name}>{name}</option>
                ))}
              </select>
              <p className="help" />
            </div>
            <Text name="train" title="Training points per class" placeholder="200" isNumber />
            <Text
              name="validation"
              title="Validation points per class"
              placeholder="100"
              isNumber
            />
            <Text name="test" title="Test points per class" placeholder="0" isNumber />
            <Text name="seed" title="Seed" placeholder="0" isNumber />
          </>
        )}
        {maker !== 'draw' && (
          <div className="field">
            <label htmlFor="from">From</label>
            <select id="from" name="from">
              {datasets.map(({ id }) => (
                <option key={id}>{id}</option>
              ))}
            </select>
            <p className="help" />
          </div>
        )}
        {maker === 'features' && (
          <div className="field wide">
            <label htmlFor="features">Features, one a line</label>
            <textarea
              id="features"
              name="features"
              rows={4}
              defaultValue={'x0\nsqrt(x0^2 + x1^2)'}
              spellCheck={false}
            />
            <p className="help">over x0, x1, …, such as x0*x1/abs(x0)</p>
          </div>
        )}
        {maker === 'classes' && (
          <>
            <Text name="positive" title="Positive class" placeholder="2" isNumber />
            <Text name="negative" title="Negative class" placeholder="5" isNumber />
          </>
        )}
      </div>
      {refusal !== null && <Refused refusal={refusal} />}
      <div className="form-acts">
        <button type="submit" className="primary" disabled={isSending}>
          {isSending ? 'Making …' : 'Make it'}
        </button>
      </div>
    </form>
  );
}

function Text(props: {
  name: string;
  title: string;
  placeholder: string;
  help?: string;
  isNumber?: boolean;
}) {
  return (
    <div className="field">
      <label htmlFor={`make-${props.name}`}>{props.title}</label>
      <input
        id={`make-${props.name}`}
        name={props.name}
        placeholder={props.placeholder}
        inputMode={props.isNumber === true ? 'numeric' : 'text'}
        autoComplete="off"
      />
      <p className="help">{props.help ?? ''}</p>
    </div>
  );
}

function UploadForm() {
  const [files, setFiles] = useState<readonly File[]>([]);
  const [share, setShare] = useState<number | null>(null);
  const [refusal, setRefusal] = useState<Refusal | null>(null);
  const format = files.length === 0 ? undefined : uploadFormat(files.map((file) => file.name));
  const submit = async (event: SyntheticEvent<HTMLFormElement>) => {
    event.preventDefault();
    const form = new FormData(event.currentTarget);
    setShare(0);
    setRefusal(null);
    try {
      const options = {
        labelColumn: fieldText(form, 'label'),
        validationFraction: Number(fieldText(form, 'fraction').replace(',', '.')) || 0,
      };
      const made = await uploadDataset(
        fieldText(form, 'name'),
        files,
        options,
        setShare,
        new AbortController().signal,
      );
      navigate(`/data/${made.id}`);
    } catch (error) {
      setRefusal(refusalOf(error));
    }
    setShare(null);
  };
  return (
    <form className="maker-form" onSubmit={(event) => void submit(event)}>
      <DropZone multiple onFiles={(list) => setFiles([...list])}>
        {files.length === 0 ? (
          <span>Drop a CSV, an NPZ or IDX files here, or choose them.</span>
        ) : (
          <ul>
            {files.map((file) => (
              <li key={file.name}>
                {file.name} <span className="muted">{formatBytes(file.size)}</span>
              </li>
            ))}
          </ul>
        )}
      </DropZone>
      {files.length > 0 && format === undefined && (
        <Notice>These are no CSV, NPZ or IDX files by their names.</Notice>
      )}
      <div className="fields">
        <Text
          name="name"
          title="Name"
          placeholder="my-data"
          help="lower case letters, digits and -"
        />
        <Text name="label" title="Label’s column, in a CSV" placeholder="the last" />
        <Text
          name="fraction"
          title="Share for validation"
          placeholder="0"
          help="where the files bring no such split"
          isNumber
        />
      </div>
      {refusal !== null && <Refused refusal={refusal} />}
      <div className="form-acts">
        <button type="submit" className="primary" disabled={format === undefined || share !== null}>
          Upload
        </button>
        {share !== null && <Bar share={share} label="Sent" />}
        {share === 1 && <span className="muted">reading it …</span>}
      </div>
    </form>
  );
}
