// The table of ten thousand jobs, all of them the server's.

import { describe, expect, it } from 'vitest';
import { formatCount } from '../src/format';
import { api } from './api';
import { useStage } from './pages';

const kJobs = 10_000;
const kAtATime = 500; // Those that come together are stored together.
const kCreationMs = 600_000; // For a machine busy with other tests; alone it takes seconds.
const kOwners = ['ann', 'bob', 'cyd', 'dan'];
const stage = useStage([
  '--workers',
  '1',
  '--time-slice',
  '1h', // The first keeps its worker, however long this takes.
  '--max-queued-jobs',
  '20000',
  '--max-queued-jobs-per-owner',
  '20000',
]);

/** `sweep 00042`, of the owners in turn. */
function label(index: number): string {
  return `sweep ${String(index).padStart(5, '0')}`;
}

/** The rows that are in the page, by their number in the table; each with its name. */
async function rows(): Promise<{ row: number; name: string }[]> {
  return stage.page.locator('table.jobs tbody tr[aria-rowindex]').evaluateAll((elements) =>
    elements.map((element) => ({
      row: Number(element.getAttribute('aria-rowindex')),
      name: element.querySelector('.column-name a')?.textContent ?? '',
    })),
  );
}

async function names(): Promise<string[]> {
  return (await rows()).map(({ name }) => name);
}

async function countText(): Promise<string> {
  return stage.page.locator('.table-panel header .note').innerText();
}

describe('ten thousand jobs', () => {
  const created: string[] = [];

  it(
    'are created',
    async () => {
      const { jobs } = api(stage.server.url);
      const create = async (index: number) => {
        const job = await jobs.createJob(
          {
            spec: {
              label: label(index),
              dataset: 'datasets/mnist',
              // The first holds the only worker; the others wait behind it.
              model: { case: 'multiperceptron', value: {} },
              training: { learningRate: 0.1, epochs: index === 0 ? 100_000 : 1 },
            },
          },
          { headers: { 'percept-owner': kOwners[index % kOwners.length] ?? '' } },
        );
        created[index] = job.name;
      };
      await create(0);
      for (let begin = 1; begin < kJobs; begin += kAtATime)
        await Promise.all(
          Array.from({ length: Math.min(kAtATime, kJobs - begin) }, (_, i) => create(begin + i)),
        );
    },
    kCreationMs,
  );

  it('are filtered, sorted, scrolled and picked in a window of rows', async () => {
    const { page, server } = stage;
    const { jobs } = api(server.url);
    await page.goto(server.url);
    // Newest first, and all of them are read, though the live list holds no more than a thousand.
    await expect
      .poll(countText, { timeout: 60_000 })
      .toBe(`${formatCount(kJobs)} of ${formatCount(kJobs)}`);
    const table = page.locator('table.jobs');
    expect(await table.getAttribute('aria-rowcount')).toBe(String(kJobs));
    const first = await rows();
    expect(first.length).toBeGreaterThan(10);
    expect(first.length).toBeLessThan(60);
    expect(first[0]?.row).toBe(1);
    // The server lists them as it took them in, which jobs that came together need not have been in
    // the order of their times.
    const newest = await jobs.listJobs({ pageSize: 1000 });
    const times = new Map(
      newest.jobs.map(({ spec, createTime }) => [
        spec?.label,
        Math.floor(Number(createTime?.seconds) * 1000 + (createTime?.nanos ?? 0) / 1e6),
      ]),
    );
    expect(first.map(({ name }) => times.get(name))).toEqual(
      [...times.values()].sort((left, right) => right - left).slice(0, first.length),
    );

    // By name, the rows at any place are known beforehand.
    await page.getByRole('button', { name: 'Run', exact: true }).click();
    await expect.poll(async () => (await names())[0]).toBe(label(0));
    const box = page.locator('.table-box');
    for (const share of [0.25, 0.5, 0.999, 1]) {
      await box.evaluate((element, to) => {
        element.scrollTop = to * (element.scrollHeight - element.clientHeight);
      }, share);
      // Where the box is looked at, there is the row that belongs there.
      await expect
        .poll(async () => {
          const shown = await rows();
          const about = Math.round(share * kJobs);
          return (
            shown.length < 60 &&
            shown.every(({ row, name }) => name === label(row - 1)) &&
            shown.some(({ row }) => Math.abs(row - about) < 30)
          );
        })
        .toBe(true);
    }
    await expect
      .poll(async () => (await rows()).at(-1))
      .toEqual({ row: kJobs, name: label(kJobs - 1) });

    // The one that runs is among the oldest, and is live all the same.
    await page.getByRole('searchbox', { name: 'Find runs' }).fill('running');
    await expect.poll(names).toEqual([label(0)]);
    const bar = page.locator('.column-progress [role=progressbar]');
    await expect.poll(() => bar.count()).toBe(1);

    const { jobs: ofCyd } = await jobs.listJobs({ filter: 'owner=cyd', pageSize: 1000 });
    expect(ofCyd).toHaveLength(1000);
    await page.getByRole('searchbox', { name: 'Find runs' }).fill('cyd');
    // Ids are looked at, too, and some may happen to hold the name.
    const found = created.filter(
      (name, index) => kOwners[index % kOwners.length] === 'cyd' || name.includes('cyd'),
    ).length;
    await expect.poll(countText).toBe(`${formatCount(found)} of ${formatCount(kJobs)}`);
    await page.getByRole('searchbox', { name: 'Find runs' }).fill('cyd SWEEP 00042');
    await expect.poll(names).toEqual([label(42)]);
    await page.getByLabel(`Pick ${label(42)}`).check();
    await page.getByRole('searchbox', { name: 'Find runs' }).fill('00077');
    await expect.poll(names).toEqual([label(77)]);
    await page.getByLabel(`Pick ${label(77)}`).check();
    const ids = [42, 77].map((index) => created[index]?.slice('jobs/'.length));
    await expect.poll(() => page.url()).toContain(`pick=${ids.join(',')}`);
    await page.getByRole('link', { name: 'Compare 2' }).click();
    await page.getByRole('heading', { name: 'Compare 2 runs' }).waitFor();

    await jobs.cancelJob({ name: created[0] ?? '' });
  });
});
