// A server that asks for tokens, as a class meets it in the browser.

import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { createClient, type Interceptor } from '@connectrpc/connect';
import { createGrpcWebTransport } from '@connectrpc/connect-web';
import type { Browser, BrowserContext, Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, beforeEach, expect, it } from 'vitest';
import { Visibility } from '../src/gen/percept/v1/access_pb';
import { AccessService } from '../src/gen/percept/v1/access_service_pb';
import { Generator } from '../src/gen/percept/v1/dataset_pb';
import { DatasetService } from '../src/gen/percept/v1/dataset_service_pb';
import { JobService } from '../src/gen/percept/v1/job_service_pb';
import { listeningContext, startBrowser } from './browser';
import { Server } from './server';

const kProgram =
  process.env['PERCEPTD'] ?? resolve(import.meta.dirname, '../..', 'build/release/bin/perceptd');
/** What would run if a page took it for markup. */
const kMarkup = '<img src=x onerror="document.title=\'taken over\'">';

const folder = mkdtempSync(join(tmpdir(), 'percept-users-'));
const users = join(folder, 'users');
let server: Server;
let browser: Browser;
let context: BrowserContext;
let complaints: string[];
let page: Page;
let tokens: Record<'stu' | 'ann' | 'ina', string>;

function user(...words: string[]): string {
  return execFileSync(kProgram, ['--auth-file', users, 'user', ...words], {
    encoding: 'utf8',
  }).trim();
}

function as(token: string) {
  const authorize: Interceptor = (next) => (request) => {
    request.header.set('authorization', `Bearer ${token}`);
    return next(request);
  };
  const transport = createGrpcWebTransport({ baseUrl: server.url, interceptors: [authorize] });
  return {
    access: createClient(AccessService, transport),
    datasets: createClient(DatasetService, transport),
    jobs: createClient(JobService, transport),
  };
}

async function train(token: string, label: string, visibility: Visibility): Promise<string> {
  const job = await as(token).jobs.createJob({
    spec: {
      dataset: 'datasets/points',
      model: { case: 'mlp', value: { hiddenUnits: [3] } },
      training: { epochs: 1 },
      label,
    },
    visibility,
  });
  return job.name.split('/').at(-1) ?? '';
}

async function logIn(token: string): Promise<void> {
  await page.goto(server.url);
  await page.getByLabel('Token').fill(token);
  await page.getByRole('button', { name: 'Log in' }).click();
  await page.locator('.connection-live').waitFor();
}

beforeAll(async () => {
  tokens = {
    stu: user('add', 'stu', '--role', 'student'),
    ann: user('add', 'ann', '--role', 'student'),
    ina: user('add', 'ina', '--role', 'instructor'),
  };
  server = new Server(['--auth-file', users]);
  [browser] = await Promise.all([startBrowser(), server.start()]);
  await as(tokens.stu).datasets.createDataset({
    datasetId: 'points',
    dataset: { source: { case: 'generator', value: { generator: Generator.XOR } } },
  });
});
afterAll(async () => {
  await browser.close();
  expect(await server.stop()).toBe(0);
  rmSync(folder, { recursive: true });
});
beforeEach(async () => {
  ({ context, complaints } = await listeningContext(browser, server.url));
  page = await context.newPage();
});
afterEach(async () => {
  await context.close();
  expect(complaints).toEqual([]);
});

it('asks for a token, refuses a wrong one in words, and takes a right one', async () => {
  await page.goto(server.url);
  await page.getByLabel('Token').fill('percept_nonsense');
  await page.getByRole('button', { name: 'Log in' }).click();
  await expect.poll(() => page.getByRole('alert').innerText()).toMatch(/none of the server/);
  await logIn(tokens.stu);
  await expect.poll(() => page.locator('.who').innerText()).toMatch(/stu/);
});

it('keeps the token where no script of a page can read it', async () => {
  await logIn(tokens.stu);
  const seen = await page.evaluate(
    () => document.cookie + JSON.stringify(localStorage) + JSON.stringify(sessionStorage),
  );
  expect(seen).not.toContain(tokens.stu);
  const [cookie] = await context.cookies();
  expect(cookie).toMatchObject({ httpOnly: true, sameSite: 'Strict', value: tokens.stu });
});

it('stays in on the next visit, and is out after logging out', async () => {
  await logIn(tokens.stu);
  await page.goto(`${server.url}/data`);
  await page.getByText('points').first().waitFor();
  await page.getByRole('button', { name: 'log out' }).click();
  await page.getByLabel('Token').waitFor();
  expect(await context.cookies()).toEqual([]);
});

it('shows names and labels of others as text, whatever they are', async () => {
  const id = await train(tokens.stu, kMarkup, Visibility.CLASS);
  await logIn(tokens.ann);
  await expect.poll(() => page.locator('main').innerText()).toContain(kMarkup);
  await page.goto(`${server.url}/runs/${id}`);
  await expect.poll(() => page.locator('main').innerText()).toContain(kMarkup);
  expect(await page.title()).not.toBe('taken over');
  expect(await page.locator('main img[src=x]').count()).toBe(0);
});

it('lets owners share a run, and others look only', async () => {
  const id = await train(tokens.stu, 'shared later', Visibility.PRIVATE);
  await logIn(tokens.stu);
  await page.goto(`${server.url}/runs/${id}`);
  await page.locator('summary', { hasText: 'Share' }).click();
  expect(await page.getByLabel('Only me and instructors').isChecked()).toBe(true);
  // It is chosen once the server says so.
  const everybody = page.getByLabel('Everybody with a token');
  await everybody.click();
  await expect.poll(() => everybody.isChecked()).toBe(true);
  await expect
    .poll(async () => (await as(tokens.ann).jobs.getJob({ name: `jobs/${id}` })).visibility)
    .toBe(Visibility.CLASS);

  await page.getByRole('button', { name: 'log out' }).click();
  await logIn(tokens.ann);
  await page.goto(`${server.url}/runs/${id}`);
  await page.locator('.state-succeeded').waitFor();
  expect(await page.getByRole('button', { name: 'Delete' }).count()).toBe(0);
  expect(await page.locator('summary', { hasText: 'Share' }).count()).toBe(0);
});

it('lets guests in by the class link, which leaves no token in the address', async () => {
  await train(tokens.stu, 'for everybody', Visibility.PUBLIC);
  await train(tokens.stu, 'for the class', Visibility.CLASS);
  const link = await as(tokens.ina).access.openClassLink({});
  await page.goto(link.links[0] ?? '');
  await page.getByText('for everybody').first().waitFor();
  expect(page.url()).not.toContain('token');
  expect(await page.getByText('for the class').count()).toBe(0);
  expect(await page.getByRole('link', { name: 'New run' }).count()).toBe(0);
  await as(tokens.ina).access.closeClassLink({});
  await page.getByLabel('Token').waitFor();
});

it('asks again as soon as a token is taken back', async () => {
  const eva = user('add', 'eva', '--role', 'viewer');
  await expect
    .poll(() =>
      as(eva)
        .access.getCaller({})
        .then(
          () => true,
          () => false,
        ),
    )
    .toBe(true);
  await logIn(eva);
  user('remove', 'eva');
  await page.getByLabel('Token').waitFor();
});
