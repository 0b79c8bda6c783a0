#!/usr/bin/env node
// Builds the command line and runs it, for `npm run parity -- …` and `npm run bench -- …`. The build writes to stderr only.
import { spawnSync } from 'node:child_process';

const built = spawnSync('npx', ['vite', 'build', '--config', 'vite.cli.config.ts', '--logLevel', 'error'], { stdio: ['ignore', 2, 2] });
if (built.status !== 0) process.exit(built.status ?? 1);
const { status } = spawnSync(process.execPath, ['--expose-gc', 'dist/node/cli.js', ...process.argv.slice(2)], { stdio: 'inherit' });
process.exit(status ?? 1);
