// A person at the page: Chromium on a running dev stack.
import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import * as path from 'node:path';
import { after, before, describe, it } from 'node:test';
import type { Page } from 'playwright-core';
import { apiOf, isIn, isOut, picture, samples, TestBrowser } from '../../testing/browser';
import { docker, TestStack } from '../../testing/stack';

describe('the page', () => {
  let stack: TestStack;
  let browser: TestBrowser;
  let page: Page;
  const sql = (...statements: string[]) => stack.sql(...statements);

  before(async () => {
    stack = await TestStack.create({ name: 'e2e-browser', orchestrator: 'container' });
    await stack.mustUp();
    browser = await TestBrowser.launch(stack);
    page = await browser.open();
  });
  after(async () => {
    await browser?.close();
    await stack?.remove();
  });

  it('says so when the password is wrong', async () => {
    await page.goto('/');
    await browser.logIn(page, 'not the password');
    await page.getByText('That username and password do not match.').waitFor();
    await picture(page, 'login');
  });

  it('logs in, stays in after a reload, logs out, and stays out after a reload', async () => {
    await browser.logIn(page);
    await isIn(page);
    await page.reload();
    await isIn(page);
    await page.getByRole('button', { name: 'Log out' }).click();
    await isOut(page);
    await page.reload();
    await isOut(page);
  });

  it('never loops when the session is gone', async () => {
    await browser.logIn(page);
    await isIn(page);
    await page.context().clearCookies();
    let refreshes = 0;
    page.on('request', (request) => {
      if (request.url().endsWith('/api/auth/refresh')) refreshes++;
    });
    await page.reload();
    await isOut(page);
    await page.waitForTimeout(3000);
    assert.ok(refreshes <= 1, `${refreshes} refreshes`);
    await browser.logIn(page);
    await isIn(page);
  });

  it('offers its own time zone to a server that counts in UTC, and shows times by it', async () => {
    const call = await apiOf(stack.url, browser.login);
    const span = { start: '2026-03-02T08:00:00Z', end: '2026-03-02T08:30:00Z' };
    const { id } = await call<{ id: string }>('POST', '/api/entries', span);
    await page.goto('/');
    await page.getByText('08:00 – 08:30').waitFor();
    await page.getByRole('button', { name: 'Use Europe/Berlin' }).click();
    await page.getByText('09:00 – 09:30').waitFor();
    assert.equal(await page.getByRole('region', { name: 'Time zone' }).count(), 0);
    await call('DELETE', `/api/entries/${id}`);
    await page.reload();
    await isIn(page);
    assert.equal(await page.getByRole('region', { name: 'Time zone' }).count(), 0);
  });

  it('runs a timer that survives a reload, and that a second browser shows and stops', async () => {
    const description = (tab: Page) => tab.getByLabel('What are you working on?');
    await description(page).fill('Reading plans');
    await page.getByRole('button', { name: 'Start', exact: true }).click();
    await page.getByRole('timer').waitFor();
    await page.reload();
    await page.getByRole('timer').waitFor();
    assert.equal(await description(page).inputValue(), 'Reading plans');
    const second = await browser.openIn();
    await second.getByRole('timer').waitFor();
    assert.equal(await description(second).inputValue(), 'Reading plans');
    await second.getByRole('button', { name: 'Stop' }).click();
    await second.getByText('No timer runs.').waitFor({ state: 'attached' });
    await second.context().close();
    // Without being touched, the first looks every 15 seconds.
    await page.getByText('No timer runs.').waitFor({ state: 'attached', timeout: 20_000 });
    await page.getByRole('listitem').filter({ hasText: 'Reading plans' }).first().waitFor();
  });

  const preview = async (file: string) => {
    await page.getByRole('button', { name: 'Import', exact: true }).click();
    const dialog = page.getByRole('dialog', { name: 'Import hours' });
    await dialog.getByLabel('CSV file').setInputFiles(file);
    await dialog.getByRole('button', { name: 'Preview' }).click();
    await dialog.getByText('Already here').waitFor();
    const counts = (await dialog.locator('dl.counts dd').allInnerTexts()).map(Number);
    return { dialog, added: counts[0] ?? -1, known: counts[1] ?? -1, wrong: counts[2] ?? -1 };
  };

  for (const file of ['toggl.csv', 'clockify.csv', 'tempo.csv', 'generic.csv'])
    it(`imports ${file} after a preview, and a second time finds all of it there`, async () => {
      const first = await preview(path.join(samples, file));
      assert.ok(first.added > 0);
      assert.deepEqual([first.known, first.wrong], [0, 0]);
      if (file === 'toggl.csv') await picture(page, 'import');
      await first.dialog.getByRole('button', { name: /^Import \d/ }).click();
      await first.dialog.getByRole('button', { name: 'Done' }).click();
      const again = await preview(path.join(samples, file));
      assert.deepEqual([again.added, again.known, again.wrong], [0, first.added, 0]);
      await again.dialog.getByRole('button', { name: 'Close' }).click();
    });

  const exported = async (kind: RegExp) => {
    await page.getByRole('button', { name: 'Export' }).click();
    const [download] = await Promise.all([
      page.waitForEvent('download'),
      page.getByRole('menuitem', { name: kind }).click(),
    ]);
    const file = await download.path();
    return { file, name: download.suggestedFilename(), text: await readFile(file, 'utf8') };
  };

  it('exports to CSV, which imports again without loss after everything is gone', async () => {
    const entries = Number(await sql('SELECT count(*) FROM entries'));
    const before = await exported(/^CSV/);
    assert.match(before.name, /^hours-\d{4}-\d\d-\d\d\.csv$/);
    assert.ok(before.text.split('\r\n').length > entries);
    await sql('DELETE FROM entries; DELETE FROM projects; DELETE FROM tags');
    await page.reload();
    await page.getByText('No hours yet').waitFor();
    const { dialog, ...counts } = await preview(before.file);
    assert.deepEqual(counts, { added: entries, known: 0, wrong: 0 });
    await dialog.getByRole('button', { name: /^Import \d/ }).click();
    await dialog.getByRole('button', { name: 'Done' }).click();
    const after = await exported(/^CSV/);
    assert.equal(after.text, before.text);
  });

  it('exports to JSON what the filters show', async () => {
    await page.goto('/?from=2026-10-01&to=2026-10-31&q=homepage');
    await isIn(page);
    const { name, text } = await exported(/^JSON/);
    assert.match(name, /^hours-\d{4}-\d\d-\d\d\.json$/);
    const entries = JSON.parse(text) as { description: string; start: string; source: object }[];
    const shown = Number(
      await sql(
        "SELECT count(*) FROM entries WHERE description ILIKE '%homepage%' AND start_at >= '2026-10-01' AND start_at < '2026-11-01'",
      ),
    );
    assert.ok(shown > 0);
    assert.equal(entries.length, shown);
    for (const entry of entries) {
      assert.match(entry.description, /homepage/i);
      assert.match(entry.start, /^2026-10-/);
      assert.ok(entry.source);
    }
  });

  const october = '/reports?from=2026-10-01&to=2026-10-31';
  /** The report's total, once it is there and is not `other`. */
  const totalOf = async (tab: Page, other = ''): Promise<string> => {
    const figure = tab
      .locator('.report[aria-busy=false] dl.figures')
      .getByText(/^\d+:\d\d h$/)
      .first();
    if (other) await figure.filter({ hasNotText: other }).waitFor();
    return figure.innerText();
  };

  it('reports a month with a chart and totals, at an address that can be kept', async () => {
    await page.goto(october);
    const figure = await totalOf(page);
    assert.notEqual(figure, '0:00 h');
    assert.ok(
      (await page.getByRole('region', { name: 'Chart' }).locator('svg, table, li').count()) > 0,
    );
    await page.reload();
    assert.equal(await totalOf(page), figure);
    assert.ok(page.url().endsWith(october));
    await picture(page, 'report');
  });

  it('keeps project, tag, days and grouping in the address: a bookmark shows the same', async () => {
    await page.goto(october);
    const all = await totalOf(page);
    await page.getByLabel('Project filter').selectOption({ label: 'Website relaunch' });
    const project = await totalOf(page, all);
    await page.getByLabel('Tag filter').selectOption({ label: 'design' });
    const tag = await totalOf(page, project);
    await page.getByLabel('Period', { exact: true }).selectOption({ label: 'Choose days…' });
    await page.getByLabel('From').fill('2026-10-05');
    await page.getByLabel('To', { exact: true }).fill('2026-10-18');
    const days = await totalOf(page, tag);
    await page.getByRole('radio', { name: 'Week' }).check();
    await page.getByRole('columnheader', { name: 'Week' }).waitFor();
    const address = new URL(page.url());
    assert.match(address.searchParams.get('project') ?? '', /^[0-9a-f-]{36}$/);
    address.searchParams.delete('project');
    assert.equal(address.search, '?from=2026-10-05&to=2026-10-18&tag=design&by=week');

    const seen = async (tab: Page) => ({
      total: await totalOf(tab),
      rows: await tab.locator('.report tbody tr').allInnerTexts(),
      project: await tab.getByLabel('Project filter').locator('option:checked').innerText(),
      tag: await tab.getByLabel('Tag filter').inputValue(),
      from: await tab.getByLabel('From').inputValue(),
    });
    const here = await seen(page);
    assert.equal(here.total, days);
    assert.equal(here.project, 'Website relaunch');
    const bookmark = await browser.openIn(page.url());
    assert.deepEqual(await seen(bookmark), here);
    await bookmark.context().close();

    await page.goBack();
    await page.getByRole('columnheader', { name: 'Day' }).waitFor();
    assert.equal(await totalOf(page), days);
  });

  const save = async (change: () => Promise<unknown>) => {
    await page.goto('/settings');
    await isIn(page);
    await change();
    await page.getByRole('button', { name: 'Save settings' }).click();
    await page.getByText('Saved.', { exact: true }).waitFor();
  };
  const rowsOf = async (place: string) => {
    await page.goto(place);
    await totalOf(page);
    return (await page.locator('.report tbody th').allInnerTexts()).map((name) =>
      name.replace(',', '').trim(),
    );
  };

  it('saves the time zone, the first day of the week and the rounding, and reports by them', async () => {
    const call = await apiOf(stack.url, browser.login);
    const start = { start: '2026-03-15T22:30:00Z', end: '2026-03-15T22:50:00Z' };
    await call('POST', '/api/entries', { ...start, description: 'Late on a Sunday' });
    const march = '/reports?from=2026-03-01&to=2026-03-31';

    await save(() => page.getByLabel('Time zone').fill('Europe/Berlin'));
    assert.deepEqual(await rowsOf(march), ['Sun 15 March 2026']);
    await save(() => page.getByLabel('Time zone').fill('Asia/Tokyo'));
    assert.deepEqual(await rowsOf(march), ['Mon 16 March 2026']);
    await save(() => page.getByLabel('Time zone').fill('Europe/Berlin'));

    await save(() => page.getByLabel('First day of the week').selectOption({ label: 'Monday' }));
    assert.deepEqual(await rowsOf(`${march}&by=week`), ['9 Mar – 15 Mar 2026']);
    await save(() => page.getByLabel('First day of the week').selectOption({ label: 'Sunday' }));
    assert.deepEqual(await rowsOf(`${march}&by=week`), ['15 Mar – 21 Mar 2026']);

    await page.goto(march);
    assert.equal(await totalOf(page), '0:20 h');
    await save(async () => {
      await page.getByLabel('Rounding').selectOption({ label: 'Up to the next' });
      await page.getByLabel('Minutes').selectOption('30');
    });
    await page.goto(march);
    assert.equal(await totalOf(page), '0:30 h');
    await page.getByText('Entries are rounded up to the next 30 minutes.').waitFor();

    await page.goto('/settings');
    await isIn(page);
    assert.equal(await page.getByLabel('Time zone').inputValue(), 'Europe/Berlin');
    assert.equal(await page.getByLabel('First day of the week').inputValue(), '0');
    assert.equal(await page.getByLabel('Rounding').inputValue(), 'up');
  });

  it('says no to a time zone that there is not, and keeps the one before', async () => {
    await page.goto('/settings');
    await isIn(page);
    await page.getByLabel('Time zone').fill('Europe/Nowhere');
    await page.getByRole('button', { name: 'Save settings' }).click();
    await page.getByText('There is no time zone “Europe/Nowhere”.').waitFor();
    await page.reload();
    await isIn(page);
    assert.equal(await page.getByLabel('Time zone').inputValue(), 'Europe/Berlin');
  });

  describe('while the backend restarts', () => {
    const banner = () => page.locator('.banner');

    it('says so, keeps what is typed, and saves it once in the end', async () => {
      await page.goto('/');
      await isIn(page);
      await page.getByRole('button', { name: 'New entry' }).click();
      const form = page.getByRole('form', { name: 'New entry' });
      const description = form.getByLabel('Description');
      await description.pressSequentially('Typed before');
      await docker('stop', stack.resource('backend'));
      // Unasked: the page looks every 15 seconds.
      await banner().getByText('The server is restarting.').waitFor({ timeout: 30_000 });
      await description.pressSequentially(' and during the restart');
      await form.getByLabel('Add a tag').pressSequentially('restart');
      await form.getByRole('button', { name: 'Add entry' }).click();
      await form.getByRole('button', { name: 'Saving…' }).waitFor();
      await page.waitForTimeout(4000);
      assert.equal(await description.inputValue(), 'Typed before and during the restart');
      await picture(page, 'restart');
      await docker('start', stack.resource('backend'));
      await form.waitFor({ state: 'detached', timeout: 60_000 });
      await banner().waitFor({ state: 'detached' });
      const row = page.getByRole('listitem').filter({ hasText: 'and during the restart' });
      await row.waitFor();
      assert.equal(await row.count(), 1);
      assert.equal(
        await sql(
          "SELECT description || ' ' || tags[1] FROM entries WHERE description LIKE 'Typed before%'",
        ),
        'Typed before and during the restart restart',
      );
    });

    it('stops the timer in the end, when that is asked for meanwhile', async () => {
      await page.getByLabel('What are you working on?').fill('Over a restart');
      await page.getByRole('button', { name: 'Start', exact: true }).click();
      await page.getByRole('timer').waitFor();
      await docker('stop', stack.resource('backend'));
      await page.getByRole('button', { name: 'Stop' }).click();
      await banner().waitFor();
      await docker('start', stack.resource('backend'));
      await page.getByText('No timer runs.').waitFor({ state: 'attached', timeout: 60_000 });
      await banner().waitFor({ state: 'detached' });
    });

    it('comes up in the end when it is opened meanwhile', async () => {
      await docker('stop', stack.resource('backend'));
      await page.reload();
      await banner().waitFor();
      await docker('start', stack.resource('backend'));
      await page.getByRole('button', { name: 'Log out' }).waitFor({ timeout: 60_000 });
      await page.getByRole('listitem').filter({ hasText: 'Over a restart' }).waitFor();
    });
  });

  it('asked nobody else for anything, and kept to its content policy', () => {
    assert.deepEqual(browser.strangers, []);
    assert.deepEqual(browser.complaints, []);
  });
});
