#!/usr/bin/env node
// Measures how soon the lesson's pages answer a slider, in Chromium before a real perceptd on this
// machine: from the slider's event until the server's numbers stand on the page, and until the frame
// that shows them. Needs perceptd in build/release/bin and the pages in build/dashboard; PERCEPTD,
// PERCEPT_DASHBOARD_DIR and CHROMIUM name others.

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';

const kRoot = resolve(import.meta.dirname, '../../..');
const { chromium } = createRequire(join(kRoot, 'web-dashboard/package.json'))('playwright-core');

const kGoalMs = 50;
const kWarmUp = 5;
/** Between an answer and the next move. */
const kPauseMs = 20;
/** Pages with the slider that is moved; each value is new, so that none is answered from memory. */
const kSliders = [
  ['perceptron/by-hand', 'a'],
  ['optimisation/activations', 'range'],
  ['optimisation/descent', 'eta'],
  ['optimisation/cross-entropy', 'p1'],
  ['optimisation/backprop', 'shift'],
  ['multiperceptron/uncertainty', 'x0'],
  ['beyond/schedules', 'inverseGamma'],
  ['beyond/vanishing', 'layers'],
  ['beyond/structure', 'seed'],
  ['beyond/describe', 'example'],
];
const kMostMoves = 100;
const kLongestMs = 10_000;

async function startServer(folder) {
  const child = spawn(
    process.env.PERCEPTD ?? join(kRoot, 'build/release/bin/perceptd'),
    [
      ...['--data-dir', join(folder, 'data'), '--assets-dir', join(kRoot, 'build/assets')],
      '--dashboard-dir',
      process.env.PERCEPT_DASHBOARD_DIR ?? join(kRoot, 'build/dashboard'),
      ...['--grpc-address', '127.0.0.1:0', '--http-address', '127.0.0.1:0', '--log-level', 'warn'],
      ...['--audit-log', join(folder, 'audit')],
    ],
    { stdio: ['ignore', 'pipe', 'inherit'] },
  );
  const url = await new Promise((listening, failed) => {
    let output = '';
    child.stdout.on('data', (data) => {
      output += data;
      const found = /shows its dashboard at (http:\/\/[^/\s]+)\//.exec(output);
      if (found !== null) listening(found[1]);
    });
    child.once('exit', () => failed(new Error('perceptd ended before it listened')));
  });
  return { child, url };
}

/** In the page: moves a slider from end to end and times each answer. */
async function moves({ name, most, pause, longest }) {
  const slider = document.querySelector(`.lesson-stage [name=${name}]`);
  const setValue = Object.getOwnPropertyDescriptor(HTMLInputElement.prototype, 'value').set;
  const [min, max, step] = [slider.min, slider.max, slider.step].map(Number);
  const places = Math.round((max - min) / step);
  const stride = Math.max(1, Math.floor(places / most));
  const answered = [];
  const shown = [];
  for (let place = 0; place <= places && answered.length < most; place += stride) {
    const value = String(Number((min + place * step).toFixed(6)));
    if (value === slider.value) continue;
    await new Promise((next) => setTimeout(next, pause));
    const began = performance.now();
    const answer = new Promise((done, failed) => {
      let wasBusy = false;
      const watch = new MutationObserver(() => {
        const isBusy = document.querySelector('.lesson-stage [aria-busy=true]') !== null;
        if (wasBusy && !isBusy) {
          watch.disconnect();
          clearTimeout(limit);
          done(performance.now() - began);
        }
        wasBusy ||= isBusy;
      });
      const limit = setTimeout(() => failed(new Error(`${name} = ${value}: no answer`)), longest);
      watch.observe(document.querySelector('.lesson-stage'), {
        attributes: true,
        attributeFilter: ['aria-busy'],
        subtree: true,
      });
    });
    setValue.call(slider, value);
    slider.dispatchEvent(new Event('input', { bubbles: true }));
    answered.push(await answer);
    // The figure is painted in the next frame; the one after has begun once that is on screen.
    await new Promise((next) => requestAnimationFrame(() => requestAnimationFrame(next)));
    shown.push(performance.now() - began);
  }
  return { answered, shown };
}

function quantile(values, share) {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))];
}

const folder = mkdtempSync(join(tmpdir(), 'percept-sliders-'));
const { child, url } = await startServer(folder);
const browser = await chromium.launch({
  executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium',
  args: ['--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking'],
});
try {
  const page = await browser.newPage({ viewport: { width: 1440, height: 900 } });
  console.log(`goal: ${kGoalMs} ms from a slider's event to the answer; milliseconds`);
  console.log('page                          slider        moves   answer p50   p99   on screen p50   p99');
  for (const [path, name] of kSliders) {
    await page.goto(`${url}/lesson/${path}`);
    await page.waitForFunction(
      (control) =>
        document.querySelector(`.lesson-stage [name=${control}]`) !== null &&
        document.querySelector(
          '.lesson-stage [aria-busy=true], .state-running, .state-queued, [data-ready=false]',
        ) === null,
      name,
      { timeout: 120_000 },
    );
    // Until nothing of the page's beginning is left to be done.
    await page.evaluate(() => new Promise((idle) => requestIdleCallback(() => idle())));
    const { answered, shown } = await page.evaluate(moves, {
      name,
      most: kMostMoves + kWarmUp,
      pause: kPauseMs,
      longest: kLongestMs,
    });
    const figures = [answered, shown].flatMap((times) =>
      [0.5, 0.99].map((share) => quantile(times.slice(kWarmUp), share)),
    );
    const [p50, p99, shown50, shown99] = figures.map((figure) => figure.toFixed(1));
    console.log(
      `${path.padEnd(29)} ${name.padEnd(13)} ${String(answered.length - kWarmUp).padStart(5)} ` +
        `${p50.padStart(12)} ${p99.padStart(5)} ${shown50.padStart(15)} ${shown99.padStart(5)}` +
        `${Number(p99) > kGoalMs ? '  over the goal' : ''}`,
    );
  }
} finally {
  await browser.close();
  const ended = once(child, 'exit');
  child.kill('SIGTERM');
  await ended;
  rmSync(folder, { recursive: true, force: true });
}
