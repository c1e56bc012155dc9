// What one browser changes another sees.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ADMIN, MEMBER, TOTAL, board, refresh, untilAttribute, withPeople } from './support.mjs';

const COLUMNS = ['col_123_new', 'col_123_active', 'col_123_waiting', 'col_123_done'];

test('a contact that one browser moves is moved in the other', async (t) => {
  await withPeople([ADMIN, MEMBER], async (mover, watcher) => {
    const rows = await board(mover, TOTAL);
    await board(watcher, TOTAL);
    // Both are answered by a cache before.
    await refresh(watcher);
    assert.equal(await refresh(watcher), 'HIT');

    const row = rows.nth(1);
    const contact = await row.getAttribute('data-contact-id');
    const before = await row.getAttribute('data-column-id');
    const wanted = COLUMNS.find((column) => column !== before);
    await row.click();
    await mover.getByTestId('contact-drawer').waitFor();
    await mover.getByTestId('move-select').selectOption(wanted);
    const began = Date.now();
    await mover.getByTestId('move-submit').click();
    await untilAttribute(mover.getByTestId('move-result'), 'data-step', 'fresh');
    t.diagnostic(`the mover saw the fresh page after ${Date.now() - began} ms`);

    const there = watcher.locator(`[data-testid="contact-row"][data-contact-id="${contact}"]`);
    await untilAttribute(there, 'data-column-id', wanted, 10_000);
    t.diagnostic(`the other browser saw it after ${Date.now() - began} ms`);
  });
});
