// What pages and the hub say to each other, through a port where the hub is a worker.

import type { Connection, TopicEvent, TopicSubject } from '../model';

export type ToHub =
  | { readonly type: 'hello'; readonly owner: string }
  /** `id` is the page's own, unique for it. */
  | { readonly type: 'add'; readonly id: number; readonly subject: TopicSubject }
  | { readonly type: 'drop'; readonly id: number }
  /** Sent now and then, since a port does not say that its page is gone. */
  | { readonly type: 'alive' }
  | { readonly type: 'bye' }
  /** Tries again now instead of when it would be time. */
  | { readonly type: 'retry' };

export type ToPage =
  | { readonly type: 'connection'; readonly connection: Connection }
  | { readonly type: 'event'; readonly id: number; readonly event: TopicEvent };
