// The topics of a subscription: which are wanted, which the server has, and where each has come to.

import type { TopicEvent, TopicSubject } from '../model';

export interface WantedTopic {
  readonly topicId: string;
  /** With the cursor it has come to: to be used as it stands when subscribing anew. */
  readonly subject: TopicSubject;
  /** Whether the server has it, in the stream that is open. */
  readonly sent: boolean;
}

export interface Topics {
  readonly wanted: ReadonlyMap<string, WantedTopic>;
  /** Those the server has but nobody wants any more. */
  readonly unwanted: readonly string[];
}

export const kNoTopics: Topics = { wanted: new Map(), unwanted: [] };

/** What the server takes in one request, and has open in one subscription. */
export const kMaxTopics = 64;

export function withTopic(topics: Topics, topicId: string, subject: TopicSubject): Topics {
  return {
    ...topics,
    wanted: new Map(topics.wanted).set(topicId, { topicId, subject, sent: false }),
  };
}

export function withoutTopic(topics: Topics, topicId: string): Topics {
  const wanted = new Map(topics.wanted);
  const topic = wanted.get(topicId);
  if (topic === undefined) return topics;
  wanted.delete(topicId);
  return { wanted, unwanted: topic.sent ? [...topics.unwanted, topicId] : topics.unwanted };
}

/** After a stream was lost: the server has none of them any more. */
export function afterLoss(topics: Topics): Topics {
  const wanted = new Map(
    [...topics.wanted].map(([id, topic]) => [id, { ...topic, sent: false }] as const),
  );
  return { wanted, unwanted: [] };
}

/** The next change to ask the server for; null when it has what is wanted. */
export function nextChange(
  topics: Topics,
): { add: readonly WantedTopic[]; drop: readonly string[] } | null {
  const add = [...topics.wanted.values()].filter((topic) => !topic.sent).slice(0, kMaxTopics);
  const drop = topics.unwanted.slice(0, kMaxTopics);
  return add.length === 0 && drop.length === 0 ? null : { add, drop };
}

/** After the server has made such a change. */
export function afterChange(
  topics: Topics,
  change: { add: readonly WantedTopic[]; drop: readonly string[] },
): Topics {
  const wanted = new Map(topics.wanted);
  const unwanted = topics.unwanted.filter((id) => !change.drop.includes(id));
  for (const { topicId } of change.add) {
    const topic = wanted.get(topicId);
    if (topic !== undefined) wanted.set(topicId, { ...topic, sent: true });
    else unwanted.push(topicId); // Dropped while the request was under way.
  }
  return { wanted, unwanted };
}

/** The topics after an event: a stream of snapshots goes on one above the last it brought. */
export function afterEvent(topics: Topics, topicId: string, event: TopicEvent): Topics {
  const topic = topics.wanted.get(topicId);
  if (topic === undefined) return topics;
  if (event.kind === 'closed') {
    const wanted = new Map(topics.wanted);
    wanted.delete(topicId);
    return { ...topics, wanted };
  }
  const last = event.kind === 'snapshots' ? event.moments.at(-1) : undefined;
  if (last === undefined || topic.subject.kind !== 'snapshots') return topics;
  const subject = { ...topic.subject, startIndex: last.index + 1 };
  return { ...topics, wanted: new Map(topics.wanted).set(topicId, { ...topic, subject }) };
}
