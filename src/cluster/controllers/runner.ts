// Runs one controller: changes become keys, keys are reconciled, writes are sent batch by batch; a key is held until the answers
// are there and the caches show them, so that no controller ever acts on what it has already changed.
// Models: kubernetes v1.37 pkg/controller/controller_utils.go (expectations), StaleControllerConsistency (controllers wait for their writes)
import type { Plain } from '../../sim/plain.ts';
import type { Handler, Sim } from '../../sim/sim.ts';
import type { KubeObject, Status } from '../apimachinery/object.ts';
import type { ApiResponse } from '../apimachinery/rest.ts';
import type { Lister } from '../client/cache.ts';
import type { Client, Reply } from '../client/client.ts';
import type { Informer, InformerFactory } from '../client/informer.ts';
import type { Recorder } from '../client/recorder.ts';
import { Workqueue } from '../client/workqueue.ts';
import type { Change, ControllerDefinition, ControllerOptions, EventDraft, Outcome, Refusal, View, Watch, Write } from './controller.ts';
import { collectionPath } from './writes.ts';

/** The work on one key between reconcile and release. Plain data. */
interface Job {
  readonly batches: readonly (readonly Write[])[];
  /** The batch being answered. */
  batch: number;
  pending: number;
  refusal: Refusal | undefined;
  /** Refused before or by its own outcome: back off at the end. */
  failed: boolean;
  /** Revision each cache must have reached. */
  visible: Record<string, number>;
  gone: Write[];
  parked: boolean;
}

type Sent = { readonly key: string; readonly at: number };

export interface RunnerOptions {
  readonly definition: ControllerDefinition;
  readonly client: Client;
  readonly informers: InformerFactory;
  readonly recorder: Recorder;
  readonly options: ControllerOptions;
}

export class Runner {
  readonly definition: ControllerDefinition;
  readonly #sim: Sim;
  readonly #client: Client;
  readonly #recorder: Recorder;
  readonly #queue: Workqueue;
  readonly #informers = new Map<string, Informer<any>>();
  readonly #jobs = new Map<string, Job>();
  readonly #parked = new Set<string>();
  /** What outcomes asked to remember. */
  readonly #memories = new Map<string, Plain>();
  readonly #answered: Handler<any>;
  readonly #view: RunnerView;
  #running = false;

  constructor({ definition, client, informers, recorder, options }: RunnerOptions) {
    this.definition = definition;
    this.#sim = client.sim;
    this.#client = client;
    this.#recorder = recorder;
    const { name, workers, backoff } = definition;
    this.#queue = new Workqueue({ sim: this.#sim, name, workers, backoff, work: (key) => this.#work(key) });
    this.#answered = this.#sim.handler<any>(`${name}/answered`, (reply: Reply<Sent>) => this.#answer(reply.context, reply.response));
    this.#view = new RunnerView(this.#sim, this.#informers, options, definition.name, this.#memories);
    for (const watch of definition.watches) {
      const informer = informers.informer({ path: collectionPath(watch.resource) });
      for (const index of watch.indexes ?? []) informer.index(index);
      this.#informers.set(watch.resource, informer);
    }
    for (const watch of definition.watches) this.#follow(watch);
    this.#sim.keep(`controller ${name}`, {
      save: () =>
        ({
          running: this.#running,
          jobs: copyOfJobs(this.#jobs),
          parked: [...this.#parked],
          memories: [...this.#memories],
        }) as unknown as Plain,
      restore: (state) => {
        const saved = state as unknown as { running: boolean; jobs: [string, Job][]; parked: string[]; memories: [string, Plain][] };
        this.#running = saved.running;
        this.#jobs.clear();
        for (const [key, job] of saved.jobs) this.#jobs.set(key, copyOf(job));
        this.#parked.clear();
        for (const key of saved.parked) this.#parked.add(key);
        this.#memories.clear();
        for (const [key, memory] of saved.memories) this.#memories.set(key, memory);
      },
    });
  }

  /** Keys waiting, for people who look. */
  get backlog(): number {
    return this.#queue.length;
  }

  stop(): void {
    this.#running = false;
    this.#queue.stop();
    this.#jobs.clear();
    this.#parked.clear();
    this.#memories.clear();
  }

  #follow(watch: Watch): void {
    const informer = this.#informers.get(watch.resource)!;
    const notice = watch.keys === undefined ? undefined : (change: Change) => this.#notice(watch, change);
    informer.handle({
      added: notice && ((object) => notice({ type: 'added', object })),
      updated: notice && ((object, old) => notice({ type: 'updated', object, old })),
      deleted: notice && ((object) => notice({ type: 'deleted', object })),
      moved: () => {
        if (this.#parked.size > 0) this.#unpark();
      },
      synced: () => this.#start(),
    });
  }

  #start(): void {
    if (this.#running) return;
    for (const informer of this.#informers.values()) if (!informer.synced) return;
    this.#running = true;
    this.#queue.start();
    if (this.definition.periodic !== undefined) this.#queue.add(this.definition.periodic.key);
  }

  #notice(watch: Watch, change: Change): void {
    this.#view.key = '';
    const delayMs = watch.delayMs?.(change) ?? 0;
    for (const key of watch.keys!(change, this.#view)) this.#queue.addAfter(key, delayMs);
  }

  #work(key: string): void {
    this.#view.key = key;
    this.#view.failures = this.#queue.failures(key);
    this.#apply(key, this.definition.reconcile(key, this.#view), false);
  }

  #apply(key: string, outcome: Outcome, failed: boolean): void {
    const { name, periodic } = this.definition;
    const batches = (outcome.batches ?? []).filter((batch) => batch.length > 0);
    const events = outcome.events ?? [];
    if (batches.length > 0 || events.length > 0 || outcome.error !== undefined) {
      const writes = batches.reduce((sum, batch) => sum + batch.length, 0);
      this.#sim.journal.record(name, 'Reconciled', key, { writes, ...(outcome.error === undefined ? {} : { error: outcome.error }) });
    }
    for (const event of events) this.#report(event, '', '');
    if (outcome.remember === null) this.#memories.delete(key);
    else if (outcome.remember !== undefined) this.#memories.set(key, outcome.remember);
    if (outcome.requeueAfterMs !== undefined) this.#queue.addAfter(key, outcome.requeueAfterMs);
    if (periodic !== undefined && periodic.key === key) this.#queue.addAfter(key, periodic.everyMs);
    const job: Job = {
      batches,
      batch: -1,
      pending: 0,
      refusal: undefined,
      failed: failed || outcome.error !== undefined,
      visible: {},
      gone: [],
      parked: false,
    };
    this.#jobs.set(key, job);
    this.#next(key, job);
  }

  #next(key: string, job: Job): void {
    job.batch++;
    const batch = job.refusal === undefined ? job.batches[job.batch] : undefined;
    if (batch === undefined) {
      this.#settle(key, job);
      return;
    }
    job.pending = batch.length;
    for (let at = 0; at < batch.length; at++) this.#client.send(batch[at]!.request, this.#answered, { key, at });
  }

  #answer({ key, at }: Sent, response: ApiResponse): void {
    const job = this.#jobs.get(key);
    // The controller was stopped and started in between.
    if (job === undefined || job.pending === 0) return;
    const write = job.batches[job.batch]![at]!;
    if (response.status < 300) this.#succeeded(job, write, response);
    else if (!write.accept?.includes(response.status)) {
      const error = (response.body as Status).message ?? `status ${response.status}`;
      job.refusal ??= { write, code: response.status, error };
      if (write.refused !== undefined) this.#report(write.refused, '', error);
    }
    if (--job.pending === 0) this.#next(key, job);
  }

  #succeeded(job: Job, write: Write, response: ApiResponse): void {
    const body = response.body as KubeObject | undefined;
    const version = body?.metadata?.resourceVersion;
    if (write.gone !== undefined) job.gone.push(write);
    else if (version !== undefined && write.collection === undefined && this.#informers.has(write.resource)) {
      job.visible[write.resource] = Math.max(job.visible[write.resource] ?? 0, Number(version));
    }
    if (write.done !== undefined) this.#report(write.done, body?.metadata?.name ?? '', '');
  }

  #report(draft: EventDraft, name: string, error: string): void {
    const message = draft.message.replace('{name}', () => name).replace('{error}', () => error);
    this.#recorder.event(draft.subject, draft.type, draft.reason, message);
  }

  /** All batches are answered: release the key as soon as the caches show what it did. */
  #settle(key: string, job: Job): void {
    if (!this.#isVisible(job)) {
      job.parked = true;
      this.#parked.add(key);
      return;
    }
    job.parked = false;
    this.#parked.delete(key);
    const { afterRefusal } = this.definition;
    if (job.refusal !== undefined && !job.failed && afterRefusal !== undefined) {
      this.#view.key = key;
      this.#view.failures = this.#queue.failures(key);
      this.#apply(key, afterRefusal(key, this.#view, job.refusal), true);
      return;
    }
    this.#jobs.delete(key);
    if (job.refusal !== undefined || job.failed) this.#queue.addRateLimited(key);
    else this.#queue.forget(key);
    this.#queue.done(key);
  }

  #unpark(): void {
    for (const key of this.#parked) this.#settle(key, this.#jobs.get(key)!);
  }

  #isVisible(job: Job): boolean {
    for (const resource in job.visible) if (this.#informers.get(resource)!.version < job.visible[resource]!) return false;
    for (const { resource, gone } of job.gone) {
      const seen = this.#informers.get(resource)?.get(gone!.key)?.metadata;
      if (seen !== undefined && seen.uid === gone!.uid && seen.deletionTimestamp === undefined) return false;
    }
    return true;
  }
}

class RunnerView implements View {
  key = '';
  failures = 0;
  readonly options: ControllerOptions;
  readonly #sim: Sim;
  readonly #informers: ReadonlyMap<string, Informer<any>>;
  readonly #controller: string;
  readonly #memories: ReadonlyMap<string, Plain>;

  constructor(
    sim: Sim,
    informers: ReadonlyMap<string, Informer<any>>,
    options: ControllerOptions,
    controller: string,
    memories: ReadonlyMap<string, Plain>,
  ) {
    this.#sim = sim;
    this.#informers = informers;
    this.options = options;
    this.#controller = controller;
    this.#memories = memories;
  }

  get memory(): Plain | undefined {
    return this.#memories.get(this.key);
  }

  get now(): number {
    return this.#sim.now;
  }

  get wallNow(): number {
    return this.#sim.epoch + this.#sim.now;
  }

  get timestamp(): string {
    return this.#sim.timestamp();
  }

  list<T extends KubeObject>(resource: string): Lister<T> {
    const informer = this.#informers.get(resource);
    if (informer === undefined) throw new Error(`${this.#controller} does not watch ${resource}`);
    return informer;
  }
}

function copyOf(job: Job): Job {
  return { ...job, visible: { ...job.visible }, gone: [...job.gone] };
}

/** Jobs change in place; a keyframe must not. */
function copyOfJobs(jobs: ReadonlyMap<string, Job>): readonly (readonly [string, Job])[] {
  return [...jobs].map(([key, job]) => [key, copyOf(job)]);
}
