import { describe, expect, it } from 'vitest';
import type { Moment, TopicEvent } from '../model';
import {
  afterChange,
  afterEvent,
  afterLoss,
  kNoTopics,
  nextChange,
  withoutTopic,
  withTopic,
} from './topics';
import type { Topics } from './topics';

const kJob = { kind: 'snapshots', job: 'a', startIndex: 3 } as const;
const kList = { kind: 'jobs', filter: '', maxJobs: 50 } as const;

function moments(...indices: number[]): TopicEvent {
  const all = indices.map((index): Moment => ({
    index,
    step: index,
    instances: index,
    epoch: 0,
    time: 0,
    metrics: {},
  }));
  return { kind: 'snapshots', moments: all };
}

/** What there is to ask for. */
function changeOf(topics: Topics) {
  const change = nextChange(topics);
  if (change === null) throw new Error('there is nothing to ask for');
  return change;
}

describe('a topic', () => {
  it('is asked for once', () => {
    const topics = withTopic(kNoTopics, 't1', kJob);
    const change = changeOf(topics);
    expect(change.add.map((topic) => topic.topicId)).toEqual(['t1']);
    expect(nextChange(afterChange(topics, change))).toBeNull();
  });

  it('is asked for again after a loss, one above the last snapshot it brought', () => {
    let topics = withTopic(kNoTopics, 't1', kJob);
    topics = afterChange(topics, changeOf(topics));
    topics = afterEvent(topics, 't1', moments(3, 4, 5));
    topics = afterEvent(topics, 't1', moments()); // A heartbeat.
    expect(nextChange(afterLoss(topics))?.add[0]?.subject).toEqual({ ...kJob, startIndex: 6 });
  });

  it('that came to its end is not asked for again', () => {
    let topics = withTopic(kNoTopics, 't1', kJob);
    topics = afterChange(topics, changeOf(topics));
    topics = afterEvent(topics, 't1', { kind: 'closed' });
    expect(nextChange(afterLoss(topics))).toBeNull();
  });

  it('is dropped at the server only when the server has it', () => {
    const unsent = withoutTopic(withTopic(kNoTopics, 't1', kList), 't1');
    expect(nextChange(unsent)).toBeNull();
    let sent = withTopic(kNoTopics, 't1', kList);
    sent = withoutTopic(afterChange(sent, changeOf(sent)), 't1');
    expect(nextChange(sent)).toEqual({ add: [], drop: ['t1'] });
  });

  it('that is dropped while it is being asked for is dropped afterwards', () => {
    const topics = withTopic(kNoTopics, 't1', kList);
    const change = changeOf(topics);
    expect(nextChange(afterChange(withoutTopic(topics, 't1'), change))).toEqual({
      add: [],
      drop: ['t1'],
    });
  });
});
