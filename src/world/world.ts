// One world: its time and chance, the user's machine with its terminal, and the clusters that minikube makes.
import type { ApiRequest, ApiResponse } from '../cluster/apimachinery/rest.ts';
import { Cluster, type ClusterOptions } from '../cluster/cluster.ts';
import { createProcesses, type ProcessKernel } from '../posix/kernel.ts';
import type { Machine } from '../posix/machine.ts';
import { ScopedSim } from '../sim/scope.ts';
import { createSim, type SimEngine } from '../sim/sim.ts';
import { KUBERNETES_API } from '../shell/programs/kubectl/api.ts';
import { MINIKUBE } from '../shell/programs/minikube/driver.ts';
import { createUserMachine, HOME, runLine, Session } from '../shell/shell.ts';
import { ApiDevice } from './api-device.ts';
import { HostNetwork } from './host-network.ts';
import { MinikubeDevice } from './minikube-device.ts';

export interface WorldOptions {
  readonly seed?: number;
  /** Milliseconds since 1970 at virtual 0. */
  readonly epoch?: number;
  /** Images that every node has from the beginning. */
  readonly preloadedImages?: readonly string[];
  /** Files below the home folder instead of the sample manifests. */
  readonly home?: Readonly<Record<string, string>>;
}

export interface LineResult {
  readonly exit: number;
  readonly out: string;
  readonly err: string;
}

/** A cluster and the part of the sim that is its own. */
export interface Running {
  readonly cluster: Cluster;
  readonly scope: ScopedSim;
}

/** Owners of the user's processes; those of containers are the kubelets'. */
const FIRST_LINE_OWNER = 1_000_000_000;

/** How a terminal ends a command that does not end by itself. */
const TIMED_OUT = 124;

export class World {
  readonly sim: SimEngine;
  readonly processes: ProcessKernel;
  readonly machine: Machine;
  readonly clusters = new Map<string, Running>();
  readonly options: WorldOptions;
  readonly #network: HostNetwork;
  #nextOwner = FIRST_LINE_OWNER;
  #generation = 0;

  constructor(options: WorldOptions = {}) {
    this.options = options;
    this.sim = createSim({ seed: options.seed, epoch: options.epoch });
    this.processes = createProcesses(this.sim);
    this.#network = new HostNetwork(this.sim, this.processes);
    const answer = (ticket: number, result: unknown): void => this.processes.answer(ticket, result);
    this.machine = createUserMachine({
      devices: {
        [KUBERNETES_API]: new ApiDevice({ sim: this.sim, answer, server: (url) => this.#server(url) }),
        [MINIKUBE]: new MinikubeDevice({ world: this, answer }),
      },
      network: this.#network,
      ...(options.home === undefined ? {} : { home: options.home }),
    });
  }

  /** A new cluster's parts, without any node yet. Replaces nothing: the profile must be free. */
  createCluster(profile: string, options: Omit<ClusterOptions, 'sim' | 'processes'>): Cluster {
    if (this.clusters.has(profile)) throw new Error(`profile ${profile} exists`);
    const scope = new ScopedSim(this.sim, this.#generation === 0 ? '' : `${profile}#${this.#generation} `);
    this.#generation += 1;
    const cluster = new Cluster({ ...options, sim: scope, processes: this.processes });
    this.clusters.set(profile, { cluster, scope });
    this.#network.current = cluster.network.host;
    return cluster;
  }

  removeCluster(profile: string): void {
    const running = this.clusters.get(profile);
    if (running === undefined) return;
    for (const node of [...running.cluster.nodes.keys()]) running.cluster.removeNode(node);
    running.scope.close();
    this.clusters.delete(profile);
    this.#network.current = [...this.clusters.values()].at(-1)?.cluster.network.host;
  }

  /** The API server behind an URL such as `https://192.168.49.2:8443`. */
  #server(url: string): ((request: ApiRequest) => ApiResponse) | undefined {
    for (const { cluster } of this.clusters.values()) {
      const controlPlane = [...cluster.nodes.values()].find((node) => node.controlPlane);
      if (controlPlane === undefined || !cluster.up || !controlPlane.powered) continue;
      if (url === `https://${controlPlane.ip}:${cluster.options.apiPort}`) return cluster.transport;
    }
    return undefined;
  }

  /** A terminal with bash in it. */
  openSession(columns: number, rows: number, onOutput: (text: string) => void, onExit?: (code: number) => void): Session {
    return new Session({
      processes: this.processes,
      machine: this.machine,
      owner: this.#nextOwner++,
      columns,
      rows,
      onOutput,
      ...(onExit === undefined ? {} : { onExit }),
    });
  }

  /** Runs a line to its end, or for `limitMs` of virtual time; time moves only as far as the line needs. */
  run(line: string, options: { readonly stdin?: string; readonly limitMs?: number } = {}): LineResult {
    const result = { exit: undefined as number | undefined, out: '', err: '' };
    const owner = this.#start(line, options.stdin, result);
    const limit = this.sim.now + (options.limitMs ?? 3_600_000);
    while (result.exit === undefined && this.sim.step(limit)) {}
    if (result.exit === undefined) this.processes.killOwner(owner);
    return { exit: result.exit ?? TIMED_OUT, out: result.out, err: result.err };
  }

  /** Starts a line and lets it run while the world goes on. */
  background(line: string): void {
    this.#start(line, undefined, { exit: undefined, out: '', err: '' });
  }

  #start(line: string, stdin: string | undefined, result: { exit: number | undefined; out: string; err: string }): number {
    const owner = this.#nextOwner++;
    runLine(
      { processes: this.processes, machine: this.machine, owner, line, ...(stdin === undefined ? {} : { stdin }) },
      {
        output(fd, text) {
          if (fd === 1) result.out += text;
          else result.err += text;
        },
        exit({ code }) {
          result.exit = code;
        },
      },
    );
    return owner;
  }

  advance(ms: number): void {
    this.sim.runUntil(this.sim.now + ms);
  }

  get now(): number {
    return this.sim.now;
  }

  /** A file of the user's home; folders on the way are made. */
  writeFile(path: string, text: string): void {
    const { files } = this.machine;
    const parts = path.split('/');
    for (let depth = 1; depth < parts.length; depth++) {
      const folder = `${HOME}/${parts.slice(0, depth).join('/')}`;
      try {
        files.stat(folder, true);
      } catch {
        files.makeDirectory(folder, 0o755, this.sim.now);
        files.chown(folder, 1000, 1000);
      }
    }
    files.write(`${HOME}/${path}`, text, 'truncate', this.sim.now);
    files.chown(`${HOME}/${path}`, 1000, 1000);
  }
}
