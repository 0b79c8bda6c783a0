// Events: what a component tells people. Repeated ones are counted, many alike become one, too many are dropped.
// Models: kubernetes v1.37 client-go tools/record/{event,events_cache}.go (core/v1), tools/events/event_recorder.go (the scheduler's)
import type { Plain } from '../../sim/plain.ts';
import type { Handler, Sim } from '../../sim/sim.ts';
import type { KubeObject } from '../apimachinery/object.ts';
import type { ApiRequest } from '../apimachinery/rest.ts';
import type { Client, Reply } from './client.ts';
import { Correlator, type Sighting } from './correlator.ts';
import { oncePerSim } from './once-per-sim.ts';

/** Whom an event is about. */
export interface EventSubject {
  readonly apiVersion: string;
  readonly kind: string;
  readonly namespace?: string;
  readonly name: string;
  /** Absent where the real component names an object without having it at hand. */
  readonly uid?: string;
  readonly resourceVersion?: string;
  readonly fieldPath?: string;
}

export type EventType = 'Normal' | 'Warning';

export interface RecorderOptions {
  readonly client: Client;
  /** `deployment-controller`, `kubelet`. */
  readonly component: string;
  /** Node name for kubelet and kube-proxy. */
  readonly host?: string;
}

export interface Recorder {
  event(subject: EventSubject, type: EventType, reason: string, message: string, annotations?: Readonly<Record<string, string>>): void;
}

/** The reference to an object as events carry it. */
export function subjectOf(object: KubeObject, fieldPath?: string): EventSubject {
  const { apiVersion, kind, metadata } = object;
  const { namespace, name, uid, resourceVersion } = metadata;
  return {
    kind,
    ...(namespace === undefined ? {} : { namespace }),
    name,
    uid,
    apiVersion,
    resourceVersion,
    ...(fieldPath === undefined ? {} : { fieldPath }),
  };
}

type Sent = { readonly recorder: string; readonly create: ApiRequest };

/** A patched event may have expired: then it is made anew. */
class Senders {
  /** Nanoseconds in the name of the newest event: names are in the order of their events, also within a millisecond. */
  lastNano = 0n;
  readonly recorders = new Map<string, EventSender>();
  readonly patched: Handler<any>;

  constructor(sim: Sim) {
    sim.keep('recorder names', {
      save: () => String(this.lastNano),
      restore: (state) => {
        this.lastNano = BigInt(state as string);
      },
    });
    this.patched = sim.handler<any>('recorder/patched', (reply: Reply<Sent>) => {
      if (reply.response.status === 404) this.recorders.get(reply.context.recorder)?.client.send(reply.context.create);
    });
  }
}

const sendersOf = oncePerSim((sim) => new Senders(sim));

/** Base of both recorders: names, times, requests. */
abstract class EventSender {
  readonly client: Client;
  protected readonly sim: Sim;
  protected readonly name: string;
  readonly #senders: Senders;

  constructor(client: Client, component: string) {
    this.client = client;
    this.sim = client.sim;
    this.name = `${client.name} ${component}`;
    this.#senders = sendersOf(client.sim);
    if (this.#senders.recorders.has(this.name)) throw new Error(`a recorder is already called ${this.name}`);
    this.#senders.recorders.set(this.name, this);
  }

  /** `<object>.<nanoseconds since 1970 in hexadecimal>`: what makes event names unique. */
  protected eventName(subject: EventSubject): string {
    const ms = BigInt(this.sim.epoch + this.sim.now);
    // Virtual time has whole milliseconds; the rest of the nanoseconds is chance, as it is there.
    const drawn = ms * 1_000_000n + BigInt(this.sim.random('events').below(1_000));
    const nano = drawn > this.#senders.lastNano ? drawn : this.#senders.lastNano + 1_000n;
    this.#senders.lastNano = nano;
    return `${subject.name}.${nano.toString(16)}`;
  }

  protected createRequest(event: KubeObject): ApiRequest {
    return { method: 'POST', path: `/api/v1/namespaces/${event.metadata.namespace}/events`, body: event };
  }

  protected create(event: KubeObject): void {
    this.client.send(this.createRequest(event));
  }

  protected patch(event: KubeObject, change: Plain): void {
    const { namespace, name } = event.metadata;
    const request: ApiRequest = {
      method: 'PATCH',
      path: `/api/v1/namespaces/${namespace}/events/${name}`,
      headers: { 'content-type': 'application/strategic-merge-patch+json' },
      body: change,
    };
    this.client.send(request, this.#senders.patched, { recorder: this.name, create: this.createRequest(event) } as never);
  }
}

/** Cluster-scoped subjects have their events in `default`. */
const namespaceOf = (subject: EventSubject): string => subject.namespace ?? 'default';

/** Events as controllers, kubelet and kube-proxy make them. */
export function createRecorder(options: RecorderOptions): Recorder {
  return new CountingRecorder(options);
}

class CountingRecorder extends EventSender implements Recorder {
  readonly #options: RecorderOptions;
  readonly #correlator: Correlator;

  constructor(options: RecorderOptions) {
    super(options.client, options.component);
    this.#options = options;
    this.#correlator = new Correlator(this.sim);
    this.sim.keep(`recorder ${this.name}`, {
      save: () => this.#correlator.save(),
      restore: (state) => this.#correlator.restore(state),
    });
  }

  event(subject: EventSubject, type: EventType, reason: string, message: string, annotations?: Readonly<Record<string, string>>): void {
    const name = this.eventName(subject);
    const sighting = this.#correlator.see(subject, type, reason, message, name);
    if (sighting === undefined) return;
    const event = this.#object(subject, type, reason, sighting, annotations);
    this.sim.journal.because(this.sim.journal.cause, () => {
      this.sim.journal.record(this.#options.component, 'Reported', `${subject.kind}/${subject.name}`, { type, reason, message });
      if (sighting.count === 1) this.create(event);
      else {
        const lastTimestamp = this.sim.timestamp();
        const change = { count: sighting.count, lastTimestamp, message: sighting.message, metadata: {} };
        this.patch(event, change);
      }
    });
  }

  #object(
    subject: EventSubject,
    type: EventType,
    reason: string,
    sighting: Sighting,
    annotations: Readonly<Record<string, string>> | undefined,
  ): KubeObject {
    const { component, host } = this.#options;
    const event = {
      apiVersion: 'v1',
      kind: 'Event',
      metadata: {
        name: sighting.name,
        namespace: namespaceOf(subject),
        ...(annotations === undefined ? {} : { annotations }),
      },
      involvedObject: subject,
      reason,
      message: sighting.message,
      source: host === undefined ? { component } : { component, host },
      firstTimestamp: this.sim.timestamp(sighting.firstAt),
      lastTimestamp: this.sim.timestamp(),
      count: sighting.count,
      type,
      eventTime: null,
      reportingComponent: component,
      reportingInstance: host ?? '',
    };
    return event as unknown as KubeObject;
  }
}

export interface SeriesRecorderOptions {
  readonly client: Client;
  /** `default-scheduler`. */
  readonly component: string;
  /** `default-scheduler-minikube`. */
  readonly instance: string;
}

export interface SeriesRecorder {
  event(regarding: EventSubject, related: EventSubject | undefined, type: EventType, reason: string, action: string, note: string): void;
}

/** Events of events.k8s.io: the same about the same version of an object becomes a series. The scheduler speaks this. */
export function createSeriesRecorder(options: SeriesRecorderOptions): SeriesRecorder {
  return new ScheduledSeries(options);
}

/** A series that was not seen for this long is over. */
const SERIES_MS = 6 * 60_000;
const SERIES_KEPT = 4096;

interface Series {
  readonly event: KubeObject;
  readonly count: number;
  readonly seenAt: number;
}

class ScheduledSeries extends EventSender implements SeriesRecorder {
  readonly #options: SeriesRecorderOptions;
  readonly #series = new Map<string, Series>();

  constructor(options: SeriesRecorderOptions) {
    super(options.client, options.component);
    this.#options = options;
    this.sim.keep(`recorder ${this.name}`, {
      save: () => [...this.#series] as unknown as Plain,
      restore: (state) => {
        this.#series.clear();
        for (const [key, series] of state as unknown as [string, Series][]) this.#series.set(key, series);
      },
    });
  }

  event(regarding: EventSubject, related: EventSubject | undefined, type: EventType, reason: string, action: string, note: string): void {
    const { journal, now } = this.sim;
    const key = `${type} ${reason} ${action} ${regarding.kind} ${regarding.namespace}/${regarding.name} ${regarding.uid} ${regarding.resourceVersion} ${related?.uid ?? ''}`;
    const known = this.#series.get(key);
    if (known !== undefined && now - known.seenAt < SERIES_MS) {
      // Simplified: a running series is told to the server once; the refresh every 30 minutes is left out.
      this.#series.set(key, { ...known, count: known.count + 1, seenAt: now });
      if (known.count > 1) return;
      const series = { count: known.count + 1, lastObservedTime: this.sim.timestamp(now, 'micro') };
      this.patch({ ...known.event, series } as KubeObject, { series });
      return;
    }
    const event = this.#object(regarding, related, type, reason, action, note);
    if (this.#series.size >= SERIES_KEPT) this.#series.delete(this.#series.keys().next().value!);
    this.#series.set(key, { event, count: 1, seenAt: now });
    journal.because(journal.cause, () => {
      journal.record(this.#options.component, 'Reported', `${regarding.kind}/${regarding.name}`, { type, reason, message: note });
      this.create(event);
    });
  }

  #object(
    regarding: EventSubject,
    related: EventSubject | undefined,
    type: EventType,
    reason: string,
    action: string,
    note: string,
  ): KubeObject {
    const event = {
      apiVersion: 'v1',
      kind: 'Event',
      metadata: { name: this.eventName(regarding), namespace: namespaceOf(regarding) },
      involvedObject: regarding,
      ...(related === undefined ? {} : { related }),
      reason,
      message: note,
      source: {},
      firstTimestamp: null,
      lastTimestamp: null,
      type,
      eventTime: this.sim.timestamp(this.sim.now, 'micro'),
      action,
      reportingComponent: this.#options.component,
      reportingInstance: this.#options.instance,
    };
    return event as unknown as KubeObject;
  }
}
