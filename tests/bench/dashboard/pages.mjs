// What a person at the dashboard's pages waits for, measured in Chromium:
//
//     pages.mjs URL runs XOR_JOB MNIST_JOB
//     pages.mjs URL table JOBS
//
// Prints a line of JSON for each measurement: milliseconds until the first page shows something, and
// those between two frames while a time slider is dragged and keys move it, and while the table of
// jobs is scrolled.

import { createRequire } from "node:module";

const dashboard = createRequire(new URL("../../../web-dashboard/package.json", import.meta.url));
const { chromium } = dashboard("playwright-core");

const [url, what, ...subjects] = process.argv.slice(2);
const kPaints = 7;
const kMoves = 100;

// There need be no graphics card: the browser then draws on the processor, WebGL by SwiftShader.
const browser = await chromium.launch({
  executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium",
  args: [
    "--no-sandbox",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-gpu",
    "--enable-unsafe-swiftshader",
  ],
});

/** A page of its own, with nothing in its cache. */
async function inFreshPage(act) {
  const context = await browser.newContext({ viewport: { width: 1440, height: 900 } });
  try {
    return await act(await context.newPage());
  } finally {
    await context.close();
  }
}

/** `p50`, `p99` and `most` of some numbers. */
function summary(values) {
  const sorted = [...values].sort((a, b) => a - b);
  return {
    p50: sorted[Math.floor(sorted.length / 2)],
    p99: sorted[Math.floor(sorted.length * 0.99)],
    most: sorted.at(-1),
  };
}

/** Milliseconds between the frames that a page makes while something is done to it. */
async function framesWhile(page, act) {
  await page.evaluate(() => {
    window.frames_ = [];
    let last;
    const tick = (now) => {
      if (last !== undefined) window.frames_.push(now - last);
      last = now;
      window.ticking_ = requestAnimationFrame(tick);
    };
    window.ticking_ = requestAnimationFrame(tick);
  });
  await act();
  return summary(
    await page.evaluate(() => {
      cancelAnimationFrame(window.ticking_);
      return window.frames_;
    }),
  );
}

async function firstPaint() {
  const times = [];
  for (let round = 0; round < kPaints; round += 1) {
    times.push(
      await inFreshPage(async (page) => {
        await page.goto(url);
        return page.evaluate(
          () =>
            new Promise((resolve) => {
              new PerformanceObserver((list) => {
                const [entry] = list.getEntriesByName("first-contentful-paint");
                if (entry !== undefined) resolve(entry.startTime);
              }).observe({ type: "paint", buffered: true });
            }),
        );
      }),
    );
  }
  return summary(times);
}

/** Until what is loaded on demand is there, and the page has nothing left to do. */
async function settled(page) {
  await page.locator(".inside-panel .figure canvas").first().waitFor();
  await page.locator(".curves-panel canvas").first().waitFor();
  await page.evaluate(() => new Promise((idle) => requestIdleCallback(() => idle())));
}

/** Drags the time slider from end to end, or moves it by keys. */
async function scrub(path, how) {
  return inFreshPage(async (page) => {
    await page.goto(url + path);
    await page.locator(".state-succeeded").first().waitFor();
    await page.locator(".input-panel canvas").first().waitFor();
    await settled(page);
    const slider = page.getByLabel("Snapshot", { exact: true });
    const { x, y, width, height } = await slider.boundingBox();
    const at = (share) => [x + 8 + share * (width - 16), y + height / 2];
    if (how === "keys") {
      await page.keyboard.press("Home");
      return framesWhile(page, async () => {
        for (let move = 0; move < kMoves; move += 1) await page.keyboard.press("ArrowRight");
      });
    }
    await page.mouse.move(...at(1));
    await page.mouse.down();
    return framesWhile(page, async () => {
      for (let move = 0; move < kMoves; move += 1)
        await page.mouse.move(...at(Math.abs(1 - (2 * move) / kMoves)));
      await page.mouse.up();
    });
  });
}

async function scroll(jobs) {
  return inFreshPage(async (page) => {
    await page.goto(url);
    await page.waitForFunction(
      (count) =>
        Number(document.querySelector("table.jobs")?.getAttribute("aria-rowcount")) >= count,
      Number(jobs),
      { timeout: 120_000 },
    );
    await page.locator(".table-box").hover();
    return framesWhile(page, async () => {
      for (let move = 0; move < kMoves; move += 1) await page.mouse.wheel(0, 400);
    });
  });
}

function measurements() {
  if (what === "table") return { [`${subjects[0]} jobs, scrolled`]: () => scroll(subjects[0]) };
  const [xor, mnist] = subjects.map((job) => `/runs/${job}`);
  return {
    "first paint": firstPaint,
    "XOR, slider dragged": () => scrub(`${xor}?inside=weights`, "pointer"),
    "XOR, slider by keys": () => scrub(`${xor}?inside=weights`, "keys"),
    "XOR, with the 3-D view": () => scrub(xor, "pointer"),
    "MNIST, slider dragged": () => scrub(mnist, "pointer"),
    "MNIST, slider by keys": () => scrub(mnist, "keys"),
  };
}

for (const [name, measure] of Object.entries(measurements()))
  process.stdout.write(`${JSON.stringify({ name, ...(await measure()) })}\n`);
await browser.close();
