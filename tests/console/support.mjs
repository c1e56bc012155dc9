// The browser, the people in it, and what they look for.

import assert from 'node:assert/strict';
import { mkdtempSync } from 'node:fs';
import { join } from 'node:path';
import { chromium } from 'playwright-core';

/** Where everything is. */
export const world = JSON.parse(process.env.CONSOLE_WORLD ?? 'null');
if (world === null) {
  throw new Error('started by `cargo test -p end-to-end --test console`, not by hand');
}

/** A user of the big workspace, and one who may change what it caches. */
export const MEMBER = 'user_member_15213';
export const ADMIN = 'user_admin_15213';
/** Who is a member of nothing, and sees how the whole system does. */
export const SYSTEM_ADMIN = 'user_system_admin';
/** How many contacts the big board has. */
export const TOTAL = 191_663;
export const DESKTOP = { width: 1280, height: 800 };
export const PHONE = { width: 390, height: 844 };

// No sandbox: tests run as root. The rest keeps Chromium from calling its maker, which these machines do not reach.
const FLAGS = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
  '--enable-precise-memory-info',
];

let launched;

/** Chromium, started once for all scenarios. */
export async function browser() {
  launched ??= await chromium.launch({
    executablePath: process.env.CHROMIUM_BIN ?? '/usr/bin/chromium',
    headless: true,
    args: FLAGS,
    env: { ...process.env, HOME: mkdtempSync(join(world.profileDir, 'home-')) },
  });
  return launched;
}

/** To be called when the last scenario has ended. */
export async function closeBrowser() {
  await launched?.close();
  launched = undefined;
}

/** Breaks or mends a part of the chain: `await control('redis/stop')`. */
export async function control(what) {
  const answer = await fetch(`${process.env.CONSOLE_CONTROL_URL}/${what}`, { method: 'POST' });
  assert.equal(answer.status, 200, `${what}: ${await answer.text()}`);
}

/**
 * Opens a browser of its own for each of `people`, signed in, and hands their pages to `scenario`. What went wrong in a page that nobody
 * expected fails the scenario: an exception, or a violation of the content security policy.
 */
export async function withPeople(people, scenario, options = {}) {
  const contexts = [];
  const wrong = [];
  try {
    const pages = [];
    for (const person of people) {
      const context = await (await browser()).newContext({ viewport: DESKTOP, ...options });
      contexts.push(context);
      const page = await context.newPage();
      page.setDefaultTimeout(15_000);
      page.on('pageerror', (error) => wrong.push(`${person}: ${error.stack ?? error}`));
      page.on('console', (message) => {
        if (message.text().includes('Content Security Policy')) {
          wrong.push(`${person}: ${message.text()}`);
        }
      });
      await signIn(page, person);
      pages.push(page);
    }
    await scenario(...pages);
  } finally {
    await Promise.all(contexts.map((context) => context.close()));
  }
  assert.deepEqual(wrong, []);
}

/** Opens the console as it is in production, where there are no demo users, for somebody who has not signed in. */
export async function withVisitor(scenario) {
  const withoutDemo = async (route) => {
    const response = await route.fetch();
    await route.fulfill({ response, json: { ...(await response.json()), demoUsersUrl: null } });
  };
  await withPeople(
    [null],
    async (page) => {
      await page.route('**/console/config.json', withoutDemo);
      await page.reload();
      await page.getByLabel('E-mail').waitFor();
      await scenario(page);
    },
  );
}

/** Signs in with one click, and waits for the board. Nobody stays at the door. */
export async function signIn(page, person) {
  await page.goto(world.consoleUrl);
  await page.getByTestId('sign-in').waitFor();
  if (person !== null) {
    await page.getByTestId(`demo-user-${person}`).click();
  }
}

/** Waits until an attribute of the one element has a value, or one of some, and returns it. */
export async function untilAttribute(locator, name, wanted, timeout = 15_000) {
  const values = [wanted].flat();
  const deadline = Date.now() + timeout;
  let seen;
  while (Date.now() < deadline) {
    seen = await locator.getAttribute(name, { timeout: 1000 }).catch(() => undefined);
    if (values.includes(seen)) {
      return seen;
    }
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  throw new assert.AssertionError({ message: `${name} is ${seen}, not ${values.join(' or ')}` });
}

/** The board, once its first page is there. */
export async function board(page, total) {
  await page.getByTestId('nav-board').first().click();
  const rows = page.locator('[data-testid="contact-row"][data-loaded="true"]');
  await rows.first().waitFor();
  if (total !== undefined) {
    await untilAttribute(page.getByTestId('total-count'), 'data-total', String(total));
  }
  return rows;
}

/** Reads what is on screen anew and returns how the page at the top was answered. */
export async function refresh(page) {
  const badge = page.getByTestId('page-badge').first();
  const answered = page.waitForResponse(
    (answer) => answer.url().includes('/contacts?') && answer.request().method() === 'GET',
  );
  await page.getByTestId('refresh').click();
  await answered;
  await page.waitForTimeout(150);
  return badge.getAttribute('data-status');
}
