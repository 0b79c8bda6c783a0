#!/usr/bin/env node
// All tests: unit and property tests, then the page in a real browser. Ends with one line `N passed, N failed`.
import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ensureBrowser } from './browser.mjs';

const folder = mkdtempSync(join(tmpdir(), 'kubarium-test-'));
let passed = 0;
let failed = 0;

function run(title, command, args, env = {}) {
  console.log(`\n— ${title}`);
  const { status } = spawnSync(command, args, { stdio: 'inherit', env: { ...process.env, ...env } });
  return status ?? 1;
}

/** A run that died without a report, or failed without a failed test, counts as one failure. */
function count(status, report, read) {
  const [ok, bad] = existsSync(report) ? read(JSON.parse(readFileSync(report, 'utf8'))) : [0, 0];
  passed += ok;
  failed += bad === 0 && status !== 0 ? 1 : bad;
}

const unit = join(folder, 'unit.json');
count(run('unit tests', 'npx', ['vitest', 'run', '--reporter=default', '--reporter=json', `--outputFile.json=${unit}`]), unit, (report) => [
  report.numPassedTests,
  report.numFailedTests + report.testResults.filter((file) => file.status === 'failed' && file.assertionResults.length === 0).length,
]);

const build = run('build', 'npm', ['run', '--silent', 'build']);
if (build !== 0) failed += 1;
else {
  const page = join(folder, 'page.json');
  const browser = ensureBrowser();
  const env = { PLAYWRIGHT_JSON_OUTPUT_NAME: page, ...(browser === undefined ? {} : { CHROME_PATH: browser }) };
  count(run('the page in a browser', 'npx', ['playwright', 'test', '--reporter=list,json'], env), page, ({ stats }) => [
    stats.expected + stats.flaky,
    stats.unexpected,
  ]);
}

console.log(`\n${passed} passed, ${failed} failed`);
process.exitCode = failed === 0 && passed > 0 ? 0 : 1;
