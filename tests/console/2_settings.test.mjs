// What a workspace caches is switched in the console and seen on its pages.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ADMIN, MEMBER, TOTAL, board, refresh, untilAttribute, withPeople, world } from './support.mjs';

async function switchLists(page, on) {
  await page.getByTestId('nav-settings').first().click();
  const toggle = page.getByTestId('toggle-contactLists');
  await toggle.waitFor();
  if ((await toggle.getAttribute('aria-checked')) !== String(on)) {
    await toggle.click();
  }
  assert.equal(await toggle.getAttribute('aria-checked'), String(on));
  await page.getByTestId('settings-save').click();
  await untilAttribute(page.getByTestId('settings-result'), 'data-state', 'saved');
  await board(page, TOTAL);
}

test('an admin turns contact lists off and pages bypass every cache, and on again and they hit', async () => {
  await withPeople([ADMIN], async (page) => {
    await board(page, TOTAL);
    await switchLists(page, false);
    assert.equal(await refresh(page), 'BYPASS');
    assert.equal(await refresh(page), 'BYPASS');
    await switchLists(page, true);
    await refresh(page);
    assert.equal(await refresh(page), 'HIT', 'the second read');
  });
});

test('an admin is told what is wrong with a time to live, and nothing is saved', async () => {
  await withPeople([ADMIN], async (page) => {
    await page.getByTestId('nav-settings').first().click();
    const ttl = page.getByTestId('ttl-contactsTTL');
    await ttl.waitFor();
    await page.getByTestId('ttl-unit-contactsTTL').selectOption('s');
    await ttl.fill('59');
    const written = [];
    page.on('request', (request) => {
      if (request.method() === 'POST' && request.url().endsWith('/settings')) {
        written.push(request.url());
      }
    });
    const save = page.getByTestId('settings-save');
    if (await save.isEnabled()) {
      await save.click();
    }
    await page.waitForTimeout(300);
    assert.equal(await ttl.getAttribute('aria-invalid'), 'true');
    assert.deepEqual(written, []);
  });
});

test('a member without the role sees the settings and cannot change them', async () => {
  await withPeople([MEMBER], async (page) => {
    await page.getByTestId('nav-settings').first().click();
    await page.getByTestId('settings-readonly').waitFor();
    const toggle = page.getByTestId('toggle-contactLists');
    const before = await toggle.getAttribute('aria-checked');
    assert.ok(await toggle.isDisabled());
    await toggle.click({ force: true }).catch(() => {});
    assert.equal(await toggle.getAttribute('aria-checked'), before);
    // Whatever a page shows, the server decides.
    const users = await (await fetch(`${world.consoleUrl}demo-users.json`)).json();
    const { token } = users.users.find((user) => user.userId === MEMBER);
    const answer = await fetch(`${world.originUrl}/api/cache-settings/workspace/15213/settings`, {
      method: 'POST',
      headers: { Authorization: `Bearer ${token}`, 'Content-Type': 'application/json' },
      body: '{"features":{"contactLists":false}}',
    });
    assert.equal(answer.status, 403);
  });
});

test('an admin invalidates, warms and measures from the panel, and sees it live', async () => {
  await withPeople([ADMIN], async (page) => {
    await page.getByTestId('nav-settings').first().click();
    await page.getByTestId('invalidate').click();
    await page.getByTestId('action-result').waitFor();
    await page.getByTestId('warm').click();
    await page.getByTestId('perf-run').click();
    await page.getByTestId('perf-result').waitFor();
    await page.getByTestId('perf-chart').waitFor();
    await untilAttribute(page.getByTestId('health'), 'data-redis', 'up');
    await page.waitForFunction(
      () => Number(document.querySelector('[data-testid="hit-rate"]')?.getAttribute('data-value')) >= 0,
    );
  });
});
