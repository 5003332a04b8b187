// Asks about the newest of many things: one question at a time, of those that come meanwhile only the
// last, and what was asked before from memory. Free of React, so that scrubbing can be tested alone.

export interface NewestWinsOptions<K, V> {
  readonly ask: (key: K, signal: AbortSignal) => Promise<V>;
  readonly onValue: (key: K, value: V) => void;
  readonly onError: (key: K, error: unknown) => void;
  /** Answers kept, the least recently used forgotten first. */
  readonly capacity: number;
  /** After this long a question is given up for a newer one; before, its answer is worth having. */
  readonly patienceMs: number;
  readonly now: () => number;
}

export class NewestWins<K extends string | number, V> {
  private readonly memory = new Map<K, V>();
  private underWay: {
    readonly key: K;
    readonly controller: AbortController;
    readonly since: number;
  } | null = null;
  private waiting: K | null = null;
  private isClosed = false;

  constructor(private readonly options: NewestWinsOptions<K, V>) {}

  /** Wants the answer for a key, more than that for any before. */
  want(key: K): void {
    const known = this.memory.get(key);
    if (known !== undefined) {
      this.waiting = null;
      this.remember(key, known);
      this.options.onValue(key, known);
      return;
    }
    if (this.underWay === null) {
      void this.begin(key);
      return;
    }
    if (this.underWay.key === key) {
      this.waiting = null;
      return;
    }
    this.waiting = key;
    if (this.options.now() - this.underWay.since > this.options.patienceMs)
      this.underWay.controller.abort();
  }

  /** Fetches ahead what will be wanted soon, where there is nothing else to do. */
  prefetch(key: K): void {
    if (this.underWay === null && !this.memory.has(key)) void this.begin(key);
  }

  close(): void {
    this.isClosed = true;
    this.waiting = null;
    this.underWay?.controller.abort();
  }

  private async begin(key: K): Promise<void> {
    const controller = new AbortController();
    this.underWay = { key, controller, since: this.options.now() };
    try {
      const value = await this.options.ask(key, controller.signal);
      if (this.isClosed) return;
      this.remember(key, value);
      this.options.onValue(key, value);
    } catch (error) {
      if (!this.isClosed && !controller.signal.aborted) this.options.onError(key, error);
    } finally {
      this.underWay = null;
      const next = this.waiting;
      this.waiting = null;
      if (next !== null && !this.isClosed) this.want(next);
    }
  }

  private remember(key: K, value: V): void {
    this.memory.delete(key);
    this.memory.set(key, value);
    const oldest = this.memory.keys().next();
    if (this.memory.size > this.options.capacity && !oldest.done) this.memory.delete(oldest.value);
  }
}
