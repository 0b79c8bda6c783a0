import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import type { JournalRecord } from '../sim/journal.ts';
import { recordedWorld } from './presets.ts';

const SRC = join(import.meta.dirname, '..');

test('every link of the journey leads to a file', () => {
  const text = readFileSync(join(SRC, 'README.md'), 'utf8');
  const links = [...text.matchAll(/\]\(([^)]+)\)/g)].map((match) => match[1]);
  expect(links.length).toBeGreaterThan(20);
  expect(links.filter((link) => !existsSync(join(SRC, link)))).toEqual([]);
});

const MANIFEST = `apiVersion: apps/v1
kind: Deployment
metadata: {name: web}
spec:
  selector: {matchLabels: {app: web}}
  template:
    metadata: {labels: {app: web}}
    spec: {containers: [{name: web, image: 'nginx:1.27'}]}
---
apiVersion: v1
kind: Service
metadata: {name: web}
spec: {selector: {app: web}, ports: [{port: 80}]}
`;

/** The stops a chain of causes passes, oldest first, each named once. */
function stops(records: readonly JournalRecord[]): string[] {
  const names = records.map(({ source, type }) => `${source} ${type}`);
  return names.filter((name, i) => names.indexOf(name) === i);
}

function chainOf(journal: { get(seq: number): JournalRecord | undefined }, last: JournalRecord): JournalRecord[] {
  const chain: JournalRecord[] = [];
  for (let at: JournalRecord | undefined = last; at !== undefined; at = journal.get(at.cause)) chain.unshift(at);
  return chain;
}

test('one Deployment, one Service and one request pass the stops of the journey', () => {
  const world = recordedWorld();
  world.writeFile('web.yaml', MANIFEST);
  const before = world.sim.journal.length;
  expect(world.run('kubectl apply -f web.yaml').out).toBe('deployment.apps/web created\nservice/web created\n');
  expect(world.run('kubectl wait --for=condition=Available deploy/web --timeout=60s').exit).toBe(0);
  world.advance(3000);
  expect(world.run('kubectl exec deploy/web -- curl -s -o /dev/null -w "%{http_code}" http://web').out).toBe('200');
  const records = [...world.sim.journal.since(before)];
  const seen = new Set(records.map(({ source, type }) => `${source} ${type}`));
  for (const stop of [
    'apiserver Requested',
    'etcd Stored',
    'deployment-controller Reconciled',
    'replicaset-controller Reconciled',
    'scheduler Scored',
    'scheduler Bound',
    'kubelet Moved',
    'kube-proxy Moved',
    'network Hopped',
  ]) {
    expect([...seen]).toContain(stop);
  }
  const ready = records.find(
    ({ source, type, subject }) => source === 'kubelet' && type === 'Moved' && subject.startsWith('pods/default/web-'),
  );
  expect(ready).toBeDefined();
  const chain = stops(chainOf(world.sim.journal, ready!));
  expect(chain[0]).toBe('apiserver Requested');
  expect(chain).toContain('etcd Stored');
  expect(chain).toContain('scheduler Scored');
});
