// Images of one node: which are there, and pulls one after the other (serializeImagePulls) from the registries of `images.ts`.
// Models: kubernetes v1.37 pkg/kubelet/images/{image_manager,puller}.go; texts of containerd's resolver
import type { Handler, Sim } from '../../sim/sim.ts';
import { memoByIdentity } from '../apimachinery/memo.ts';
import type { ImageDefinition } from '../images/image.ts';
import { type ImageReference, parseImage } from '../images/reference.ts';
import { PULL_PER_MIB_MS, PULL_RESOLVE_MS } from './timings.ts';

/** Finds what a registry has under a repository; undefined = no such repository. */
export type Registry = (repository: string) => ImageDefinition | undefined;

export interface PresentImage {
  readonly reference: ImageReference;
  readonly definition: ImageDefinition;
  /** `sha256:…` of its configuration. */
  readonly id: string;
  readonly sizeBytes: number;
  /** Pulled by this node, so that its imageID carries the repository's digest. */
  pulled: boolean;
}

export interface PullResult {
  readonly image?: PresentImage;
  readonly error?: string;
  readonly tookMs: number;
  readonly waitedMs: number;
}

export class Puller {
  readonly #sim: Sim;
  readonly #registry: Registry;
  readonly #present = new Map<string, PresentImage>();
  #busyUntil = 0;

  constructor(sim: Sim, registry: Registry, preloaded: readonly string[]) {
    this.#sim = sim;
    this.#registry = registry;
    for (const name of preloaded) {
      const reference = parseImage(name);
      const definition = reference === undefined ? undefined : this.#offered(reference);
      if (reference !== undefined && definition !== undefined) this.#add(reference, definition, false);
    }
  }

  /** In the order they came. */
  get images(): Iterable<PresentImage> {
    return this.#present.values();
  }

  get(text: string): PresentImage | undefined {
    const reference = parseImage(text);
    return reference === undefined ? undefined : this.#present.get(reference.full);
  }

  /** Starts a pull; `done` runs with `payload` when it is over, `finish(text)` then tells the result. */
  pull<P extends { readonly started: number; readonly from: number }>(
    text: string,
    done: Handler<any>,
    payload: Omit<P, 'started' | 'from'>,
  ): void {
    const reference = parseImage(text)!;
    const definition = this.#offered(reference);
    const here = this.#present.has(reference.full);
    const sizeMiB = definition === undefined || here ? 0 : sizeOf(definition, reference.tag);
    const durationMs = PULL_RESOLVE_MS + this.#sim.random('registry').below(30) + sizeMiB * PULL_PER_MIB_MS;
    const started = this.#sim.now;
    const from = Math.max(started, this.#busyUntil);
    this.#busyUntil = from + durationMs;
    this.#sim.at(this.#busyUntil, done, { ...payload, started, from } as never);
  }

  finish(text: string, started: number, from: number): PullResult {
    const reference = parseImage(text)!;
    const definition = this.#offered(reference);
    const tookMs = Math.round(this.#sim.now - from);
    const waitedMs = Math.round(this.#sim.now - started);
    if (definition === undefined)
      return { error: pullError(reference, this.#registry(reference.repository) !== undefined), tookMs, waitedMs };
    const known = this.#present.get(reference.full);
    if (known !== undefined) known.pulled = true;
    return { image: known ?? this.#add(reference, definition, true), tookMs, waitedMs };
  }

  #add(reference: ImageReference, definition: ImageDefinition, pulled: boolean): PresentImage {
    const sizeBytes = Math.round(sizeOf(definition, reference.tag) * 1_048_576 + digestNumber(reference.full));
    const image: PresentImage = { reference, definition, id: `sha256:${digestOf(reference.full)}`, sizeBytes, pulled };
    this.#present.set(reference.full, image);
    return image;
  }

  #offered(reference: ImageReference): ImageDefinition | undefined {
    const definition = this.#registry(reference.repository);
    if (definition === undefined) return undefined;
    if (reference.tag === '') return definition;
    const { tags } = definition;
    return (typeof tags === 'function' ? tags(reference.tag) : tags.includes(reference.tag)) ? definition : undefined;
  }
}

function sizeOf(definition: ImageDefinition, tag: string): number {
  return typeof definition.sizeMiB === 'function' ? definition.sizeMiB(tag) : definition.sizeMiB;
}

function pullError({ full, repository }: ImageReference, repositoryExists: boolean): string {
  const head = (code: string) =>
    `rpc error: code = ${code} desc = failed to pull and unpack image "${full}": failed to resolve reference "${full}": `;
  if (!repositoryExists && repository.startsWith('docker.io/')) {
    return `${head('Unknown')}pull access denied, repository does not exist or may require authorization: server message: insufficient_scope: authorization failed`;
  }
  return `${head('NotFound')}${full}: not found`;
}

/** imageID of a container's status. */
export function imageIdOf({ pulled, reference, id }: PresentImage): string {
  return pulled ? repositoryDigest(reference) : id;
}

const repositoryDigest = memoByIdentity(
  ({ repository, full }: ImageReference): string => `${repository}@sha256:${digestOf(`manifest ${full}`)}`,
);

/** 64 hexadecimal digits that depend on the text alone. */
export function digestOf(text: string): string {
  let out = '';
  for (let part = 0; part < 8; part++) out += fnv(`${part} ${text}`).toString(16).padStart(8, '0');
  return out;
}

function digestNumber(text: string): number {
  return fnv(text) % 1_000_000;
}

function fnv(text: string): number {
  let hash = 0x811c9dc5;
  for (let at = 0; at < text.length; at++) hash = Math.imul(hash ^ text.charCodeAt(at), 0x01000193);
  hash ^= hash >>> 15;
  hash = Math.imul(hash, 0x2c1b3c6d);
  return (hash ^ (hash >>> 13)) >>> 0;
}
