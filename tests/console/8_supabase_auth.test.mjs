// Somebody signs in as in production: with an e-mail and a password, at Supabase Auth.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ADMIN, TOTAL, board, refresh, withVisitor, world } from './support.mjs';

const EMAIL = `${ADMIN}@example.com`;

/** Answers of Supabase Auth from now on, by what was asked: `password`, `refresh_token`, `logout`. */
function answersOfAuth(page) {
  const answers = [];
  page.on('response', (response) => {
    const { pathname, searchParams } = new URL(response.url());
    if (pathname.startsWith('/auth/v1/') && response.request().method() === 'POST') {
      answers.push({ what: searchParams.get('grant_type') ?? pathname.split('/').at(-1), status: response.status() });
    }
  });
  return answers;
}

const statuses = (answers, what) => answers.filter((answer) => answer.what === what).map(({ status }) => status);
const expiryOf = (token) => JSON.parse(Buffer.from(token.split('.')[1], 'base64url').toString()).exp;
const kept = (page) => page.evaluate(() => Object.entries(sessionStorage));

/** The token that the next list is read with. */
async function tokenOfRead(page) {
  const [request] = await Promise.all([
    page.waitForRequest((request) => request.url().includes('/contacts?') && request.method() === 'GET'),
    refresh(page),
  ]);
  return (await request.allHeaders()).authorization.replace('Bearer ', '');
}

async function enter(page, password) {
  await page.getByLabel('E-mail').fill(EMAIL);
  await page.getByLabel('Password').fill(password);
  await page.getByRole('button', { name: 'Sign in' }).click();
}

test('somebody signs in with a password, stays in by renewed tokens, and leaves nothing behind', async (t) => {
  await withVisitor(async (page) => {
    const answers = answersOfAuth(page);

    await enter(page, `${world.password}?`);
    await page.getByRole('alert').filter({ hasText: 'Invalid login credentials' }).waitFor();
    assert.deepEqual(statuses(answers, 'password'), [400]);
    assert.deepEqual(await kept(page), []);

    await enter(page, world.password);
    await board(page, TOTAL);
    assert.deepEqual(statuses(answers, 'password'), [400, 200]);
    assert.ok((await page.getByTestId('workspace-name').textContent()).includes('15213'));

    // A token is renewed while it is still good, and the next read goes with the new one.
    const first = await tokenOfRead(page);
    let next = first;
    while (next === first) {
      await page.waitForTimeout(500);
      next = await tokenOfRead(page);
    }
    const left = expiryOf(first) - Date.now() / 1000;
    t.diagnostic(`the token was renewed ${left.toFixed(0)} s before it would have expired`);
    assert.ok(left > 0, 'before it has expired');
    assert.deepEqual(statuses(answers, 'refresh_token'), [200], 'once');

    // A reload stays in, and brings back what was shown.
    await page.waitForFunction(() => sessionStorage.getItem('boardcache:queries') !== null);
    await page.reload();
    await board(page, TOTAL);
    assert.deepEqual(statuses(answers, 'password'), [400, 200], 'nobody is asked again');

    const { refresh_token } = JSON.parse(Object.fromEntries(await kept(page))['boardcache:auth']);
    await page.getByTestId('sign-out').click();
    await page.getByTestId('sign-in').waitFor();
    await page.waitForFunction(() => sessionStorage.length === 0);
    assert.deepEqual(statuses(answers, 'logout'), [204]);
    const again = await fetch(`${world.supabaseUrl}/auth/v1/token?grant_type=refresh_token`, {
      method: 'POST',
      headers: { apikey: world.supabaseAnonKey, 'Content-Type': 'application/json' },
      body: JSON.stringify({ refresh_token }),
    });
    assert.equal(again.status, 400, 'the session has ended at the server too');
    await page.reload();
    await page.getByLabel('E-mail').waitFor();
    // Nothing comes back to be written after everybody has gone.
    await page.waitForTimeout(1_500);
    assert.deepEqual(await kept(page), []);
  });
});
