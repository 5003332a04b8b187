// A page's end of the subscription.

import type { Connection, TopicEvent, TopicSubject } from '../model';
import { makeTransport, ownerName } from '../transport';
import { Hub } from './hub';
import type { ToHub, ToPage } from './messages';

const kAliveMs = 30_000;

type Listener = (event: TopicEvent) => void;

class Subscriber {
  private readonly send: (message: ToHub) => void;
  private readonly listeners = new Map<number, { subject: TopicSubject; listener: Listener }>();
  private readonly watchers = new Set<() => void>();
  private nextId = 0;
  private current: Connection = { state: 'idle' };

  constructor() {
    this.send = this.connect();
    this.greet();
    setInterval(() => this.send({ type: 'alive' }), kAliveMs);
    // A page that is put aside may never run again; one that comes back begins anew.
    window.addEventListener('pagehide', () => this.send({ type: 'bye' }));
    window.addEventListener('pageshow', (event: PageTransitionEvent) => {
      if (event.persisted) location.reload();
    });
    window.addEventListener('online', () => this.retry());
  }

  private connect(): (message: ToHub) => void {
    if (typeof SharedWorker !== 'undefined') {
      const worker = new SharedWorker(new URL('./worker.ts', import.meta.url), {
        type: 'module',
        name: 'percept',
      });
      worker.port.addEventListener('message', ({ data }: MessageEvent<ToPage>) =>
        this.receive(data),
      );
      worker.port.start();
      return (message) => worker.port.postMessage(message);
    }
    const hub = new Hub((owner) => makeTransport(location.origin, owner));
    const page = { post: (message: ToPage) => this.receive(message) };
    queueMicrotask(() => hub.attach(page));
    return (message) => hub.receive(page, message);
  }

  greet(): void {
    this.send({ type: 'hello', owner: ownerName() });
  }

  retry(): void {
    this.send({ type: 'retry' });
  }

  private receive(message: ToPage): void {
    if (message.type === 'connection') {
      this.current = message.connection;
      for (const watcher of this.watchers) watcher();
      return;
    }
    this.listeners.get(message.id)?.listener(message.event);
  }

  /** Follows a subject until the returned function is called. */
  follow(subject: TopicSubject, listener: Listener): () => void {
    const id = this.nextId;
    this.nextId += 1;
    this.listeners.set(id, { subject, listener });
    this.send({ type: 'add', id, subject });
    return () => {
      if (this.listeners.delete(id)) this.send({ type: 'drop', id });
    };
  }

  readonly connection = (): Connection => this.current;

  readonly watchConnection = (watcher: () => void): (() => void) => {
    this.watchers.add(watcher);
    return () => this.watchers.delete(watcher);
  };
}

let subscriber: Subscriber | undefined;

/** The page's one; made when first asked for. */
export function subscription(): Subscriber {
  subscriber ??= new Subscriber();
  return subscriber;
}
