// `bench`: the figures that have a budget, measured. Wall times are medians of fresh worlds; a ratio says how cost grows with size.
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { startPlainCluster } from '../world/presets.ts';
import { World } from '../world/world.ts';

export interface Figure {
  readonly name: string;
  readonly value: number;
  readonly unit: string;
  readonly budget: number;
  readonly ok: boolean;
}

const IMAGE = 'registry.k8s.io/pause:3.10';
const HORIZON_MS = 3_600_000;
const STRIDE_MS = 200;

const atMost = (name: string, value: number, unit: string, budget: number): Figure => ({
  name,
  value: Math.round(value * 1000) / 1000,
  unit,
  budget,
  ok: value <= budget,
});

function deploymentOf(replicas: number): object {
  return {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name: 'load' },
    spec: {
      replicas,
      selector: { matchLabels: { app: 'load' } },
      template: {
        metadata: { labels: { app: 'load' } },
        spec: { containers: [{ name: 'c', image: IMAGE, resources: { requests: { cpu: '10m', memory: '16Mi' } } }] },
      },
    },
  };
}

interface Rollout {
  readonly wallMs: number;
  readonly heapMiB: number;
  readonly virtualMs: number;
}

/** A Deployment of so many pods until all are Ready, as fast as possible. */
function rollOut(pods: number, nodes: number): Rollout {
  const world = new World({ seed: 1 });
  const cluster = startPlainCluster(world, {
    nodes,
    preloadedImages: [IMAGE],
    cpus: 64,
    memory: '256Gi',
    podsPerNode: 250,
    dnsReplicas: 2,
    limit: null,
  });
  world.advance(20_000);
  const collect = (globalThis as { gc?: () => void }).gc;
  collect?.();
  const heapBefore = process.memoryUsage().heapUsed;
  const begun = performance.now();
  const virtualBegun = world.now;
  const created = cluster.api.handle({
    method: 'POST',
    path: '/apis/apps/v1/namespaces/default/deployments',
    body: deploymentOf(pods) as never,
  });
  if (created.status !== 201) throw new Error(JSON.stringify(created.body));
  const ready = (): number => {
    const { body } = cluster.api.handle({ method: 'GET', path: '/apis/apps/v1/namespaces/default/deployments/load' });
    return (body as { status?: { readyReplicas?: number } }).status?.readyReplicas ?? 0;
  };
  while (ready() < pods) {
    world.advance(STRIDE_MS);
    if (world.now - virtualBegun > HORIZON_MS) throw new Error(`only ${ready()} of ${pods} pods became Ready`);
  }
  const wallMs = performance.now() - begun;
  collect?.();
  return { wallMs, heapMiB: (process.memoryUsage().heapUsed - heapBefore) / 2 ** 20, virtualMs: world.now - virtualBegun };
}

function median<T>(items: readonly T[], key: (item: T) => number): T {
  return [...items].sort((a, b) => key(a) - key(b))[Math.floor(items.length / 2)];
}

/** `minikube start` typed in a fresh world, until the prompt is back. */
function minikubeStart(): number {
  const world = new World({ seed: 1 });
  const begun = performance.now();
  const { exit, out, err } = world.run('minikube start');
  if (exit !== 0) throw new Error(out + err);
  return performance.now() - begun;
}

/** Compressed size of the built files whose names match, kB. */
function builtKB(folder: string, names: RegExp): number | undefined {
  if (!existsSync(folder)) return undefined;
  const files = readdirSync(folder).filter((name) => names.test(name));
  if (files.length === 0) return undefined;
  return files.reduce((sum, name) => sum + gzipSync(readFileSync(join(folder, name))).length, 0) / 1000;
}

function sizes(): Figure[] {
  const figures: Figure[] = [];
  const add = (name: string, names: RegExp, budget: number): void => {
    const kB = builtKB('dist/page/assets', names);
    if (kB !== undefined) figures.push(atMost(name, kB, 'kB gzip', budget));
  };
  add('worker', /^worker-.*\.js$/, 260);
  add('first page chunk', /^index-.*\.js$/, 120);
  add('terminal chunk', /^(terminal|xterm)-.*\.js$/, 110);
  return figures;
}

export function measure(): readonly Figure[] {
  rollOut(100, 10);
  const small = median(
    [1, 2, 3].map(() => rollOut(1000, 10)),
    (run) => run.wallMs,
  );
  const large = rollOut(10_000, 300);
  const starts = [1, 2, 3, 4, 5].map(() => minikubeStart());
  const perPod = (run: Rollout, pods: number): number => run.wallMs / pods;
  return [
    atMost('1,000-pod Deployment on 10 nodes, all Ready', small.wallMs / 1000, 's', 0.5),
    atMost('heap growth of it', small.heapMiB, 'MiB', 50),
    atMost('10,000 pods on 300 nodes, all Ready', large.wallMs / 1000, 's', 6),
    atMost('cost per pod, 10,000 against 1,000', perPod(large, 10_000) / perPod(small, 1000), '×', 2),
    atMost('minikube start at top speed', median(starts, (ms) => ms) / 1000, 's', 0.3),
    ...sizes(),
  ];
}

export function bench({ json, print }: { readonly json: boolean; print(line: string): void }): boolean {
  const figures = measure();
  if (json) print(JSON.stringify({ figures }));
  else
    for (const { name, value, unit, budget, ok } of figures) print(`${ok ? 'ok  ' : 'OVER'} ${name}: ${value} ${unit} (budget ${budget})`);
  return figures.every(({ ok }) => ok);
}
