// Components that show the same page share one request for it.

import assert from 'node:assert/strict';
import { join } from 'node:path';
import { test } from 'node:test';
import { build } from 'esbuild';
import { MEMBER, TOTAL, withPeople } from './support.mjs';

const here = import.meta.dirname;

/** Ten boards, from the console's own sources. */
async function tenBoards() {
  const { outputFiles } = await build({
    entryPoints: [join(here, 'pages/ten.jsx')],
    write: false,
    bundle: true,
    format: 'iife',
    target: 'es2023',
    jsx: 'automatic',
    conditions: ['boardcache-source'],
    nodePaths: [join(here, '../../web/node_modules')],
    define: { 'process.env.NODE_ENV': '"production"' },
    logLevel: 'error',
  });
  return outputFiles[0].text;
}

/** Shows ten boards, and returns what the browser has asked for until all show contacts. */
async function show(page, sharesCache) {
  const script = await tenBoards();
  const asked = [];
  // No request is intercepted: the browser would tell of those twice that have a preflight.
  page.on('request', (request) => {
    const { pathname, search } = new URL(request.url());
    if (request.method() === 'GET' && /^\/(api|rest)\//.test(pathname)) {
      asked.push(pathname + search);
    }
  });
  // Through the debugger, so that the page's content security policy stays as it is.
  await page.evaluate(script);
  await page.evaluate((how) => globalThis.showTenBoards(how), { userId: MEMBER, sharesCache });
  await page.waitForFunction((total) => {
    const counted = document.querySelectorAll(`[data-testid="total-count"][data-total="${total}"]`).length;
    const grids = [...document.querySelectorAll('[data-testid="board-grid"]')];
    const isFilled = (grid) => grid.querySelector('[data-testid="contact-row"][data-loaded="true"]') !== null;
    return counted === 10 && grids.length === 10 && grids.every(isFilled);
  }, TOTAL);
  // As long as a late one would take.
  await page.waitForTimeout(500);
  return asked;
}

const lists = (asked) => asked.filter((url) => url.startsWith('/api/boards/board_123/contacts?'));

test('ten boards of the same page make one request for it, and one for each other thing they show', async (t) => {
  await withPeople([null], async (page) => {
    const asked = await show(page, true);
    t.diagnostic(`ten boards asked for ${asked.map((url) => url.split('?')[0]).join(', ')}`);
    assert.equal(lists(asked).length, 1);
    assert.deepEqual(asked, [...new Set(asked)], 'nothing was asked for twice');
  });
});

test('ten boards that share no cache are seen to make ten', async () => {
  await withPeople([null], async (page) => {
    assert.equal(lists(await show(page, false)).length, 10);
  });
});
