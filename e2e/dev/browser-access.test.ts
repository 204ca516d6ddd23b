// The page for everyone: axe on each view, light and dark, wide and on a phone; and all by keyboard.
import assert from 'node:assert/strict';
import { openAsBlob } from 'node:fs';
import { readFile } from 'node:fs/promises';
import * as path from 'node:path';
import { after, before, describe, it } from 'node:test';
import type { AxeResults } from 'axe-core';
import type { Page } from 'playwright-core';
import { apiOf, isIn, isOut, picture, samples, TestBrowser } from '../../testing/browser';
import { docker, TestStack } from '../../testing/stack';

const formats = ['toggl', 'clockify', 'tempo'];
const csv = (name: string, text: string) => ({
  name,
  mimeType: 'text/csv',
  buffer: Buffer.from(text),
});
const press = async (page: Page, ...keys: string[]) => {
  for (const key of keys) await page.keyboard.press(key);
};
/** Waits until an expression holds in the page; without an eval there, which its policy forbids. */
const until = async (page: Page, expression: string) => {
  for (let tries = 0; !(await page.evaluate(expression)); tries++) {
    if (tries === 100) throw new Error(`Never so: ${expression}`);
    await page.waitForTimeout(100);
  }
};
const onAnEntry = (page: Page) => until(page, "document.activeElement.matches('[data-entry]')");
const rows = (page: Page, text: string) => page.locator('[data-entry]').filter({ hasText: text });

describe('the page is for everyone', () => {
  let stack: TestStack;
  let browser: TestBrowser;
  let axe: string;
  let call: Awaited<ReturnType<typeof apiOf>>;
  let writes = 0;

  before(async () => {
    axe = await readFile(require.resolve('axe-core/axe.min.js'), 'utf8');
    stack = await TestStack.create({ name: 'e2e-access', orchestrator: 'container' });
    await stack.mustUp();
    browser = await TestBrowser.launch(stack);
    call = await apiOf(stack.url, browser.login);
    for (const format of formats) {
      const form = new FormData();
      form.set('format', format);
      form.set('timezone', 'Europe/Berlin');
      form.set('file', await openAsBlob(path.join(samples, `${format}.csv`)), `${format}.csv`);
      await call('POST', '/api/imports', form);
    }
    const { items } = await call<{ items: { id: string; name: string }[] }>('GET', '/api/projects');
    const operations = items.find(({ name }) => name === 'Operations');
    const ash = await call<{ id: string }>('POST', '/api/clients', { name: 'Harbour & Sons' });
    await call('PATCH', `/api/projects/${operations?.id}`, { archived: true, client: ash.id });
  });
  after(async () => {
    await browser?.close();
    await stack?.remove();
  });

  /** What a person may have before them, and how to get there from a page that is logged in. */
  const views: Record<string, (page: Page) => Promise<unknown>> = {
    time: async (page) => {
      await page.goto('/');
      await page.locator('[data-entry]').first().waitFor();
    },
    'new entry': async (page) => {
      await page.getByRole('button', { name: 'New entry' }).click();
      await page.getByRole('form', { name: 'New entry' }).waitFor();
      await page.getByRole('form', { name: 'New entry' }).getByLabel('Start').fill('never');
      await page.getByRole('button', { name: 'Add entry' }).click();
      await page.getByText('Write times as').waitFor();
    },
    'an entry’s menu': async (page) => {
      await page.goto('/');
      await page.getByRole('button', { name: 'More actions' }).first().click();
      await page.getByRole('menuitem', { name: 'Split…' }).waitFor();
    },
    'split form': async (page) => {
      await page.getByRole('menuitem', { name: 'Split…' }).click();
      await page.getByRole('form', { name: 'Split entry' }).waitFor();
    },
    'message with an undo': async (page) => {
      await page.goto('/');
      await page.getByRole('button', { name: 'More actions' }).first().click();
      await page.getByRole('menuitem', { name: /^Delete/ }).click();
      await page.getByRole('button', { name: 'Undo' }).waitFor();
    },
    'running timer': async (page) => {
      // On a slow machine the message may be gone by now.
      await page
        .getByRole('button', { name: 'Undo' })
        .click({ timeout: 2000 })
        .catch(() => undefined);
      await page.getByLabel('What are you working on?').fill('A timer that runs');
      await page.getByRole('button', { name: 'Start', exact: true }).click();
      await page.getByRole('timer').waitFor();
    },
    'nothing found': async (page) => {
      await page.getByRole('button', { name: 'Stop' }).click();
      await page.goto('/?q=nothing+has+this+name');
      await page.getByText('Nothing matches these filters.').waitFor();
    },
    'import, nothing chosen': async (page) => {
      await page.goto('/import');
      await page.getByRole('link', { name: 'toggl.csv' }).first().waitFor();
    },
    'import, columns that say nothing': async (page) => {
      await page.getByLabel('CSV file').setInputFiles(csv('own.csv', 'Alpha,Beta\n1,2\n'));
      await page.getByText('Which column is what?').waitFor();
    },
    'import, a workbook': async (page) => {
      await page.goto('/import');
      await page.getByLabel('CSV file').setInputFiles(csv('book.csv', 'PK\x03\x04 xl/workbook'));
      await page.getByText('This is a workbook').waitFor();
    },
    'import, previewed': async (page) => {
      await page.goto('/import');
      await page
        .getByLabel('CSV file')
        .setInputFiles(
          csv(
            'mixed.csv',
            'Client,Project,Description,Start date,Start time,Stop date,Stop time\n' +
              'Ash,Bakery,Order in the morning,05/06/2020,09:00,05/06/2020,10:00\n' +
              ',Bakery,All weekend,05/06/2020,09:00,08/06/2020,10:00\n' +
              ',,Bad,05/06/2020,09:00,05/06/2020,08:00\n' +
              ',,Runs,05/06/2020,09:00,,\n',
          ),
        );
      await page.getByRole('list', { name: 'Bad lines' }).waitFor();
      await page.getByLabel(/^It is right/).waitFor();
    },
    'import, done': async (page) => {
      await page.goto('/import');
      await page.getByRole('link', { name: 'toggl.csv' }).first().click();
      await page.getByRole('region', { name: 'Result' }).waitFor();
    },
    'import, to be undone': async (page) => {
      await page.getByRole('button', { name: /^Undo/ }).click();
      await page.getByRole('dialog', { name: 'Undo this import?' }).waitFor();
    },
    'changed meanwhile': async (page) => {
      await page.goto('/');
      await page.locator('[data-entry] .what').first().click();
      const form = page.getByRole('form', { name: 'Edit entry' });
      await form.getByLabel('Description').fill('Written here');
      const { items } = await call<{ items: { id: string }[] }>('GET', '/api/entries?limit=1');
      await call('PATCH', `/api/entries/${items[0]?.id}`, {
        description: `Written there ${++writes}`,
      });
      await form.getByRole('button', { name: 'Save' }).click();
      await page.getByRole('dialog', { name: 'Changed meanwhile' }).waitFor();
    },
    reports: async (page) => {
      await page.goto('/reports?from=2026-10-01&to=2026-10-31');
      await page.getByRole('columnheader', { name: 'Day' }).waitFor();
    },
    'reports on paper': async (page) => {
      await page.emulateMedia({ media: 'print' });
      await page.getByText('Time zone', { exact: true }).waitFor();
    },
    'reports by project': async (page) => {
      await page.emulateMedia({ media: null });
      await page.goto('/reports?from=2026-10-01&to=2026-10-31&by=project');
      await page.getByRole('columnheader', { name: 'Project' }).waitFor();
    },
    projects: async (page) => {
      await page.goto('/projects');
      await page.getByText('Archived').first().waitFor();
    },
    'project form': async (page) => {
      await page.getByRole('button', { name: 'New project' }).click();
      await page.getByRole('dialog', { name: 'New project' }).waitFor();
    },
    'client form': async (page) => {
      await page.getByRole('button', { name: 'Cancel' }).click();
      await page.getByRole('button', { name: 'New client' }).click();
      await page.getByRole('dialog', { name: 'New client' }).waitFor();
    },
    settings: async (page) => {
      await page.goto('/settings');
      await page.getByLabel('Rounding').selectOption('up');
      await page.getByLabel('Time zone').fill('Europe/Nowhere');
      await page.getByRole('button', { name: 'Save settings' }).click();
      await page.getByText('There is no time zone').waitFor();
    },
    'keyboard shortcuts': async (page) => {
      await page.getByRole('button', { name: 'Keyboard shortcuts' }).click();
      await page.getByRole('dialog', { name: 'Keyboard shortcuts' }).waitFor();
    },
    'no such page': async (page) => {
      await page.goto('/reports');
      await isIn(page);
      await page.evaluate(
        "history.pushState(null, '', '/nowhere'); dispatchEvent(new PopStateEvent('popstate'))",
      );
      await page.getByText('There is no such page').waitFor();
    },
  };

  const findings = async (page: Page): Promise<string[]> => {
    await page.evaluate(axe);
    const { violations } = await page.evaluate<AxeResults>(
      "axe.run(document, { resultTypes: ['violations'], rules: { 'target-size': { enabled: true } } })",
    );
    return violations
      .filter(({ impact }) => impact === 'serious' || impact === 'critical')
      .flatMap(({ id, nodes }) => nodes.map(({ html }) => `${id}: ${html}`));
  };
  /** Elements of the page or of a dialog that can be scrolled sideways, or reach out of them. */
  const sideways = (page: Page) =>
    page.evaluate<
      string[]
    >(`[document.documentElement, ...document.querySelectorAll('dialog[open]')]
      .filter((box) => box.scrollWidth > box.clientWidth)
      .map((box) => box.tagName + ' ' + box.scrollWidth + ' > ' + box.clientWidth)`);

  it('has nothing serious for axe, and no sideways scroll, light and dark, wide and on a phone', async () => {
    const page = await browser.open();
    const found: Record<string, string[]> = {};
    const look = async (name: string) => {
      for (const width of [320, 1280])
        for (const colorScheme of ['light', 'dark'] as const) {
          await page.setViewportSize({ width, height: 720 });
          await page.emulateMedia({ colorScheme });
          const here = [...(await findings(page)), ...(await sideways(page))];
          if (here.length > 0) found[`${name}, ${colorScheme}, ${width} px`] = here;
          await picture(page, `${name} ${colorScheme} ${width}`.replaceAll(/\W+/g, '-'));
        }
    };
    await page.goto('/');
    await browser.logIn(page, 'not the password');
    await page.getByText('That username and password do not match.').waitFor();
    await look('login');
    await browser.logIn(page);
    await isIn(page);
    for (const [name, show] of Object.entries(views)) {
      await show(page);
      await look(name);
    }
    await page.goto('/');
    await isIn(page);
    await docker('stop', stack.resource('backend'));
    await page.getByRole('button', { name: 'Start', exact: true }).click();
    await page.getByText('Nothing you typed is lost.').waitFor();
    await look('restart');
    await docker('start', stack.resource('backend'));
    await page.getByRole('button', { name: 'Stop' }).click({ timeout: 60_000 });
    await page.context().close();
    assert.deepEqual(found, {});
  });

  describe('by keyboard alone', () => {
    let page: Page;
    const focused = () =>
      page.evaluate<string>(
        "document.activeElement.getAttribute('data-entry') ?? document.activeElement.id ?? ''",
      );

    before(async () => {
      page = await browser.open();
      await page.goto('/');
      await isOut(page);
    });

    it('logs in, and keeps the server’s time zone', async () => {
      await page.keyboard.type(browser.login.username);
      await press(page, 'Tab');
      await page.keyboard.type(browser.login.password);
      await press(page, 'Enter');
      await isIn(page);
      await page.locator('[data-entry]').first().waitFor();
      const notice = page.getByRole('region', { name: 'Time zone' });
      const inNotice = "document.activeElement.closest('.notice') !== null";
      for (let step = 0; step < 20 && !(await page.evaluate(inNotice)); step++)
        await press(page, 'Tab');
      await press(page, 'Tab', 'Enter');
      await notice.waitFor({ state: 'detached' });
      await page.reload();
      await page.locator('[data-entry]').first().waitFor();
      assert.equal(await notice.count(), 0);
    });

    it('makes an entry with project, tags, billable and times', async () => {
      await page
        .getByLabel('Project', { exact: true })
        .getByText('Internal')
        .waitFor({ state: 'attached' });
      await press(page, 'n');
      await page.keyboard.type('Wholly by keyboard');
      await press(page, 'Tab');
      await page.keyboard.type('Internal');
      await press(page, 'Tab');
      await page.keyboard.type('deep,keys');
      await press(page, 'Enter', 'Tab', 'Space', 'Tab');
      // Past the parts of the date.
      await press(page, 'Tab', 'Tab', 'Tab');
      if ((await page.evaluate("document.activeElement.type === 'date'")) === true)
        await press(page, 'Tab');
      await page.keyboard.type('0900');
      await press(page, 'Tab');
      await page.keyboard.type('1030');
      await press(page, 'Enter');
      const row = rows(page, 'Wholly by keyboard');
      await row.waitFor();
      const text = await row.innerText();
      for (const part of ['Internal', 'deep', 'keys', '09:00 – 10:30', '1:30', 'Billable'])
        assert.ok(text.includes(part), `${part} in ${text}`);
      await onAnEntry(page);
      assert.equal(await focused(), await row.getAttribute('data-entry'));
    });

    it('leaves a new entry with Escape, and is back where it was', async () => {
      const before = await focused();
      await press(page, 'n');
      await page.getByRole('form', { name: 'New entry' }).waitFor();
      await press(page, 'Escape');
      await page.getByRole('form', { name: 'New entry' }).waitFor({ state: 'detached' });
      assert.equal(await focused(), before);
    });

    it('edits it, writing on at the end of what there is', async () => {
      await press(page, 'e');
      await page.keyboard.type(', and edited');
      await press(page, 'Enter');
      await rows(page, 'Wholly by keyboard, and edited').waitFor();
      await onAnEntry(page);
    });

    it('splits it', async () => {
      await press(page, 'x');
      await page.getByRole('form', { name: 'Split entry' }).waitFor();
      await page.keyboard.type('1000');
      await press(page, 'Enter');
      await rows(page, '09:00 – 10:00').waitFor();
      await rows(page, '10:00 – 10:30').waitFor();
      assert.equal(await rows(page, 'and edited').count(), 2);
      await onAnEntry(page);
    });

    it('duplicates one', async () => {
      await press(page, 'd');
      await rows(page, 'and edited').nth(2).waitFor();
    });

    it('deletes one, takes it back, and deletes it for good', async () => {
      const id = await focused();
      const row = page.locator(`[data-entry="${id}"]`);
      await press(page, 'Delete');
      await row.waitFor({ state: 'detached' });
      await onAnEntry(page);
      await press(page, 'z');
      await row.waitFor();
      await press(page, 'k');
      assert.equal(await focused(), id);
      await press(page, 'Delete');
      await row.waitFor({ state: 'detached' });
      await page.reload();
      await rows(page, 'and edited').nth(1).waitFor();
      assert.equal(await rows(page, 'and edited').count(), 2);
      assert.equal(await row.count(), 0);
    });

    it('starts a timer with a description, leaves the field, and stops it', async () => {
      await press(page, 't');
      await page.keyboard.type('Timed by keyboard');
      await press(page, 'Enter');
      await page.getByRole('timer').waitFor();
      await press(page, 'Escape', 's');
      await page.getByText('No timer runs.').waitFor({ state: 'attached' });
      await rows(page, 'Timed by keyboard').waitFor();
      await press(page, 's');
      await page.getByRole('timer').waitFor();
      await press(page, 's');
      await page.getByText('No timer runs.').waitFor({ state: 'attached' });
    });

    it('searches, and goes on to what is found', async () => {
      await press(page, '/');
      await page.keyboard.type('timed by key');
      await press(page, 'Enter');
      await rows(page, 'Wholly by keyboard').first().waitFor({ state: 'detached' });
      const found = rows(page, 'Timed by keyboard');
      assert.equal(await page.locator('[data-entry]').count(), await found.count());
      await press(page, 'j');
      assert.equal(await focused(), await found.first().getAttribute('data-entry'));
      await press(page, 'e');
      await page.getByRole('form', { name: 'Edit entry' }).waitFor();
      await press(page, 'Escape');
      await onAnEntry(page);
      await press(page, '/', 'Escape');
      await rows(page, 'Wholly by keyboard').first().waitFor();
    });

    it('chooses from an entry’s menu with the arrows', async () => {
      await press(page, '/');
      await page.keyboard.type('and edited');
      await press(page, 'Enter');
      await rows(page, 'Timed by keyboard').first().waitFor({ state: 'detached' });
      await press(page, 'j');
      await onAnEntry(page);
      // The description, “start again”, and the menu. Who types fast does not wait for a paint.
      await press(page, 'Tab', 'Tab', 'Tab');
      const role = `(async () => {
        document.activeElement.click();
        for (let turn = 0; turn < 5; turn++) await null;
        return document.activeElement.getAttribute('role');
      })()`;
      assert.equal(await page.evaluate(role), 'menuitem');
      await press(page, 'Escape', 'Enter');
      await page.getByRole('menuitem', { name: /^Edit/ }).waitFor();
      await press(page, 'ArrowDown', 'ArrowDown', 'Enter');
      await rows(page, 'and edited').nth(2).waitFor();
    });

    it('goes from page to page, and finds the list of its keys', async () => {
      for (const [key, title] of [
        ['2', 'Reports'],
        ['3', 'Projects'],
        ['4', 'Settings'],
        ['1', 'Time'],
      ] as const) {
        await press(page, key);
        await page.getByRole('heading', { level: 1, name: title }).waitFor();
        await until(page, "document.activeElement.id === 'main'");
      }
      await press(page, '?');
      await page.getByRole('dialog', { name: 'Keyboard shortcuts' }).waitFor();
      await press(page, 'Escape');
      await page.getByRole('dialog').waitFor({ state: 'detached' });
      assert.equal(await focused(), 'main');
    });

    it('shows where it is: whatever has the focus has an outline', async () => {
      await page.goto('/');
      await page.locator('[data-entry]').first().waitFor();
      const bare: string[] = [];
      for (let step = 0; step < 40; step++) {
        await press(page, 'Tab');
        const without = await page.evaluate<string>(`(() => {
          const at = document.activeElement;
          if (at === document.body) return '';
          const marked = [at, at.parentElement, at.nextElementSibling].filter(Boolean)
            .some((each) => getComputedStyle(each).outlineStyle !== 'none');
          return marked ? '' : at.outerHTML.slice(0, 120);
        })()`);
        if (without) bare.push(without);
      }
      assert.deepEqual(bare, []);
    });
  });

  it('asked nobody else for anything, and kept to its content policy', () => {
    assert.deepEqual(browser.strangers, []);
    assert.deepEqual(browser.complaints, []);
  });
});
