// Small parts that all pages share.

import { useEffect, useRef } from 'react';
import type { MouseEvent, ReactNode } from 'react';
import type { Job, JobState, Refusal } from '../api/model';
import { classColour, css } from '../colour';
import { formatAge, formatMoment } from '../format';
import { markerPath } from '../markers';
import { useNow } from './hooks';
import { navigate } from './router';
import { useAppearance } from './theme';

export function Link(props: {
  to: string;
  className?: string;
  children: ReactNode;
  current?: boolean;
  title?: string;
}) {
  const follow = (event: MouseEvent) => {
    if (event.metaKey || event.ctrlKey || event.shiftKey || event.button !== 0) return;
    event.preventDefault();
    navigate(props.to);
  };
  return (
    <a
      href={props.to}
      className={props.className}
      title={props.title}
      onClick={follow}
      aria-current={props.current === true ? 'page' : undefined}
    >
      {props.children}
    </a>
  );
}

/** The sign of a class, in its colour. */
export function ClassMark({ label, size = 14 }: { label: number; size?: number }) {
  const { theme } = useAppearance();
  const { d, filled } = markerPath(label, 10);
  const colour = css(classColour(label, theme));
  return (
    <svg className="class-mark" viewBox="0 0 20 20" width={size} height={size} aria-hidden="true">
      <path
        d={d}
        fill={filled ? colour : 'none'}
        stroke={filled ? 'none' : colour}
        strokeWidth="3"
      />
    </svg>
  );
}

const kStateWords: Record<JobState, string> = {
  queued: 'queued',
  running: 'running',
  paused: 'paused',
  succeeded: 'done',
  failed: 'failed',
  cancelled: 'cancelled',
};

// Told apart by shape as well as colour.
const kStateShapes: Record<JobState, string> = {
  queued: 'M8 3a5 5 0 1 0 0 10a5 5 0 1 0 0-10M8 5.500v2.700l2 1.300',
  running: 'M5 3l8 5-8 5z',
  paused: 'M5 3v10M11 3v10',
  succeeded: 'M3 8.500l3.300 3.500L13 4.500',
  failed: 'M4 4l8 8M12 4l-8 8',
  cancelled: 'M8 3a5 5 0 1 0 0 10a5 5 0 1 0 0-10M4.600 11.400l6.800-6.800',
};

export function StateBadge({
  job,
}: {
  job: Pick<Job, 'state' | 'cancelRequested' | 'pauseRequested'>;
}) {
  const pending = job.cancelRequested ? 'cancelling' : job.pauseRequested ? 'pausing' : null;
  const isOn = job.state === 'running' || job.state === 'queued';
  return (
    <span className={`state state-${job.state}`}>
      <svg viewBox="0 0 16 16" width="14" height="14" aria-hidden="true">
        <path d={kStateShapes[job.state]} />
      </svg>
      {isOn && pending !== null ? pending : kStateWords[job.state]}
    </span>
  );
}

/** A moment as its distance from now, exact on hover. */
export function Ago({ time }: { time: number }) {
  const now = useNow(time > Date.now() - 60_000 ? 1000 : 20_000);
  return (
    <time dateTime={new Date(time).toISOString()} title={formatMoment(time)}>
      {formatAge((now - time) / 1000)}
    </time>
  );
}

/** What the server refused, in its words. */
export function Refused({ refusal, onRetry }: { refusal: Refusal; onRetry?: () => void }) {
  return (
    <div className="notice notice-error" role="alert">
      <p>{refusal.message}</p>
      {onRetry !== undefined && (
        <button type="button" onClick={onRetry}>
          Try again
        </button>
      )}
    </div>
  );
}

export function Notice({ children }: { children: ReactNode }) {
  return <div className="notice">{children}</div>;
}

/** A share as a thin bar; `label` for who cannot see it. */
export function Bar({ share, label, tone }: { share: number; label: string; tone?: string }) {
  return (
    <span
      className="bar"
      role="progressbar"
      aria-label={label}
      aria-valuenow={Math.round(share * 100)}
      aria-valuemin={0}
      aria-valuemax={100}
    >
      <span style={{ width: `${Math.min(100, Math.max(0, share * 100))}%`, background: tone }} />
    </span>
  );
}

/** Asks before something that cannot be undone. */
export function Confirm(props: {
  title: string;
  children: ReactNode;
  act: string;
  onAct: () => void;
  onClose: () => void;
}) {
  const dialog = useRef<HTMLDialogElement>(null);
  useEffect(() => dialog.current?.showModal(), []);
  return (
    <dialog ref={dialog} onClose={props.onClose} aria-label={props.title}>
      <h2>{props.title}</h2>
      <div className="dialog-text">{props.children}</div>
      <div className="dialog-acts">
        <button type="button" onClick={() => dialog.current?.close()}>
          Keep
        </button>
        <button
          type="button"
          className="danger"
          onClick={() => {
            props.onAct();
            dialog.current?.close();
          }}
        >
          {props.act}
        </button>
      </div>
    </dialog>
  );
}

/** Tabs of a panel: arrows move between them. */
export function Tabs<T extends string>(props: {
  label: string;
  tabs: readonly (readonly [T, string])[];
  chosen: T;
  onChoose: (tab: T) => void;
}) {
  const list = useRef<HTMLDivElement>(null);
  const move = (by: number) => {
    const at = props.tabs.findIndex(([tab]) => tab === props.chosen);
    const next = (at + by + props.tabs.length) % props.tabs.length;
    const tab = props.tabs[next];
    if (tab === undefined) return;
    props.onChoose(tab[0]);
    (list.current?.children[next] as HTMLElement | undefined)?.focus();
  };
  return (
    <div
      className="tabs"
      role="tablist"
      aria-label={props.label}
      ref={list}
      onKeyDown={(event) => {
        if (event.key === 'ArrowRight') move(1);
        if (event.key === 'ArrowLeft') move(-1);
      }}
    >
      {props.tabs.map(([tab, name]) => (
        <button
          key={tab}
          type="button"
          role="tab"
          aria-selected={tab === props.chosen}
          tabIndex={tab === props.chosen ? 0 : -1}
          onClick={() => props.onChoose(tab)}
        >
          {name}
        </button>
      ))}
    </div>
  );
}

/** A menu that opens below its button and closes when something else is touched. */
export function Menu({ name, children }: { name: string; children: ReactNode }) {
  const details = useRef<HTMLDetailsElement>(null);
  useEffect(() => {
    const close = (event: Event) => {
      const element = details.current;
      if (element === null || !element.open) return;
      const isOutside = !(event.target instanceof Node) || !element.contains(event.target);
      if (event instanceof KeyboardEvent ? event.key === 'Escape' : isOutside) element.open = false;
    };
    document.addEventListener('pointerdown', close);
    document.addEventListener('keydown', close);
    return () => {
      document.removeEventListener('pointerdown', close);
      document.removeEventListener('keydown', close);
    };
  }, []);
  return (
    <details className="menu" ref={details}>
      <summary>{name}</summary>
      <div className="menu-body">{children}</div>
    </details>
  );
}

export function save(name: string, content: Blob): void {
  const link = document.createElement('a');
  link.href = URL.createObjectURL(content);
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 10_000);
}
