import { accessSync, constants, existsSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { chromium, type Browser } from 'playwright-core';
import { installWithApt, type Package } from '../services/apt.ts';

const names = ['chromium', 'chromium-browser', 'google-chrome'];
const koreanFont = '/usr/share/fonts/truetype/nanum';

/**
 * Without these flags, Chromium asks Google's servers for updates, and in a closed network these requests fail again
 * and again.
 */
const quiet = [
  ...['--disable-quic', '--no-first-run', '--disable-background-networking', '--disable-component-update'],
  ...['--disable-sync', '--disable-gpu'],
];

/**
 * Starts the Chromium at `CHROMIUM_PATH`, or the machine's own if that is not set. As root on Debian, installs Chromium
 * if it is missing.
 */
export async function openBrowser(): Promise<Browser & AsyncDisposable> {
  const executablePath = process.env['CHROMIUM_PATH'] ?? find() ?? (await install());
  const isRoot = process.getuid?.() === 0;
  return chromium.launch({ executablePath, args: [...quiet, ...(isRoot ? ['--no-sandbox'] : [])] });
}

const missing = (): Package[] => [
  ...(find() === null ? (['chromium'] as const) : []),
  ...(existsSync(koreanFont) ? [] : (['fonts-nanum'] as const)),
];

async function install(): Promise<string> {
  if (process.getuid?.() !== 0 || !existsSync('/usr/bin/apt-get')) {
    throw new Error(
      'Chromium was not found. It can be installed automatically only by root on Debian or Ubuntu. Install it ' +
        '(Debian: sudo apt-get install chromium), or set CHROMIUM_PATH to a Chromium or Chrome, and run the tests again.',
    );
  }
  await installWithApt(missing(), missing, (line) => console.error(line));
  const path = find();
  if (path === null) throw new Error('apt has installed chromium, but it is not in PATH.');
  return path;
}

function find(): string | null {
  const dirs = (process.env['PATH'] ?? '').split(delimiter);
  return names.flatMap((name) => dirs.map((dir) => join(dir, name))).find(isExecutable) ?? null;
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
