// What can be done with a run.

import { useState } from 'react';
import { refusalOf } from '../../api/convert';
import {
  allMoments,
  cancelJob,
  deleteJob,
  exportModel,
  pauseJob,
  resumeJob,
  shareJob,
} from '../../api/jobs';
import type { ExportFormat } from '../../api/jobs';
import { isFinal } from '../../api/model';
import type { Job, Refusal, Visibility } from '../../api/model';
import { svgOf } from '../../charts/surface';
import { paint } from '../../charts/surface';
import type { Figure } from '../../charts/surface';
import { momentsCsv } from '../../model/csv';
import { jobTitle } from '../../state/job-list';
import { mayChange, useDoor } from '../../ui/gate';
import { Confirm, Menu, Refused, save } from '../../ui/parts';
import { navigate } from '../../ui/router';

interface Props {
  readonly job: Job;
  readonly index: number;
  readonly onChange: (job: Job) => void;
  /** The figures on screen, by name. */
  readonly figures: Readonly<Record<string, { current: (() => Figure | null) | null }>>;
}

/** Also where the page came over plain HTTP, to which browsers give no clipboard. */
function copy(text: string): void {
  const clipboard = navigator.clipboard as Clipboard | undefined;
  if (clipboard !== undefined) {
    void clipboard.writeText(text);
    return;
  }
  const area = document.createElement('textarea');
  area.value = text;
  document.body.append(area);
  area.select();
  // eslint-disable-next-line @typescript-eslint/no-deprecated
  document.execCommand('copy');
  area.remove();
}

const kFormats: readonly ExportFormat[] = ['safetensors', 'npz', 'onnx'];

const kShares: readonly { readonly value: Visibility; readonly means: string }[] = [
  { value: 'private', means: 'Only me and instructors' },
  { value: 'class', means: 'Everybody with a token' },
  { value: 'public', means: 'Guests of the class link, too' },
];

export function RunActions({ job, index, onChange, figures }: Props) {
  const { caller } = useDoor();
  const isMine = mayChange(caller, job.owner);
  const [refusal, setRefusal] = useState<Refusal | null>(null);
  const [asks, setAsks] = useState<'cancel' | 'delete' | null>(null);
  const attempt = (act: () => Promise<void>) => {
    setRefusal(null);
    act().catch((error: unknown) => setRefusal(refusalOf(error)));
  };
  const change = (act: (id: string) => Promise<Job>) =>
    attempt(async () => onChange(await act(job.id)));
  const remove = async () => {
    await deleteJob(job.id);
    navigate('/');
  };
  const saveMetrics = async () => {
    const parts: string[] = [];
    for await (const line of momentsCsv(allMoments(job.id))) parts.push(line);
    save(`${job.id}-metrics.csv`, new Blob(parts, { type: 'text/csv' }));
  };
  const savePicture = (name: string, kind: 'png' | 'svg') => {
    const figure = figures[name]?.current?.();
    if (figure === null || figure === undefined) return;
    if (kind === 'svg') {
      save(`${job.id}-${name}-${index}.svg`, new Blob([svgOf(figure)], { type: 'image/svg+xml' }));
      return;
    }
    const canvas = document.createElement('canvas');
    paint(canvas, figure, 3);
    canvas.toBlob((blob) => blob !== null && save(`${job.id}-${name}-${index}.png`, blob));
  };
  return (
    <div className="run-actions">
      {isMine &&
        !isFinal(job.state) &&
        (job.state === 'paused' ? (
          <button type="button" onClick={() => change(resumeJob)}>
            Resume
          </button>
        ) : (
          <button type="button" onClick={() => change(pauseJob)} disabled={job.pauseRequested}>
            Pause
          </button>
        ))}
      {isMine &&
        (isFinal(job.state) ? (
          <button type="button" onClick={() => setAsks('delete')}>
            Delete
          </button>
        ) : (
          <button type="button" onClick={() => setAsks('cancel')} disabled={job.cancelRequested}>
            Cancel
          </button>
        ))}
      {isMine && caller?.tokensRequired === true && (
        <Menu name="Share">
          <h3>Who may see this run</h3>
          <div role="radiogroup" aria-label="Who may see this run">
            {kShares.map(({ value, means }) => (
              <label key={value} className="share">
                <input
                  type="radio"
                  name="visibility"
                  checked={job.visibility === value}
                  onChange={() => change((id) => shareJob(id, value))}
                />
                {means}
              </label>
            ))}
          </div>
        </Menu>
      )}
      <Menu name="Export">
        <h3>Parameters of snapshot {index}</h3>
        <div className="menu-row">
          {kFormats.map((format) => (
            <button
              key={format}
              type="button"
              disabled={index < 0}
              onClick={() =>
                attempt(async () =>
                  save(
                    `${job.id}-${index}.${format}`,
                    await exportModel(job.id, String(index), format),
                  ),
                )
              }
            >
              {format}
            </button>
          ))}
        </div>
        <h3>Metrics of all snapshots</h3>
        <div className="menu-row">
          <button type="button" onClick={() => attempt(saveMetrics)}>
            CSV
          </button>
        </div>
        {Object.keys(figures).map((name) => (
          <div key={name}>
            <h3>Figure: {name}</h3>
            <div className="menu-row">
              <button type="button" onClick={() => savePicture(name, 'png')}>
                PNG
              </button>
              <button type="button" onClick={() => savePicture(name, 'svg')}>
                SVG
              </button>
            </div>
          </div>
        ))}
      </Menu>
      <Menu name="Repeat">
        <h3>On the command line</h3>
        <code className="command">{job.command}</code>
        <div className="menu-row">
          <button type="button" onClick={() => copy(job.command)}>
            Copy
          </button>
          <button type="button" onClick={() => navigate(`/new?from=${job.id}`)}>
            Change and train
          </button>
        </div>
      </Menu>
      {asks === 'cancel' && (
        <Confirm
          title="Cancel this run?"
          act="Cancel the run"
          onAct={() => change(cancelJob)}
          onClose={() => setAsks(null)}
        >
          {jobTitle(job)} ends at its next batch. What it has learned stays.
        </Confirm>
      )}
      {asks === 'delete' && (
        <Confirm
          title="Delete this run?"
          act="Delete for good"
          onAct={() => attempt(remove)}
          onClose={() => setAsks(null)}
        >
          {jobTitle(job)} and all its snapshots will be gone.
        </Confirm>
      )}
      {refusal !== null && <Refused refusal={refusal} />}
    </div>
  );
}
