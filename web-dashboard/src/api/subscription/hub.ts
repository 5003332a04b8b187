// One subscription for however many pages: keeps a single stream to the server, takes it up again
// where it broke off, and hands each page what it asked for.

import type { Client } from '@connectrpc/connect';
import { Code, ConnectError, createClient } from '@connectrpc/connect';
import type { Transport } from '@connectrpc/connect';
import type { SubscribeResponse } from '../../gen/percept/v1/subscription_service_pb';
import { SubscriptionService } from '../../gen/percept/v1/subscription_service_pb';
import { idOf, jobOf, momentOf, progressOf, refusalOf, stateOf, waitOf } from '../convert';
import type { Connection, TopicEvent, TopicSubject } from '../model';
import { thinned } from '../../state/series';
import type { ToHub, ToPage } from './messages';
import type { Topics, WantedTopic } from './topics';
import {
  afterChange,
  afterEvent,
  afterLoss,
  kNoTopics,
  nextChange,
  withoutTopic,
  withTopic,
} from './topics';

const kFirstPauseMs = 250;
const kLongestPauseMs = 5000;
/** The server says something every few seconds; after this long it is taken for lost. */
const kSilenceMs = 20_000;
const kWatchMs = 5000;
/** Pages say that they are there every half minute; browsers slow hidden ones down to a minute. */
const kPageSilenceMs = 200_000;
/** A stream without topics stays open this long: pages change more often than they are closed. */
const kLingerMs = 5000;
/** Why a stream was given up, where nothing went wrong. */
const kOnPurpose = new Error('given up on purpose');
/** Of one message of the server's, which may hold a thousand: more could not be seen. */
const kMomentsPerMessage = 256;

export interface Page {
  post(message: ToPage): void;
}

interface PageState {
  readonly page: Page;
  readonly topics: Map<number, string>;
  lastHeard: number;
}

export class Hub {
  private readonly client: Client<typeof SubscriptionService>;
  private readonly pages = new Map<Page, PageState>();
  private readonly listeners = new Map<string, { page: Page; id: number }>();
  private topics: Topics = kNoTopics;
  private connection: Connection = { state: 'idle' };
  private nextTopic = 0;
  private stream: AbortController | null = null;
  private subscriptionId = '';
  private updating = false;
  private running = false;
  private lastHeard = 0;
  private endPause: (() => void) | null = null;
  private leaving: ReturnType<typeof setTimeout> | undefined;
  private owner = '';

  constructor(makeTransport: (owner: () => string) => Transport) {
    this.client = createClient(
      SubscriptionService,
      makeTransport(() => this.owner),
    );
    setInterval(() => this.watch(), kWatchMs);
  }

  attach(page: Page): void {
    this.pages.set(page, { page, topics: new Map(), lastHeard: Date.now() });
    page.post({ type: 'connection', connection: this.connection });
  }

  receive(page: Page, message: ToHub): void {
    const state = this.pages.get(page);
    if (state === undefined) {
      if (message.type === 'bye') return;
      this.attach(page); // It had been taken for gone.
      this.receive(page, message);
      return;
    }
    state.lastHeard = Date.now();
    switch (message.type) {
      case 'hello':
        // A subscription belongs to whoever opened it.
        if (message.owner !== this.owner) this.stream?.abort(kOnPurpose);
        this.owner = message.owner;
        break;
      case 'add':
        this.add(state, message.id, message.subject);
        break;
      case 'drop':
        this.drop(state, message.id);
        break;
      case 'bye':
        this.detach(state);
        break;
      case 'retry':
        this.endPause?.();
        break;
      case 'alive':
        break;
    }
  }

  private add(state: PageState, id: number, subject: TopicSubject): void {
    const topicId = `t${this.nextTopic}`;
    this.nextTopic += 1;
    state.topics.set(id, topicId);
    this.listeners.set(topicId, { page: state.page, id });
    this.topics = withTopic(this.topics, topicId, subject);
    this.endPause?.();
    if (this.running) void this.update();
    else void this.run();
  }

  private drop(state: PageState, id: number): void {
    const topicId = state.topics.get(id);
    if (topicId === undefined) return;
    state.topics.delete(id);
    this.listeners.delete(topicId);
    this.topics = withoutTopic(this.topics, topicId);
    void this.update();
  }

  private detach(state: PageState): void {
    for (const id of [...state.topics.keys()]) this.drop(state, id);
    this.pages.delete(state.page);
    if (this.pages.size === 0) this.stream?.abort(kOnPurpose);
  }

  /** Closes the stream, unless somebody wants something again soon. */
  private leaveSoon(): void {
    clearTimeout(this.leaving);
    this.leaving = setTimeout(() => {
      if (this.topics.wanted.size === 0) this.stream?.abort(kOnPurpose);
    }, kLingerMs);
  }

  private watch(): void {
    const now = Date.now();
    for (const state of [...this.pages.values()]) {
      if (now - state.lastHeard > kPageSilenceMs) this.detach(state);
    }
    if (this.stream !== null && now - this.lastHeard > kSilenceMs) {
      this.stream.abort(new Error(`nothing heard for ${kSilenceMs / 1000} s`));
    }
  }

  private announce(connection: Connection): void {
    this.connection = connection;
    for (const { page } of this.pages.values()) page.post({ type: 'connection', connection });
  }

  /** Keeps a stream open while anybody wants something. */
  private async run(): Promise<void> {
    this.running = true;
    let attempt = 0;
    let lastHeard = Date.now();
    while (this.topics.wanted.size > 0 && this.pages.size > 0) {
      if (attempt === 0) this.announce({ state: 'connecting' });
      const reason = await this.follow(() => (attempt = 0));
      this.topics = afterLoss(this.topics);
      this.subscriptionId = '';
      if (reason === null) {
        attempt = 0;
        continue;
      }
      if (attempt === 0) lastHeard = this.lastHeard;
      attempt += 1;
      const isHopeless =
        reason.code === Code.Unimplemented ||
        reason.code === Code.PermissionDenied ||
        reason.code === Code.Unauthenticated;
      this.announce(
        isHopeless
          ? { state: 'failed', reason: reason.rawMessage }
          : { state: 'resuming', lastHeard, attempt, reason: reason.rawMessage },
      );
      await this.pause(attempt);
    }
    this.running = false;
    this.announce({ state: 'idle' });
  }

  /** Longer and longer, and not all browsers at once. */
  private pause(attempt: number): Promise<void> {
    const longest = Math.min(kLongestPauseMs, kFirstPauseMs * 2 ** Math.min(attempt - 1, 10));
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, longest * (0.5 + Math.random() / 2));
      this.endPause = () => {
        clearTimeout(timer);
        resolve();
      };
    });
  }

  /** Reads one stream to its end; says why it ended, or null where it was given up on purpose. */
  private async follow(onLive: () => void): Promise<ConnectError | null> {
    const stream = new AbortController();
    this.stream = stream;
    this.lastHeard = Date.now();
    try {
      for await (const response of this.client.subscribe({}, { signal: stream.signal })) {
        this.lastHeard = Date.now();
        if (response.content.case === 'opened') {
          this.subscriptionId = response.content.value.subscriptionId;
          this.announce({ state: 'live' });
          onLive();
          void this.update();
        } else {
          this.dispatch(response);
        }
      }
      return new ConnectError('the server ended the stream', Code.Unavailable);
    } catch (error) {
      if (stream.signal.reason === kOnPurpose) return null;
      return ConnectError.from(stream.signal.aborted ? (stream.signal.reason ?? error) : error);
    } finally {
      this.stream = null;
    }
  }

  private dispatch(response: SubscribeResponse): void {
    const event = eventOf(response);
    if (event === null) return;
    this.topics = afterEvent(this.topics, response.topicId, event);
    this.deliver(response.topicId, event);
  }

  private deliver(topicId: string, event: TopicEvent): void {
    const listener = this.listeners.get(topicId);
    if (listener === undefined) return; // Dropped, and the server does not know yet.
    listener.page.post({ type: 'event', id: listener.id, event: thinnedEvent(event) });
  }

  /** Brings the server's topics to those that are wanted, one request at a time. */
  private async update(): Promise<void> {
    if (this.updating || this.subscriptionId === '') return;
    this.updating = true;
    try {
      for (;;) {
        const subscriptionId = this.subscriptionId;
        const change = nextChange(this.topics);
        if (subscriptionId === '') return;
        if (change === null) break;
        try {
          await this.request(subscriptionId, change.add, change.drop);
          if (subscriptionId === this.subscriptionId)
            this.topics = afterChange(this.topics, change);
        } catch (error) {
          if (subscriptionId !== this.subscriptionId) continue;
          if (!(await this.recover(error, subscriptionId, change))) return;
        }
      }
      if (this.topics.wanted.size === 0) this.leaveSoon();
    } finally {
      this.updating = false;
    }
  }

  private async request(
    subscriptionId: string,
    add: readonly WantedTopic[],
    drop: readonly string[],
  ): Promise<void> {
    await this.client.updateSubscription(
      { subscriptionId, addTopics: add.map(wireTopic), dropTopicIds: [...drop] },
      { timeoutMs: 10_000 },
    );
  }

  /**
   * After a change was refused as a whole: its topics one by one, so that one that cannot be had does
   * not keep the others out. False where the stream itself is lost.
   */
  private async recover(
    error: unknown,
    subscriptionId: string,
    change: { add: readonly WantedTopic[]; drop: readonly string[] },
  ): Promise<boolean> {
    const code = ConnectError.from(error).code;
    const isRefusal =
      code === Code.InvalidArgument ||
      code === Code.ResourceExhausted ||
      code === Code.AlreadyExists;
    if (!isRefusal) {
      this.stream?.abort(error);
      return false;
    }
    const only = change.add[0];
    if (change.add.length === 1 && only !== undefined) {
      const event: TopicEvent = { kind: 'closed', refusal: refusalOf(error) };
      this.topics = afterEvent(this.topics, only.topicId, event);
      this.deliver(only.topicId, event);
      return true;
    }
    for (const topic of change.add) {
      const single = { add: [topic], drop: [] };
      try {
        await this.request(subscriptionId, single.add, single.drop);
        this.topics = afterChange(this.topics, single);
      } catch (single_error) {
        if (!(await this.recover(single_error, subscriptionId, single))) return false;
      }
    }
    this.topics = afterChange(this.topics, { add: [], drop: change.drop });
    return true;
  }
}

function wireTopic({ topicId, subject }: WantedTopic) {
  return subject.kind === 'jobs'
    ? {
        topicId,
        subject: {
          case: 'jobList' as const,
          value: { filter: subject.filter, maxJobs: subject.maxJobs },
        },
      }
    : {
        topicId,
        subject: {
          case: 'snapshots' as const,
          value: { job: `jobs/${subject.job}`, startIndex: BigInt(subject.startIndex) },
        },
      };
}

function eventOf({ content }: SubscribeResponse): TopicEvent | null {
  switch (content.case) {
    case 'jobList':
      return {
        kind: 'jobs',
        complete: content.value.complete,
        jobs: content.value.jobs.map(jobOf),
        removed: content.value.removedJobs.map(idOf),
        total: Number(content.value.totalSize),
      };
    case 'snapshots': {
      const { snapshots, heartbeat, ended } = content.value;
      return {
        kind: 'snapshots',
        moments: snapshots.map(momentOf),
        newestIndex: heartbeat === undefined ? undefined : Number(heartbeat.newestIndex),
        state: heartbeat === undefined ? undefined : stateOf(heartbeat.state),
        progress: heartbeat?.progress === undefined ? undefined : progressOf(heartbeat.progress),
        wait: waitOf(heartbeat?.wait),
        ended: ended?.job === undefined ? undefined : jobOf(ended.job),
      };
    }
    case 'closed': {
      const status = content.value.status;
      if (status === undefined || status.code === 0) return { kind: 'closed' };
      return {
        kind: 'closed',
        refusal: { code: Code[status.code] ?? 'Unknown', message: status.message, fields: [] },
      };
    }
    default:
      return null;
  }
}

function thinnedEvent(event: TopicEvent): TopicEvent {
  if (event.kind !== 'snapshots' || event.moments.length <= kMomentsPerMessage) return event;
  return { ...event, moments: thinned(event.moments, kMomentsPerMessage) };
}
