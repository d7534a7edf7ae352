// Debian's Chromium through playwright-core, for tests of the page. Where it is not installed the tests are skipped, aloud.
import { existsSync, mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Browser, chromium } from 'playwright-core';

const executablePath = process.env.PENUMBRA_CHROMIUM ?? '/usr/bin/chromium';

/** Null when there is a browser; else why there is none. */
export const whyNoBrowser = existsSync(executablePath)
  ? null
  : `no Chromium at ${executablePath}: apt-get install --no-install-recommends chromium, or set PENUMBRA_CHROMIUM`;

const quiet = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
];

export function startBrowser(): Promise<Browser> {
  return chromium.launch({ executablePath, args: quiet, timeout: 60_000 });
}

/** Where pictures of the page go, for whoever wants to look at them. */
export function pictureFolder(): string {
  return process.env.PENUMBRA_PICTURES ?? mkdtempSync(join(tmpdir(), 'penumbra-page-'));
}
