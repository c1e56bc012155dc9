// A member reads a board.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { MEMBER, TOTAL, board, refresh, untilAttribute, withPeople } from './support.mjs';

test('a member sees the whole board, and where each page came from', async () => {
  await withPeople([MEMBER], async (page) => {
    const rows = await board(page, TOTAL);
    assert.ok((await rows.count()) >= 5);
    const badge = page.getByTestId('page-badge').first();
    await untilAttribute(badge, 'data-status', ['MISS', 'HIT']);
    assert.equal(await badge.getAttribute('data-page'), '1');
    assert.equal(await refresh(page), 'HIT');
    assert.match(await badge.getAttribute('data-source'), /^(edge_memory|cloudflare_kv)$/);
    assert.match(await badge.getAttribute('data-age'), /^\d+/);
    await untilAttribute(page.getByTestId('connection-state').first(), 'data-state', 'edge');
  });
});

test('a member filters, and sees as many as the counts say', async () => {
  await withPeople([MEMBER], async (page) => {
    await board(page, TOTAL);
    for (const [filter, total] of [['closed', 588], ['high_priority', 2], ['follow_up', 0], ['all', TOTAL]]) {
      await page.getByTestId('filter-select').selectOption(filter);
      await untilAttribute(page.getByTestId('total-count'), 'data-total', String(total));
      if (total === 0) {
        await page.getByTestId('board-empty').waitFor();
      }
    }
  });
});

test('a member searches, and is asked once for what was typed', async () => {
  await withPeople([MEMBER], async (page) => {
    await board(page, TOTAL);
    const asked = [];
    page.on('request', (request) => {
      const term = new URL(request.url()).searchParams.get('search');
      if (term !== null && request.method() === 'GET') {
        asked.push(term);
      }
    });
    await page.getByTestId('search-input').pressSequentially('example', { delay: 40 });
    const total = page.getByTestId('total-count');
    await page.waitForFunction(
      ([id, all]) => {
        const shown = document.querySelector(`[data-testid="${id}"]`)?.getAttribute('data-total');
        return shown !== null && shown !== undefined && shown !== '' && Number(shown) !== all;
      },
      ['total-count', TOTAL],
    );
    assert.ok(Number(await total.getAttribute('data-total')) < TOTAL);
    assert.equal(new Set(asked).size, 1, `asked for ${asked.join(', ')}`);
    await page.getByTestId('search-input').fill('no-such-contact-anywhere');
    await page.getByTestId('board-empty').waitFor();
  });
});

test('a member sorts by name, both ways', async () => {
  await withPeople([MEMBER], async (page) => {
    await board(page, TOTAL);
    const first = async (act) => {
      const [answer] = await Promise.all([
        page.waitForResponse((answer) => answer.url().includes('sort_by=name') && answer.status() === 200),
        act(),
      ]);
      const { data } = await answer.json();
      await page.locator(`[data-contact-id="${data.contacts[0].id}"][data-index="0"]`).waitFor();
      return data.contacts[0].name.toLowerCase();
    };
    const order = page.getByTestId('sort-order');
    const descending = await first(() => page.getByTestId('sort-select').selectOption('name'));
    assert.equal(await order.getAttribute('data-order'), 'desc');
    const ascending = await first(() => order.click());
    assert.equal(await order.getAttribute('data-order'), 'asc');
    assert.ok(ascending < descending, `${ascending} before ${descending}`);
  });
});

test('a member scrolls to the last contact of the last page', async () => {
  await withPeople([MEMBER], async (page) => {
    await board(page, TOTAL);
    await page.getByTestId('board-grid').focus();
    await page.keyboard.press('End');
    const last = page.locator(`[data-testid="contact-row"][data-index="${TOTAL - 1}"][data-loaded="true"]`);
    await last.waitFor();
    const pages = Math.ceil(TOTAL / 50);
    const shown = Number(await page.getByTestId('page-badge').first().getAttribute('data-page'));
    assert.ok(shown === pages || shown === pages - 1 || shown === Math.ceil(TOTAL / 100), `page ${shown}`);
  });
});
