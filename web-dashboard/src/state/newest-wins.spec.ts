import { describe, expect, it } from 'vitest';
import { NewestWins } from './newest-wins';

function setUp(options: { capacity?: number; patienceMs?: number } = {}) {
  const asked: number[] = [];
  const shown: string[] = [];
  const answers = new Map<
    number,
    { resolve: (value: string) => void; reject: (error: Error) => void }
  >();
  const clock = { now: 0 };
  const queue = new NewestWins<number, string>({
    ask: (key, signal) =>
      new Promise((resolve, reject) => {
        asked.push(key);
        answers.set(key, { resolve, reject });
        signal.addEventListener('abort', () => reject(new Error('aborted')));
      }),
    onValue: (_key, value) => shown.push(value),
    onError: (key, error) => shown.push(`${key}: ${(error as Error).message}`),
    capacity: options.capacity ?? 10,
    patienceMs: options.patienceMs ?? 300,
    now: () => clock.now,
  });
  const answer = async (key: number) => {
    answers.get(key)?.resolve(`answer ${key}`);
    await new Promise((resolve) => setTimeout(resolve));
  };
  return { queue, asked, shown, answer, answers, clock };
}

describe('NewestWins', () => {
  it('asks one at a time, and of those that wait the last alone', async () => {
    const { queue, asked, shown, answer } = setUp();
    for (const key of [1, 2, 3, 4]) queue.want(key);
    expect(asked).toEqual([1]);
    await answer(1);
    expect(asked).toEqual([1, 4]);
    await answer(4);
    expect(shown).toEqual(['answer 1', 'answer 4']);
  });

  it('shows something while many are wanted quickly', async () => {
    const { queue, shown, answer } = setUp();
    queue.want(0);
    for (let key = 1; key <= 50; key += 1) {
      queue.want(key);
      if (key % 10 === 0) await answer(key === 10 ? 0 : key - 10);
    }
    expect(shown.length).toBe(5);
  });

  it('gives up for a newer one what takes too long', async () => {
    const { queue, asked, shown, answer, clock } = setUp({ patienceMs: 300 });
    queue.want(1);
    clock.now = 400;
    queue.want(2);
    await answer(-1);
    expect(asked).toEqual([1, 2]);
    await answer(2);
    expect(shown).toEqual(['answer 2']);
  });

  it('remembers answers, and forgets the oldest beyond its capacity', async () => {
    const { queue, asked, answer, shown } = setUp({ capacity: 2 });
    for (const key of [1, 2, 3]) {
      queue.want(key);
      await answer(key);
    }
    queue.want(3);
    expect(asked).toEqual([1, 2, 3]);
    expect(shown.at(-1)).toBe('answer 3');
    queue.want(1);
    expect(asked).toEqual([1, 2, 3, 1]);
  });

  it('says what went wrong, and goes on', async () => {
    const { queue, answers, shown, answer } = setUp();
    queue.want(1);
    answers.get(1)?.reject(new Error('no such snapshot'));
    await answer(-1);
    queue.want(2);
    await answer(2);
    expect(shown).toEqual(['1: no such snapshot', 'answer 2']);
  });

  it('is silent after its end', async () => {
    const { queue, shown, answer } = setUp();
    queue.want(1);
    queue.want(2);
    queue.close();
    await answer(1);
    expect(shown).toEqual([]);
  });
});
