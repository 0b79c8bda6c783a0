#!/usr/bin/env node
// Takes the Table columns of every kind out of the recorded answers of the real API server: node scripts/columns.mjs
import { readFileSync, writeFileSync } from 'node:fs';

const { columns } = JSON.parse(readFileSync('e2e/recorded/api/tables.json', 'utf8'));
const text = JSON.stringify(columns, null, 1);
writeFileSync('src/cluster/kinds/columns.json', `${text}\n`);
