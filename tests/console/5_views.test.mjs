// Every view: nothing that keeps people from using it, and a picture.

import assert from 'node:assert/strict';
import { mkdirSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { test } from 'node:test';
import {
  ADMIN,
  DESKTOP,
  PHONE,
  SYSTEM_ADMIN,
  TOTAL,
  board,
  untilAttribute,
  withPeople,
  world,
} from './support.mjs';

/** As long as it takes until a chart of live figures has something to show. */
const FEW_WINDOWS_MS = 8500;
const AXE = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');

/** Findings that keep somebody from using the page. */
async function serious(page) {
  // Through the debugger, so that the page's content security policy stays as it is.
  await page.evaluate(AXE);
  const { violations } = await page.evaluate(() =>
    globalThis.axe.run(document, {
      runOnly: { type: 'tag', values: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'] },
    }),
  );
  return violations
    .filter(({ impact }) => impact === 'serious' || impact === 'critical')
    .map(({ id, help, nodes }) => `${id}: ${help}: ${nodes.slice(0, 3).map((node) => node.html).join(' | ')}`);
}

/** Readers of the board, as long as `work` goes on, so that there is something to see of them. */
async function amongReaders(work) {
  const { users } = await (await fetch(`${world.consoleUrl}demo-users.json`)).json();
  const { token } = users.find(({ userId }) => userId === ADMIN);
  const headers = { Authorization: `Bearer ${token}`, 'X-Workspace-ID': '15213' };
  let goesOn = true;
  const read = async (reader) => {
    for (let n = 0; goesOn; n += 1) {
      // Most ask for the first pages, and somebody for one that nobody has seen.
      const page = n % 8 === 0 ? 100 + reader * 1000 + n : 1 + (n % 5);
      await fetch(`${world.originUrl}/api/boards/board_123/contacts?page=${page}`, { headers }).then((answer) =>
        answer.arrayBuffer(),
      );
      await new Promise((resolve) => setTimeout(resolve, 40));
    }
  };
  const readers = [0, 1].map(read);
  try {
    return await work();
  } finally {
    goesOn = false;
    await Promise.all(readers);
  }
}

/** How each view is come to, by name. `null`: nobody has signed in. */
const VIEWS = {
  'sign-in': [null, async () => {}],
  board: [ADMIN, async (page) => void (await board(page, TOTAL))],
  contact: [
    ADMIN,
    async (page) => {
      const rows = await board(page, TOTAL);
      await rows.nth(1).click();
      await page.getByTestId('contact-drawer').waitFor();
    },
  ],
  settings: [
    ADMIN,
    async (page) => {
      await page.getByTestId('nav-settings').first().click();
      await untilAttribute(page.getByTestId('health'), 'data-redis', 'up');
      await page.getByTestId('perf-run').click();
      await page.getByTestId('perf-chart').waitFor();
      await amongReaders(() => page.waitForTimeout(FEW_WINDOWS_MS));
    },
  ],
  system: [
    SYSTEM_ADMIN,
    async (page) => {
      await page.getByTestId('nav-system').first().click();
      await untilAttribute(page.getByTestId('system-redis'), 'data-state', 'up');
      await page.getByTestId('system-workspaces').waitFor();
      await amongReaders(() => page.waitForTimeout(FEW_WINDOWS_MS));
    },
  ],
};

mkdirSync(world.screenshotsDir, { recursive: true });
for (const [view, [person, open]] of Object.entries(VIEWS)) {
  for (const [device, viewport] of Object.entries({ desktop: DESKTOP, phone: PHONE })) {
    test(`the view ${view} has no serious finding on a ${device}, light and dark`, async () => {
      await withPeople(
        [person],
        async (page) => {
          await open(page);
          for (const colorScheme of ['light', 'dark']) {
            await page.emulateMedia({ colorScheme, reducedMotion: 'reduce' });
            await page.waitForTimeout(250);
            const toggle = page.getByTestId('theme-toggle');
            if (person !== null) {
              const offers = await toggle.getAttribute('aria-label');
              assert.equal(offers, colorScheme === 'dark' ? 'Use light colours' : 'Use dark colours');
            }
            await page.screenshot({ path: join(world.screenshotsDir, `${view}-${device}-${colorScheme}.png`) });
            assert.deepEqual(await serious(page), [], colorScheme);
            const overflow = await page.evaluate(
              () => document.documentElement.scrollWidth - document.documentElement.clientWidth,
            );
            assert.ok(overflow <= 0, `${overflow} px wider than the screen`);
            const below = await page.evaluate(
              () => document.documentElement.scrollHeight - document.documentElement.clientHeight,
            );
            assert.ok(below <= 0, `${below} px of nothing below the screen: what scrolls is within`);
          }
        },
        { viewport, hasTouch: device === 'phone' },
      );
    });
  }
}

test('a phone is told once where the page at the top came from', async () => {
  await withPeople(
    [ADMIN],
    async (page) => {
      await board(page, TOTAL);
      const told = page.locator('[data-testid="page-badge"]:visible, [data-testid="page-header"]:visible');
      assert.deepEqual(await told.evaluateAll((marks) => marks.map(({ dataset }) => dataset.page)), ['1']);
    },
    { viewport: PHONE, hasTouch: true },
  );
});

test('a phone shows every column of the table of workspaces', async () => {
  await withPeople(
    [SYSTEM_ADMIN],
    async (page) => {
      await page.getByTestId('nav-system').first().click();
      const table = page.getByTestId('system-workspaces');
      await table.waitFor();
      const wider = await table.evaluate(({ parentElement: scroller }) => scroller.scrollWidth - scroller.clientWidth);
      assert.ok(wider <= 0, `${wider} px are cut`);
    },
    { viewport: PHONE, hasTouch: true },
  );
});

test('somebody of two workspaces can change between them on a phone', async () => {
  const alsoOf = async (route) => {
    const response = await route.fetch();
    const demo = await response.json();
    const admin = demo.users.find(({ userId }) => userId === ADMIN);
    await route.fulfill({ response, json: { ...demo, users: [...demo.users, { ...admin, workspaceId: '20771' }] } });
  };
  await withPeople(
    [null],
    async (page) => {
      await page.route('**/demo-users.json', alsoOf);
      await page.reload();
      await page.getByTestId(`demo-user-${ADMIN}`).first().click();
      const select = page.getByTestId('workspace-select');
      await select.waitFor({ state: 'visible' });
      const { width } = await select.boundingBox();
      assert.ok(width >= 100, `${width} px wide`);
      await select.selectOption('20771');
      assert.equal(await select.inputValue(), '20771');
    },
    { viewport: PHONE, hasTouch: true },
  );
});
