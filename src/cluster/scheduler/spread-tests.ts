// Tests for "one of those that spread together", one function per set of selectors, so that nodes can keep their counts by it.
import { selectorMatches } from '../kinds/pod/template.ts';
import type { LabelSelector } from '../kinds/pod/types.ts';
import type { PodTest } from './node-info.ts';

/** Beyond this many all are forgotten and made again when asked for. */
const KEPT = 1024;

export class SpreadTests {
  readonly #tests = new Map<string, PodTest>();
  readonly #numbers = new WeakMap<LabelSelector, number>();
  #last = 0;

  /** The same function for the same selector objects. */
  of(namespace: string, selectors: readonly LabelSelector[]): PodTest {
    let key = namespace;
    for (const selector of selectors) key += `/${this.#numberOf(selector)}`;
    const known = this.#tests.get(key);
    if (known !== undefined) return known;
    const fresh: PodTest = ({ metadata }) =>
      metadata.namespace === namespace &&
      metadata.deletionTimestamp === undefined &&
      selectors.every((selector) => selectorMatches(selector, metadata.labels));
    if (this.#tests.size >= KEPT) this.#tests.clear();
    this.#tests.set(key, fresh);
    return fresh;
  }

  #numberOf(selector: LabelSelector): number {
    const known = this.#numbers.get(selector);
    if (known !== undefined) return known;
    this.#last += 1;
    this.#numbers.set(selector, this.#last);
    return this.#last;
  }
}
