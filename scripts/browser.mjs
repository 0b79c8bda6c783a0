// Finds a Chromium for the page's tests, or installs one: Debian's package when root, else Playwright's own.
import { execFileSync, spawnSync } from 'node:child_process';

const NAMES = ['chromium', 'chromium-browser', 'google-chrome-stable', 'google-chrome', 'chrome'];

function find() {
  if (process.env.CHROME_PATH) return process.env.CHROME_PATH;
  for (const name of NAMES) {
    const { status, stdout } = spawnSync('sh', ['-c', `command -v ${name}`], { encoding: 'utf8' });
    if (status === 0 && stdout.trim() !== '') return stdout.trim();
  }
  return undefined;
}

/** Path of a Chromium, or undefined where Playwright's own download is to be used. Throws when none can be had. */
export function ensureBrowser() {
  const found = find();
  if (found !== undefined) return found;
  const root = process.getuid?.() === 0;
  if (root && spawnSync('sh', ['-c', 'command -v apt-get']).status === 0) {
    console.error('No Chromium found: installing Debian’s chromium package.');
    execFileSync(
      'sh',
      ['-c', 'apt-get update -q && DEBIAN_FRONTEND=noninteractive apt-get install -y -q --no-install-recommends chromium'],
      { stdio: ['ignore', 2, 2] },
    );
    const installed = find();
    if (installed !== undefined) return installed;
  }
  console.error('No Chromium found: installing Playwright’s.');
  execFileSync('npx', ['playwright', 'install', 'chromium'], { stdio: ['ignore', 2, 2] });
  return undefined;
}
