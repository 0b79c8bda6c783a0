import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { iptablesMode } from '../cluster/proxy/iptables/iptables.ts';
import { recordedNode, replayRules, type RuleVector } from './rules.ts';

const recorded = JSON.parse(readFileSync(new URL('../../e2e/recorded/network/rules.json', import.meta.url), 'utf8')) as {
  vectors: RuleVector[];
};

/** Vectors that differ, with why. May only shrink. */
const LEDGER: readonly string[] = [];

test('every recorded iptables vector is printed line by line', () => {
  const results = replayRules(recorded.vectors, iptablesMode);
  const faults = results.filter(({ missing, extra }) => missing.length + extra.length > 0);
  expect(results.length).toBeGreaterThan(40);
  expect(faults.filter(({ name }) => !LEDGER.includes(name))).toEqual([]);
  expect(LEDGER.filter((name) => !faults.some((fault) => fault.name === name))).toEqual([]);
});

test('a vector with one endpoint more is found: other probabilities, and the last jump has one now', () => {
  const vector = recorded.vectors.find(({ name }) => name === 'two-ep [iptables minikube-m02]')!;
  const slices = structuredClone(vector.endpointslices!) as any[];
  slices[0].endpoints.push({ ...slices[0].endpoints[0], addresses: ['10.244.9.9'] });
  const [result] = replayRules([{ ...vector, endpointslices: slices }], iptablesMode);
  expect(result!.missing.map((line) => line.replace(/^.* -> /, ''))).toEqual([
    '10.244.1.31:8080" -m statistic --mode random --probability 0.50000000000 -j KUBE-SEP-UOVAW5CHGLFP7DR5',
    '10.244.2.22:8080" -j KUBE-SEP-NCKVMEU3R2G7MKZO',
  ]);
});

test('the rules that belong to no Service stand in every dump of a node', () => {
  const dumps = (recorded.vectors.find(({ name }) => name === 'whole dump [iptables minikube-m02]') as any).dumps as Record<
    string,
    string | string[]
  >;
  const node = recordedNode('minikube-m02');
  const empty = iptablesMode.compile(new Map(), node, { clusterCIDR: '10.244.0.0/16', nfacct: true });
  const belongs = /KUBE-(SVC|SEP|EXT|FW|SVL)-|CNI-|"[\w-]+\/[\w-]+(:[\w-]+)? |"[\w-]+\/[\w-]+"|^#|^$/;
  for (const table of ['nat', 'filter', 'mangle']) {
    const dump = dumps[`iptables-save -t ${table}`]!;
    const lines = (Array.isArray(dump) ? dump : dump.split('\n')).filter((line) => !belongs.test(line));
    expect(iptablesMode.print(empty, 'iptables-save', table)).toEqual(lines);
  }
});
