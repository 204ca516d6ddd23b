// Chromium on a test's stack, with what it asked of strangers and what it complained about.
import * as path from 'node:path';
import {
  type Browser,
  type BrowserContextOptions,
  type ConsoleMessage,
  chromium,
  type Page,
} from 'playwright-core';
import type { TestStack } from './stack';

export const samples = path.resolve(__dirname, '../app/samples');
/** Where a run leaves what the page looks like; nowhere by default. */
const pictures = process.env.PICTURES;

export interface Login {
  readonly username: string;
  readonly password: string;
}

/** Where a browser goes in place of a dev stack's page. */
export interface BrowserPlace {
  readonly url: string;
  readonly login: Login;
  readonly args?: readonly string[];
  /** Home folder, with the roots that it trusts in `.pki/nssdb`. */
  readonly home?: string;
}

export class TestBrowser {
  readonly strangers: string[] = [];
  readonly complaints: string[] = [];

  private constructor(
    private readonly browser: Browser,
    private readonly url: string,
    readonly login: Login,
  ) {}

  static async launch(stack: TestStack): Promise<TestBrowser> {
    const login = (await stack.output('login')) as Login;
    return TestBrowser.at({ url: stack.url, login, args: ['--disable-quic'] });
  }

  static async at({ url, login, args = [], home }: BrowserPlace): Promise<TestBrowser> {
    const browser = await chromium.launch({
      executablePath: process.env.CHROMIUM_PATH ?? '/usr/bin/chromium',
      args: [
        '--no-sandbox',
        '--disable-gpu',
        '--no-first-run',
        '--disable-background-networking',
        '--disable-component-update',
        '--disable-sync',
        ...args,
      ],
      env: { ...process.env, ...(home && { HOME: home }) } as Record<string, string>,
    });
    return new TestBrowser(browser, url, login);
  }

  close(): Promise<void> {
    return this.browser.close();
  }

  /** A window with a profile of its own, logged out. */
  async open(options: BrowserContextOptions = {}): Promise<Page> {
    const context = await this.browser.newContext({
      baseURL: this.url,
      viewport: { width: 1280, height: 800 },
      timezoneId: 'Europe/Berlin',
      locale: 'en-GB',
      ...options,
    });
    const page = await context.newPage();
    page.setDefaultTimeout(15_000);
    const goto = page.goto.bind(page);
    page.goto = (...to) => undisturbed(page, () => goto(...to));
    const reload = page.reload.bind(page);
    page.reload = (...how) => undisturbed(page, () => reload(...how));
    page.on('request', (request) => {
      if (!/^(data|blob):/.test(request.url()) && !request.url().startsWith(this.url))
        this.strangers.push(request.url());
    });
    page.on('console', (message) => {
      if (['warning', 'error'].includes(message.type()) && !isOrdinary(message.text()))
        this.complaints.push(message.text());
    });
    page.on('pageerror', (error) => this.complaints.push(error.message));
    return page;
  }

  async logIn(page: Page, password = this.login.password): Promise<void> {
    await page.getByLabel('Username').fill(this.login.username);
    await page.getByLabel('Password').fill(password);
    await page.getByRole('button', { name: 'Log in' }).click();
  }

  /** A window at this place, logged in. */
  async openIn(place = '/', options: BrowserContextOptions = {}): Promise<Page> {
    const page = await this.open(options);
    await page.goto(place);
    await this.logIn(page);
    await isIn(page);
    return page;
  }
}

/**
 * What the console says of answers that are none of the page's mistakes: it asks, and is told no; or the host gets
 * another network meanwhile.
 */
export function isOrdinary(text: string): boolean {
  return (
    isOfNetwork(text) ||
    /^Failed to load resource: the server responded with a status of (401|409|412|422|429|503) /.test(
      text,
    )
  );
}

/**
 * Whether something was dropped since an address came to the host or left it: Chromium then drops all that it has asked
 * for. A stack does it when it starts (its bridges get an IPv6 address a second later), and so does one beside.
 */
export function isOfNetwork(text: string): boolean {
  return text.includes('net::ERR_NETWORK_CHANGED');
}

/** How often a page is opened at most until no network has come or gone meanwhile. */
const openings = 10;

/** Loads a page; again, while something of it was dropped for a network that came or went. */
export async function undisturbed<T>(
  page: Pick<Page, 'on' | 'off'>,
  load: () => Promise<T>,
): Promise<T> {
  for (let opening = 1; ; opening++) {
    let isDisturbed = false;
    const listen = (message: ConsoleMessage) => {
      if (isOfNetwork(message.text())) isDisturbed = true;
    };
    page.on('console', listen);
    try {
      const loaded = await load();
      if (!isDisturbed || opening === openings) return loaded;
    } catch (error) {
      if (!isOfNetwork(String(error)) || opening === openings) throw error;
    } finally {
      page.off('console', listen);
    }
  }
}

export const isIn = (page: Page) => page.getByRole('button', { name: 'Log out' }).waitFor();
export const isOut = (page: Page) => page.getByRole('button', { name: 'Log in' }).waitFor();

export async function picture(page: Page, name: string): Promise<void> {
  if (pictures) await page.screenshot({ path: path.join(pictures, `${name}.png`), fullPage: true });
}

/** The API beside the page: to lay out what a test is about, and to look at what came of it. */
export async function apiOf(url: string, login: Login) {
  const call = async <T>(
    method: string,
    place: string,
    body?: unknown,
    token?: string,
  ): Promise<T> => {
    const form = body instanceof FormData;
    const answer = await fetch(url + place, {
      method,
      headers: {
        ...(token && { authorization: `Bearer ${token}` }),
        ...(body !== undefined && !form && { 'content-type': 'application/json' }),
      },
      body: body === undefined ? null : form ? body : JSON.stringify(body),
    });
    if (!answer.ok) throw new Error(`${method} ${place}: ${answer.status} ${await answer.text()}`);
    return (answer.status === 204 ? undefined : await answer.json()) as T;
  };
  const { accessToken } = await call<{ accessToken: string }>('POST', '/api/auth/login', login);
  return <T>(method: string, place: string, body?: unknown) =>
    call<T>(method, place, body, accessToken);
}
