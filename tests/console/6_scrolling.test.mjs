// The big board from one end to the other by keyboard.

import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { MEMBER, TOTAL, board, closeBrowser, withPeople } from './support.mjs';

const MAX_TASK_MS = 100;
const MAX_GROWTH_BYTES = 64 * 1024 * 1024;
const MAX_ROWS = 200;

after(closeBrowser);

/** Heap in use once it was collected, in bytes, and nodes of the document. */
async function memory(devtools) {
  await devtools.send('HeapProfiler.collectGarbage');
  const { metrics } = await devtools.send('Performance.getMetrics');
  const value = (name) => metrics.find((metric) => metric.name === name).value;
  return { heap: value('JSHeapUsedSize'), nodes: value('Nodes') };
}

/**
 * The tasks of the page's main thread while `work` goes on, in milliseconds: how long each took by the clock on the wall, and how long the
 * thread itself ran. The two differ by what other programs took of the processors meanwhile. Of a task that was under way when tracing began or ended
 * Chromium does not tell how long the thread ran: no longer than the clock says.
 */
async function tasksOf(page, work) {
  const chromium = page.context().browser();
  await chromium.startTracing(page, { categories: ['toplevel'] });
  await work();
  const { traceEvents: events } = JSON.parse((await chromium.stopTracing()).toString());
  const threads = new Set(
    events
      .filter(({ name, args }) => name === 'thread_name' && args.name === 'CrRendererMain')
      .map(({ pid, tid }) => `${pid} ${tid}`),
  );
  return events
    .filter(({ name, ph, pid, tid }) => name === 'ThreadControllerImpl::RunTask' && ph === 'X' && threads.has(`${pid} ${tid}`))
    .map(({ dur, tdur }) => ({ wallMs: dur / 1000, threadMs: (tdur ?? dur) / 1000 }));
}

/** From the top of the board to its end and back, by keyboard. Returns how many keys were pressed. */
async function scroll(page) {
  let presses = 0;
  const press = async (key, times) => {
    for (let n = 0; n < times; n += 1) {
      await page.keyboard.press(key);
      presses += 1;
    }
  };
  const row = (index) =>
    page.locator(`[data-testid="contact-row"][data-index="${index}"][data-loaded="true"]`).waitFor();
  await press('PageDown', 200);
  await press('ArrowDown', 30);
  await press('End', 1);
  await row(TOTAL - 1);
  await press('PageUp', 200);
  await press('Home', 1);
  await row(0);
  return presses;
}

test('scrolling 191,663 contacts by keyboard has no long task and takes bounded memory', async (t) => {
  await withPeople([MEMBER], async (page) => {
    await board(page, TOTAL);
    const devtools = await page.context().newCDPSession(page);
    await devtools.send('Performance.enable');
    await page.getByTestId('board-grid').focus();
    let requests = 0;
    page.on('request', (request) => {
      requests += Number(request.url().includes('/contacts?'));
    });
    const before = await memory(devtools);
    const began = Date.now();
    let presses = 0;
    const tasks = await tasksOf(page, async () => {
      presses = await scroll(page);
    });
    const longest = (clock) => Math.max(...tasks.map((task) => task[clock]));
    t.diagnostic(
      `${presses} keys in ${((Date.now() - began) / 1000).toFixed(1)} s, ${tasks.length} tasks: the longest ran for ` +
        `${longest('threadMs').toFixed(0)} ms, and took ${longest('wallMs').toFixed(0)} ms by the clock on the wall`,
    );
    const afterwards = await memory(devtools);
    const rows = await page.getByTestId('contact-row').count();
    const mib = (bytes) => (bytes / 1024 / 1024).toFixed(1);
    t.diagnostic(
      `heap ${mib(before.heap)} MiB before and ${mib(afterwards.heap)} MiB after, nodes ${before.nodes} and ` +
        `${afterwards.nodes}, ${rows} rows, ${requests} requests`,
    );
    assert.ok(tasks.length > presses, 'every key is a task');
    assert.ok(longest('threadMs') <= MAX_TASK_MS, `a task of ${longest('threadMs')} ms`);
    assert.ok(afterwards.heap - before.heap < MAX_GROWTH_BYTES);
    assert.ok(rows < MAX_ROWS, `${rows} rows in the document`);
  });
});
