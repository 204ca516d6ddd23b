// A person at the page: Chromium on a running dev stack.
import assert from 'node:assert/strict';
import * as path from 'node:path';
import { after, before, describe, it } from 'node:test';
import { type Browser, type BrowserContext, chromium, type Page } from 'playwright-core';
import { TestStack } from './test-stack';

const samples = path.resolve(__dirname, '../app/samples');
/** Where a run leaves what the page looks like; nowhere by default. */
const pictures = process.env.PICTURES;

describe('the page', () => {
  let stack: TestStack;
  let browser: Browser;
  let context: BrowserContext;
  let page: Page;
  let login: { username: string; password: string };
  const strangers: string[] = [];
  const complaints: string[] = [];

  const open = async (): Promise<[BrowserContext, Page]> => {
    const opened = await browser.newContext({
      viewport: { width: 1280, height: 800 },
      timezoneId: 'Europe/Berlin',
      locale: 'en-GB',
    });
    const tab = await opened.newPage();
    tab.setDefaultTimeout(15_000);
    tab.on('request', (request) => {
      if (!request.url().startsWith(stack.url) && !request.url().startsWith('data:'))
        strangers.push(request.url());
    });
    tab.on('console', (message) => {
      if (/content security policy|refused to/i.test(message.text()))
        complaints.push(message.text());
    });
    tab.on('pageerror', (error) => complaints.push(error.message));
    return [opened, tab];
  };
  const logIn = async (tab: Page, password = login.password) => {
    await tab.getByLabel('Username').fill(login.username);
    await tab.getByLabel('Password').fill(password);
    await tab.getByRole('button', { name: 'Log in' }).click();
  };
  const isIn = (tab: Page) => tab.getByRole('button', { name: 'Log out' }).waitFor();
  const isOut = (tab: Page) => tab.getByRole('button', { name: 'Log in' }).waitFor();
  const picture = async (name: string) => {
    if (pictures) await page.screenshot({ path: path.join(pictures, `${name}.png`) });
  };

  before(async () => {
    stack = await TestStack.create({ name: 'e2e-browser', orchestrator: 'container' });
    await stack.mustUp();
    login = (await stack.output('login')) as typeof login;
    browser = await chromium.launch({
      executablePath: process.env.CHROMIUM_PATH ?? '/usr/bin/chromium',
      args: [
        '--no-sandbox',
        '--disable-gpu',
        '--disable-quic',
        '--no-first-run',
        '--disable-background-networking',
        '--disable-component-update',
        '--disable-sync',
      ],
    });
    [context, page] = await open();
  });
  after(async () => {
    await browser?.close();
    await stack?.remove();
  });

  it('says so when the password is wrong', async () => {
    await page.goto(stack.url);
    await logIn(page, 'not the password');
    await page.getByText('That username and password do not match.').waitFor();
    await picture('login');
  });

  it('logs in, stays in after a reload, logs out, and stays out after a reload', async () => {
    await logIn(page);
    await isIn(page);
    await page.reload();
    await isIn(page);
    await page.getByRole('button', { name: 'Log out' }).click();
    await isOut(page);
    await page.reload();
    await isOut(page);
  });

  it('never loops when the session is gone', async () => {
    await logIn(page);
    await isIn(page);
    await context.clearCookies();
    let refreshes = 0;
    page.on('request', (request) => {
      if (request.url().endsWith('/api/auth/refresh')) refreshes++;
    });
    await page.reload();
    await isOut(page);
    await page.waitForTimeout(3000);
    assert.ok(refreshes <= 1, `${refreshes} refreshes`);
    await logIn(page);
    await isIn(page);
  });

  it('runs a timer that a second browser shows, and that survives a reload', async () => {
    await page.getByLabel('What are you working on?').fill('Reading plans');
    await page.getByRole('button', { name: 'Start', exact: true }).click();
    await page.getByRole('timer').waitFor();
    await page.reload();
    await page.getByRole('timer').waitFor();
    const [second, tab] = await open();
    await tab.goto(stack.url);
    await logIn(tab);
    await tab.getByRole('timer').waitFor();
    assert.equal(await tab.getByLabel('What are you working on?').inputValue(), 'Reading plans');
    await second.close();
    await page.getByRole('button', { name: 'Stop' }).click();
    await page.getByText('No timer runs.').waitFor({ state: 'attached' });
    await page.getByText('Reading plans').first().waitFor();
  });

  it('takes an entry by keyboard alone', async () => {
    await page.locator('#main').focus();
    await page.keyboard.press('n');
    const form = page.getByRole('form', { name: 'New entry' });
    await form.waitFor();
    await page.keyboard.type('By keyboard alone');
    await page.keyboard.press('Enter');
    await form.waitFor({ state: 'detached' });
    await page.getByText('By keyboard alone').first().waitFor();
  });

  const preview = async (file: string) => {
    await page.getByRole('button', { name: 'Import', exact: true }).click();
    const dialog = page.getByRole('dialog', { name: 'Import hours' });
    await dialog.getByLabel('CSV file').setInputFiles(path.join(samples, file));
    await dialog.getByRole('button', { name: 'Preview' }).click();
    await dialog.getByText('Already here').waitFor();
    const counts = (await dialog.locator('dl.counts dd').allInnerTexts()).map(Number);
    return { dialog, added: counts[0] ?? -1, known: counts[1] ?? -1, wrong: counts[2] ?? -1 };
  };

  for (const file of ['toggl.csv', 'clockify.csv', 'tempo.csv', 'generic.csv'])
    it(`imports ${file} after a preview, and a second time finds all of it there`, async () => {
      const first = await preview(file);
      assert.ok(first.added > 0);
      assert.deepEqual([first.known, first.wrong], [0, 0]);
      if (file === 'toggl.csv') await picture('import');
      await first.dialog.getByRole('button', { name: /^Import \d/ }).click();
      await first.dialog.getByRole('button', { name: 'Done' }).click();
      const again = await preview(file);
      assert.deepEqual([again.added, again.known, again.wrong], [0, first.added, 0]);
      await again.dialog.getByRole('button', { name: 'Close' }).click();
    });

  it('reports a month with a chart and totals, at an address that can be kept', async () => {
    const address = `${stack.url}/reports?from=2026-10-01&to=2026-10-31`;
    await page.goto(address);
    const total = async () =>
      page
        .locator('dl.figures')
        .getByText(/^\d+:\d\d h$/)
        .first()
        .innerText();
    const figure = await total();
    assert.notEqual(figure, '0:00 h');
    assert.ok(
      (await page.getByRole('region', { name: 'Chart' }).locator('svg, table, li').count()) > 0,
    );
    await page.reload();
    assert.equal(await total(), figure);
    assert.equal(page.url(), address);
    await picture('report');
  });

  it('fits a phone without a sideways scroll', async () => {
    await page.setViewportSize({ width: 320, height: 640 });
    for (const place of ['/', '/reports', '/projects', '/settings']) {
      await page.goto(stack.url + place);
      await isIn(page);
      const wider = await page.evaluate('document.documentElement.scrollWidth > innerWidth');
      assert.equal(wider, false, place);
      await picture(`phone${place.replace('/', '-')}`);
    }
  });

  it('asked nobody else for anything, and kept to its content policy', () => {
    assert.deepEqual(strangers, []);
    assert.deepEqual(complaints, []);
  });
});
