// A person at the page: Chromium on a running dev stack.
import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import * as path from 'node:path';
import { after, before, describe, it } from 'node:test';
import type { ConsoleMessage, Page } from 'playwright-core';
import {
  apiOf,
  isIn,
  isOfNetwork,
  isOut,
  picture,
  samples,
  TestBrowser,
} from '../../testing/browser';
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

  it('opens for somebody who is not logged in without an error in the console', async () => {
    const errors: string[] = [];
    const onConsole = (message: ConsoleMessage) => {
      if (message.type() === 'error' && !isOfNetwork(message.text())) errors.push(message.text());
    };
    page.on('console', onConsole);
    await page.goto('/');
    await isOut(page);
    page.off('console', onConsole);
    assert.deepEqual(errors, []);
  });

  it('says so when the password is wrong', async () => {
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

  type Chosen = Parameters<ReturnType<Page['locator']>['setInputFiles']>[0];
  const fact = (name: string) =>
    page
      .locator('.fact')
      .filter({ has: page.locator('dt').getByText(name, { exact: true }) })
      .locator('dd');
  const numberOf = async (name: string) => Number((await fact(name).innerText()).replace(',', ''));
  const preview = async (file: Chosen) => {
    await page.goto('/');
    await page.getByRole('link', { name: 'Import', exact: true }).click();
    await page.getByLabel('CSV file').setInputFiles(file);
    await fact('Already here').waitFor();
    return {
      added: await numberOf('New'),
      known: await numberOf('Already here'),
      wrong: await numberOf('Bad lines'),
    };
  };
  const importAll = async () => {
    await page.getByRole('button', { name: /^Import [\d,]+ entr/ }).click();
    await page.getByRole('region', { name: 'Result' }).getByText('imported').waitFor();
  };

  for (const file of ['toggl.csv', 'clockify.csv', 'tempo.csv', 'generic.csv'])
    it(`imports ${file} after a preview, and a second time finds all of it there`, async () => {
      const first = await preview(path.join(samples, file));
      assert.ok(first.added > 0);
      assert.deepEqual([first.known, first.wrong], [0, 0]);
      if (file === 'toggl.csv') await picture(page, 'import');
      await importAll();
      const again = await preview(path.join(samples, file));
      assert.deepEqual(again, { added: 0, known: first.added, wrong: 0 });
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
    await page.goto('/');
    const before = await exported(/^CSV \(/);
    assert.match(before.name, /^hours-\d{4}-\d\d-\d\d\.csv$/);
    assert.ok(before.text.split('\r\n').length > entries);
    await sql('DELETE FROM entries; DELETE FROM projects; DELETE FROM tags');
    await page.reload();
    await page.getByText('No hours yet').waitFor();
    assert.deepEqual(await preview(before.file), { added: entries, known: 0, wrong: 0 });
    await importAll();
    await page.goto('/');
    const after = await exported(/^CSV \(/);
    assert.equal(after.text, before.text);
  });

  it('exports for a spreadsheet: semicolons with a comma in the hours, and a workbook', async () => {
    const { text } = await exported(/^CSV with semicolons/);
    assert.match(text, /^\ufeffstart;end;/);
    assert.match(text, /;\d+,\d{4};/);
    const workbook = await exported(/^Excel/);
    assert.match(workbook.name, /^hours-\d{4}-\d\d-\d\d\.xlsx$/);
    assert.match(workbook.text, /^PK/);
  });

  describe('imports a file of other people', () => {
    const file = {
      name: 'clockify.csv',
      mimeType: 'text/csv',
      buffer: Buffer.from(
        'Project,Client,Description,Tags,Billable,Start Date,Start Time,End Date,End Time,Duration (h)\n' +
          'Site,Harbour,Guessed Monday,web,Yes,05/10/2020,09:00,05/10/2020,10:00,01:00\n' +
          'Site,Harbour,Guessed Tuesday,web,Yes,06/10/2020,09:00,06/10/2020,10:30,01:30\n' +
          'Site,Harbour,Ends too early,,No,07/10/2020,11:00,07/10/2020,10:00,\n',
      ),
    };
    const guessed = "SELECT count(*) FROM entries WHERE description LIKE 'Guessed%'";

    it('shows what it guessed and found, and reads it again as it is told', async () => {
      assert.deepEqual(await preview(file), { added: 2, known: 0, wrong: 1 });
      assert.equal(await fact('Hours in all').innerText(), '2:30 h');
      assert.match(await fact('Longest entry').innerText(), /^1:30 h/);
      assert.match(await fact('First day').innerText(), /5 Oct 2020/);
      const dates = page.getByLabel(/^Dates/);
      await page.getByText('Dates a guess').waitFor();
      assert.equal(await dates.inputValue(), 'dmy');
      await dates.selectOption('mdy');
      await fact('First day').getByText('10 May 2020').waitFor();
      await dates.selectOption('dmy');
      await fact('First day').getByText('5 Oct 2020').waitFor();
      for (const name of ['Harbour', 'Site · Harbour', 'web'])
        await page
          .getByRole('region', { name: 'What else would be new' })
          .getByText(name, { exact: true })
          .waitFor();
      const bad = page.getByRole('list', { name: 'Bad lines' });
      assert.match(await bad.innerText(), /Line 4, End Time: 10:00\s+It ends before it starts/);
      await picture(page, 'import-preview');
    });

    it('takes the good lines when that is said, and gives the bad ones back', async () => {
      const start = page.getByRole('button', { name: 'Import 2 entries' });
      assert.equal(await start.getAttribute('aria-disabled'), 'true');
      await page.getByLabel(/^Take the good lines/).check();
      await importAll();
      assert.equal(await sql(guessed), '2');
      const [download] = await Promise.all([
        page.waitForEvent('download'),
        page.getByRole('button', { name: 'Download the rejected lines' }).click(),
      ]);
      const text = await readFile(await download.path(), 'utf8');
      assert.match(text, /Import line,Import error\r\nSite,Harbour,Ends too early/);
    });

    it('lists it, and takes it out as a whole when that is confirmed', async () => {
      await page.getByRole('link', { name: 'Another file, and all imports' }).click();
      const row = page.getByRole('listitem').filter({ hasText: 'clockify.csv' }).first();
      await row.getByText('2 entries new, 1 bad line').waitFor();
      await picture(page, 'import-list');
      await row.getByRole('button', { name: 'Undo the import of clockify.csv' }).click();
      const dialog = page.getByRole('dialog', { name: 'Undo this import?' });
      await dialog.getByRole('button', { name: 'Cancel' }).click();
      assert.equal(await sql(guessed), '2');
      await row.getByRole('button', { name: /^Undo/ }).click();
      await dialog.getByRole('button', { name: 'Undo the import' }).click();
      await row.getByText('Undone').waitFor();
      assert.equal(await sql(guessed), '0');
      assert.equal(await sql("SELECT count(*) FROM clients WHERE name = 'Harbour'"), '0');
    });

    it('is told which column is what by who has a table of his own', async () => {
      await page.goto('/import');
      await page.getByLabel('CSV file').setInputFiles({
        name: 'own.csv',
        mimeType: 'text/csv',
        buffer: Buffer.from('Alpha,Beta,Gamma\n2020-03-02 09:00,1:30,Told by hand\n'),
      });
      await page.getByText('Nothing in its first line says when').waitFor();
      await page.getByLabel('Start, or the day').selectOption('Alpha');
      await page.getByLabel('Duration').selectOption('Beta');
      await page.getByLabel('Description').selectOption('Gamma');
      await page.getByRole('button', { name: 'Read the file so' }).click();
      await fact('Hours in all').getByText('1:30 h').waitFor();
      await importAll();
      assert.equal(
        await sql("SELECT count(*) FROM entries WHERE description = 'Told by hand'"),
        '1',
      );
    });

    it('goes on while one is elsewhere, and says when it is done', async () => {
      const lines = Array.from({ length: 5000 }, (_, line) => {
        const day = new Date(Date.UTC(2010, 0, 1 + line)).toISOString().slice(0, 10);
        return `Left alone ${line},${day},09:00:00,${day},10:00:00`;
      });
      const head = 'Description,Start date,Start time,Stop date,Stop time';
      const buffer = Buffer.from(`${[head, ...lines].join('\n')}\n`);
      const counts = await preview({ name: 'large.csv', mimeType: 'text/csv', buffer });
      assert.equal(counts.added, 5000);
      await page.getByRole('button', { name: 'Import 5,000 entries' }).click();
      await page.getByText('It goes on by itself').waitFor();
      const place = page.url();
      await page.getByRole('link', { name: 'Projects' }).click();
      await page.getByText('large.csv: 5000 new entries.').waitFor({ timeout: 60_000 });
      await page.goto(place);
      await page.getByRole('button', { name: 'Undo the import of large.csv' }).click();
      await page.getByRole('button', { name: 'Undo the import', exact: true }).click();
      await page.getByText('This import was undone.').waitFor();
    });
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
    await page
      .getByLabel('Project filter')
      .selectOption({ label: 'Website relaunch · Harbour Café' });
    const project = await totalOf(page, all);
    await page.getByLabel('Tag filter').selectOption({ label: 'design' });
    const tag = await totalOf(page, project);
    await page.getByLabel('Period', { exact: true }).selectOption({ label: 'Choose days…' });
    await page.getByLabel('From').fill('2026-10-05');
    const since = await totalOf(page, tag);
    await page.getByLabel('To', { exact: true }).fill('2026-10-18');
    const days = await totalOf(page, since);
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
    assert.equal(here.project, 'Website relaunch · Harbour Café');
    const bookmark = await browser.openIn(page.url());
    assert.deepEqual(await seen(bookmark), here);
    await bookmark.context().close();

    await page.goBack();
    await page.getByRole('columnheader', { name: 'Day' }).waitFor();
    assert.equal(await totalOf(page), days);
  });

  it('has clients: made, given to a project, filtered and reported by', async () => {
    await page.goto('/projects');
    await page.getByRole('button', { name: 'Edit Website relaunch' }).click();
    const project = page.getByRole('dialog', { name: 'Edit project' });
    await project.getByLabel('Client').selectOption({ label: 'New client…' });
    const client = page.getByRole('dialog', { name: 'New client' });
    await client.getByLabel('Name').fill('Harbour & Sons');
    await client.getByRole('button', { name: 'Save client' }).click();
    await client.waitFor({ state: 'detached' });
    await project.getByRole('button', { name: 'Save project' }).click();
    await page
      .getByRole('region', { name: 'Harbour & Sons' })
      .getByRole('link', { name: 'Website relaunch' })
      .waitFor();
    await picture(page, 'clients');
    await page.getByRole('button', { name: 'Edit Harbour & Sons' }).click();
    const edit = page.getByRole('dialog', { name: 'Edit client' });
    await edit.getByLabel('Name').fill('Harbour Ltd');
    await edit.getByRole('button', { name: 'Save client' }).click();
    await page.getByRole('region', { name: 'Harbour Ltd' }).waitFor();

    await page.goto(october);
    const all = await totalOf(page);
    await page.getByRole('radio', { name: 'Client' }).check();
    await page.getByRole('columnheader', { name: 'Client' }).waitFor();
    const row = page.getByRole('row').filter({ hasText: 'Harbour Ltd' });
    const hours = await row.getByRole('cell').last().innerText();
    await page.getByLabel('Client filter').selectOption({ label: 'Harbour Ltd' });
    assert.equal(await totalOf(page, all), `${hours} h`);
    const entries = await sql(
      "SELECT count(*) FROM entries e JOIN projects p ON p.id = e.project_id JOIN clients c ON c.id = p.client_id WHERE c.name = 'Harbour Ltd' AND start_at >= '2026-10-01' AND start_at < '2026-11-01'",
    );
    assert.equal(await row.getByRole('cell').first().innerText(), entries);
  });

  it('prints a report as a page for the client', async () => {
    await page.emulateMedia({ media: 'print' });
    await page.getByText('Hours for Harbour Ltd').waitFor();
    await page.getByText(/^Thursday,? 1 October 2026 to Saturday,? 31 October 2026$/).waitFor();
    assert.equal(await page.getByRole('button', { name: 'Print or PDF' }).isVisible(), false);
    assert.equal(await page.getByRole('navigation').isVisible(), false);
    assert.equal(await page.getByRole('row', { name: /^Total/ }).isVisible(), true);
    await picture(page, 'paper');
    await page.emulateMedia({ media: null });
  });

  it('says what was changed meanwhile, and saves over it only when it is told to', async () => {
    const call = await apiOf(stack.url, browser.login);
    const span = { start: '2020-05-04T08:00:00Z', end: '2020-05-04T09:00:00Z' };
    const { id } = await call<{ id: string }>('POST', '/api/entries', {
      ...span,
      description: 'Seen by two',
    });
    const theirs = (description: string) =>
      call('PATCH', `/api/entries/${id}`, { description, tags: ['theirs'] });
    const dialog = page.getByRole('dialog', { name: 'Changed meanwhile' });
    const form = page.getByRole('form', { name: 'Edit entry' });
    const edit = async (from: string, to: string) => {
      await page.goto('/?from=2020-05-04&to=2020-05-04');
      await page.getByRole('button', { name: from }).click();
      await theirs(`${to} by them`);
      await form.getByLabel('Description').fill(`${to} by me`);
      await form.getByRole('button', { name: 'Save' }).click();
      await dialog.waitFor();
    };
    await edit('Seen by two', 'First');
    const row = dialog.getByRole('row', { name: /^Description/ });
    assert.deepEqual(await row.getByRole('cell').allInnerTexts(), [
      'Seen by two',
      'First by them',
      'First by me',
    ]);
    assert.match(await dialog.getByRole('row', { name: /^Tags/ }).innerText(), /theirs/);
    await picture(page, 'conflict');
    await dialog.getByRole('button', { name: 'Save mine over it' }).click();
    await page.getByRole('button', { name: 'First by me' }).waitFor();
    const saved = await call<{ tags: string[] }>('GET', `/api/entries/${id}`);
    assert.deepEqual(saved.tags, ['theirs']);

    await edit('First by me', 'Second');
    await dialog.getByRole('button', { name: 'Take theirs' }).click();
    await page.getByRole('button', { name: 'Second by them' }).waitFor();
    await call('DELETE', `/api/entries/${id}`);
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
    await page.getByText('Each entry is rounded up to the next 30 minutes.').waitFor();
    const again = { start: '2026-03-15T22:50:00Z', end: '2026-03-15T23:00:00Z' };
    await call('POST', '/api/entries', { ...again, description: 'Later still' });
    await page.goto(march);
    assert.equal(await totalOf(page), '1:00 h');
    await save(async () => {
      await page
        .getByLabel('What is rounded')
        .selectOption({ label: 'A project’s sum in the period' });
      await page.getByLabel('Workday begins').fill('830');
    });
    await page.goto(march);
    await page.getByText('A project’s sum in the period is rounded').waitFor();
    assert.equal(await totalOf(page), '0:30 h');

    await page.goto('/settings');
    await isIn(page);
    assert.equal(await page.getByLabel('Time zone').inputValue(), 'Europe/Berlin');
    assert.equal(await page.getByLabel('First day of the week').inputValue(), '0');
    assert.equal(await page.getByLabel('Rounding').inputValue(), 'up');
    assert.equal(await page.getByLabel('Workday begins').inputValue(), '08:30');
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
