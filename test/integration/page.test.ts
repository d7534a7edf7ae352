// The built-in page in a real browser, on a real comparator with traffic: it asks for the token, says verdicts live, shows what diverged,
// stops and releases everything, stays within its own policy, and can be used by keyboard, on a phone, in the dark and by everybody.
import { readFileSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import type { Browser, BrowserContext, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { pictureFolder, startBrowser, whyNoBrowser } from '../support/browser.ts';
import { suiteCard } from '../support/chaos-suite.ts';
import { endProcesses } from '../support/penumbra-process.ts';
import {
  arm,
  type Comparator,
  configOf,
  exchangeOf,
  makeFolder,
  patient,
  postExchanges,
  quick,
  startServe,
} from '../support/serve-process.ts';
import { answering, type ShadowServer, startShadow } from '../support/shadow-server.ts';

if (whyNoBrowser !== null) console.warn(`the page is not tested in a browser: ${whyNoBrowser}`);

const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
const token = 'only-for-those-who-know';
const readToken = 'only-for-those-who-look';
/** The latest card, as a comparator leaves it behind. */
const chaosSeen = {
  id: 'c1',
  state: 'COMPLETED',
  startedBy: 'api',
  startedAt: 1,
  endedAt: 2,
  endReason: null,
  cells: { done: 12, of: 12 },
  running: null,
  card: suiteCard,
};
const hostile = '<img src=x onerror=alert(1)>';
const headers = { authorization: `Bearer ${token}` };

interface AxeResult {
  readonly violations: readonly { readonly id: string; readonly nodes: readonly { readonly html: string }[] }[];
}

describe.skipIf(whyNoBrowser !== null)('the page in Chromium', () => {
  let shadow: ShadowServer;
  let flipping: ShadowServer;
  let comparator: Comparator;
  let browser: Browser;
  let context: BrowserContext;
  let page: Page;
  const problems: string[] = [];
  const pictures = pictureFolder();

  beforeAll(async () => {
    shadow = await startShadow();
    flipping = await startShadow(answering({ version: 'v2', change: (score) => (score > 0.7 ? score - 0.5 : score) }));
    const config = configOf({
      more: `inputs: [{name: x, at: x, range: [0, 1], default: 0.5}]
watch: {d: {collapse: at most 5%}}
api: {listen: "127.0.0.1:0", tokens: {read: "\${env:TEST_READ}", approve: "\${env:TEST_TOKEN}"}}`,
      experiments: `
  release:
    arms:
      control: ${arm(shadow.url)}
      candidate: ${arm(flipping.url)}
      zeroed: ${arm(shadow.url, 'perturb: [{zero: x, share: 50%}]')}
    expect:
      control.d: {flip: at most 10%}
      candidate.d: {flip: at most 5%}
      zeroed.d: {flip: at most 60%}
      candidate: {error: at most 0.01%}
    stopWhen: [production.p99 above 10s]
    maxTime: 10m
${quick}
  other:
    arms: {control: ${arm(shadow.url)}}
    expect: {control.d: {flip: at most 10%}}
    start: on request
`,
    });
    const folder = makeFolder();
    writeFileSync(join(folder, 'penumbra.db.chaos.json'), JSON.stringify(chaosSeen));
    const env = { TEST_TOKEN: token, TEST_READ: readToken };
    // Patiently: an error of a busy machine would be one more claim over its limit.
    [comparator, browser] = await Promise.all([startServe(patient(config), { env, folder }), startBrowser()]);
    context = await browser.newContext({ viewport: { width: 1280, height: 900 } });
    page = await context.newPage();
    page.setDefaultTimeout(60_000);
    page.on('pageerror', ({ message }) => problems.push(message));
    page.on('dialog', (dialog) => problems.push(`a dialog: ${dialog.message()}`));
    page.on('console', (line) => {
      if (line.type() === 'error' && !line.text().includes('401')) problems.push(line.text());
    });
    page.on('request', (request) => {
      const isOwn = request.url().startsWith(`${comparator.client.url}/`) || request.url().startsWith('blob:');
      if (!isOwn) problems.push(`asked elsewhere: ${request.url()}`);
    });
  });

  afterAll(async () => {
    await browser?.close();
    endProcesses();
    await Promise.all([shadow?.close(), flipping?.close()]);
  });

  const send = (count: number, make: () => object = exchangeOf) =>
    postExchanges(
      { ...comparator.client, call: (method, path, body) => comparator.client.call(method, path, body, headers) },
      count,
      { make },
    );
  const verdict = (id: string, wanted: string) => page.locator(`[data-claim="${id}"][data-verdict="${wanted}"]`);

  /** In light and dark, beside a picture of each for whoever wants to look. */
  async function checkForEverybody(name: string): Promise<void> {
    for (const colorScheme of ['light', 'dark'] as const) {
      await page.emulateMedia({ colorScheme, reducedMotion: 'reduce' });
      await page.screenshot({ path: join(pictures, `${name}-${colorScheme}.png`), fullPage: true });
      await page.evaluate(axe);
      const tags = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa'];
      const { violations } = (await page.evaluate(
        `axe.run(document, {runOnly: ${JSON.stringify(tags)}})`,
      )) as AxeResult;
      expect(violations.map(({ id, nodes }) => [id, nodes.map(({ html }) => html)])).toEqual([]);
    }
    await page.emulateMedia({ colorScheme: 'light' });
  }

  it('asks for the token once, keeps it from the address, and shows nothing without it', async () => {
    await page.goto(comparator.client.url);
    await page.locator('#token-value').waitFor();
    expect(await page.locator('#content').isVisible()).toBe(false);
    for (const wrong of ['a-wrong-one', '“typographic”']) {
      await page.fill('#token-value', wrong);
      await page.keyboard.press('Enter');
      await page.getByText('That token was not accepted.').waitFor();
    }
    await page.fill('#token-value', token);
    await page.keyboard.press('Enter');
    await page.getByText('● live').waitFor();
    await page.reload();
    await page.getByText('● live').waitFor();
    expect(page.url()).not.toContain(token);
    expect(await page.locator('#token').isVisible()).toBe(false);
  });

  it('says verdicts as they fall, without a reload, and keeps what the reader opened', async () => {
    await verdict('candidate.d.flip', 'UNDECIDED').waitFor();
    await page.evaluate('window.isStillThis = true');
    await page.locator('[data-claim="candidate.d.flip"] summary').click();
    await page.locator('#samples > summary').click();
    await send(1, () => exchangeOf({ id: hostile, score: 0.75 }));
    await send(150);
    await verdict('candidate.d.flip', 'VIOLATED').waitFor();
    await verdict('control.d.flip', 'HOLDS').waitFor();
    await page.locator('#now .headline.over').getByText('1 claim over the limit').waitFor();
    await send(30);
    await page.locator('[data-claim="candidate.d.flip"] .chart canvas').first().waitFor();
    const claim = await verdict('candidate.d.flip', 'VIOLATED').textContent();
    expect(claim).toMatch(/✗ over limit.*is over the limit of 5 %.*baseline is production v1, whose control shows 0 %/);
    expect(await verdict('candidate.d.flip', 'VIOLATED').locator('svg[role=img]').count()).toBe(1);
    expect(await page.evaluate('window.isStillThis')).toBe(true);
  });

  it('shows what diverged as text, whatever it holds, and gives it away as a list to label', async () => {
    await page.getByRole('button', { name: /^Show all/ }).click();
    await page.getByText(hostile).waitFor();
    expect(await page.locator('img[onerror]').count()).toBe(0);
    const row = await page.locator('#samples tbody tr', { hasText: hostile }).first().textContent();
    expect(row).toMatch(
      /candidate.*true became false.*nothing.*x = 0\.75.*true \(score 0\.75\).*false \(score 0\.25\)/,
    );
    const done = await page
      .locator('#samples tbody tr', { hasText: /zeroed.*true became false/ })
      .first()
      .textContent();
    expect(done).toMatch(/true became false.*zero x.*x: 0\.8\d* → 0.*x = 0\.8/);
    const [file] = await Promise.all([
      page.waitForEvent('download'),
      page.getByText('Download as a labelling list').click(),
    ]);
    const list = readFileSync(await file.path(), 'utf8');
    expect(file.suggestedFilename()).toMatch(/^to-label-\w+\.csv$/);
    expect(list).toMatch(
      /^run,request,time,arm,what_differed,what_was_done,feature:x,production_answered,arm_answered,true_label\r\n/,
    );
    expect(list).toContain(`${hostile},`);
    expect(list).toMatch(/,zeroed,d: true became false,zero x \(x: 0\.8\d* → 0\),0\.8/);
  });

  it('accounts for every request, and shows distances and watches', async () => {
    for (const id of ['flow', 'sizes', 'card']) await page.locator(`#${id} > summary`).click();
    await page.locator('#flow').getByText('✓ adds up').first().waitFor();
    const budget = page.locator('#flow article', { hasText: 'Budget for each arm, now' });
    expect(await budget.textContent()).toMatch(
      /requests in this run1?\d\d of 100,000requests a second\S+ of 2,000.*calls under way.* of 2,000.*at most 4 MiB/,
    );
    await page.locator('#sizes').getByText(/^PSI /).first().waitFor();
    await page.locator('#watches').getByText('d.collapse').waitFor();
    const bins = page.locator('#sizes article', { hasText: 'candidate' }).locator('table tbody tr');
    expect(await bins.count()).toBeGreaterThan(3);
    expect(await bins.locator('meter').count()).toBe(2 * (await bins.count()));
    await page.locator('#card').getByText('The suite is complete: 12 of 12 cells.').waitFor();
    const heat = page.locator('#card table.heat');
    expect(await heat.locator('tbody tr').count()).toBeGreaterThan(1);
    expect(await heat.textContent()).toMatch(/stale.*dropped/);
    await page.locator('#card select').selectOption({ index: 1 });
    await page.locator('#card').getByText('idle').first().waitFor();
    await page.getByRole('link', { name: /^other/ }).click();
    await page.getByText('This experiment has no run yet.').waitFor();
    await page.goBack();
    await verdict('candidate.d.flip', 'VIOLATED').waitFor();
  });

  it('can be used by everybody: no violation of WCAG level A or AA, in light and dark, wide and on a phone', async () => {
    await checkForEverybody('desktop');
    await page.setViewportSize({ width: 360, height: 740 });
    expect(await page.evaluate('document.documentElement.scrollWidth')).toBe(360);
    await checkForEverybody('phone');
    await page.setViewportSize({ width: 1280, height: 900 });
  });

  it('says when it is not connected, and comes back by itself', async () => {
    await page.route('**/v1/events', (route) => route.abort());
    await page.reload();
    await page.getByText('○ not connected, trying again').waitFor();
    await page.unroute('**/v1/events');
    await page.getByText('● live').waitFor();
    await verdict('candidate.d.flip', 'VIOLATED').waitFor();
    problems.splice(0, problems.length, ...problems.filter((one) => !one.includes('ERR_FAILED')));
  });

  it('stops everything by keyboard alone, but not by one slip, and releases it again', async () => {
    const killed = async () => (await comparator.client.call('GET', '/v1/kill', undefined, headers)).body.killed;
    await page.locator('#kill-button').focus();
    await page.keyboard.press('Enter');
    await page.getByRole('dialog').getByText('Stop everything?').waitFor();
    await checkForEverybody('dialog');
    await page.keyboard.press('Enter');
    expect(await killed()).toBeNull();
    await page.keyboard.press('Escape');
    expect(await page.getByRole('dialog').count()).toBe(0);
    await page.keyboard.press('Enter');
    await page.keyboard.type('the pager rang');
    await page.keyboard.press('Enter');
    await page.getByText('Kill switch engaged').waitFor();
    expect(await killed()).toMatchObject({ reason: 'the pager rang', by: 'api' });
    await page.getByText('kill switch: the pager rang').first().waitFor();
    await page.getByRole('button', { name: 'Release…' }).click();
    await page.keyboard.type('looked at');
    await page.keyboard.press('Enter');
    await page.locator('#kill-button').waitFor();
    expect(await killed()).toBeNull();
  });

  it('who may only look needs another token to stop everything, which is not kept', async () => {
    const looking = await (await browser.newContext({ viewport: { width: 360, height: 740 } })).newPage();
    looking.setDefaultTimeout(60_000);
    await looking.goto(comparator.client.url);
    await looking.fill('#token-value', readToken);
    // Each answer is awaited before the page is left: the body of an answer to a page that is gone cannot be read.
    const [access] = await Promise.all([looking.waitForResponse('**/v1/access'), looking.keyboard.press('Enter')]);
    expect(await access.json()).toEqual({ scope: 'read' });
    await Promise.all([looking.waitForResponse('**/v1/access'), looking.reload()]);
    await looking.getByText('● live').waitFor();
    await looking.locator('#kill-button').click();
    await looking.getByLabel(/^A token with the scope operate/).waitFor();
    await looking.screenshot({ path: join(pictures, 'dialog-read-only.png') });
    await looking.getByLabel(/^Reason/).fill('the pager rang');
    await looking.getByLabel(/^A token with/).fill(readToken);
    await looking.keyboard.press('Enter');
    await looking.getByText('this requires a token with the scope operate; this one has read').waitFor();
    await looking.getByLabel(/^A token with/).fill(token);
    await looking.keyboard.press('Enter');
    await looking.getByText('Kill switch engaged').waitFor();
    expect(await looking.evaluate('sessionStorage.getItem("penumbra-token")')).toBe(readToken);
    await comparator.client.call('POST', '/v1/kill/release', { reason: 'looked at' }, headers);
    await looking.context().close();
  });

  it('did nothing that its policy forbids, asked nobody else, and logged no error', () => {
    expect(problems).toEqual([]);
  });
});
