// Parts of the chain are away, and the console says so and goes on.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ADMIN, MEMBER, TOTAL, board, control, refresh, untilAttribute, withPeople } from './support.mjs';

test('while the edge is away the client goes on through the origin, and comes back to the edge', async (t) => {
  await withPeople([MEMBER], async (page) => {
    await board(page, TOTAL);
    const state = page.getByTestId('connection-state').first();
    await untilAttribute(state, 'data-state', 'edge');
    await control('edge/stop');
    try {
      await page.getByTestId('refresh').click();
      await untilAttribute(state, 'data-state', 'origin');
      // What it has not read before it reads through the origin.
      await page.getByTestId('filter-select').selectOption('closed');
      await untilAttribute(page.getByTestId('total-count'), 'data-total', '588');
      const source = await page.getByTestId('page-badge').first().getAttribute('data-source');
      assert.match(source, /^(origin_memory|redis|database)$/);
    } finally {
      await control('edge/start');
    }
    const began = Date.now();
    const deadline = began + 60_000;
    while ((await state.getAttribute('data-state')) !== 'edge' && Date.now() < deadline) {
      await page.waitForTimeout(500);
      await page.getByTestId('refresh').click();
    }
    assert.equal(await state.getAttribute('data-state'), 'edge');
    t.diagnostic(`back at the edge ${((Date.now() - began) / 1000).toFixed(1)} s after it answered again`);
  });
});

test('while Redis is away the panel says so and pages are served, and it recovers', async (t) => {
  await withPeople([ADMIN], async (page) => {
    await board(page, TOTAL);
    await page.getByTestId('nav-settings').first().click();
    const health = page.getByTestId('health');
    await untilAttribute(health, 'data-redis', 'up');
    await control('redis/stop');
    let began = Date.now();
    try {
      await untilAttribute(health, 'data-redis', 'down', 20_000);
      t.diagnostic(`the panel said after ${Date.now() - began} ms that Redis is down`);
      await board(page, TOTAL);
      await refresh(page);
      await page.getByTestId('nav-settings').first().click();
    } finally {
      await control('redis/start');
    }
    began = Date.now();
    await untilAttribute(health, 'data-redis', 'up', 30_000);
    t.diagnostic(`and after ${Date.now() - began} ms that it is up again`);
  });
});
