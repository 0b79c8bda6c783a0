// Pods of one kind (those a set of selectors matches), counted per node and per topology domain one pod at a time, so that spreading
// the hundred-thousandth pod costs no more than the first.
import type { Pod } from '../kinds/pod/types.ts';
import type { NodeInfo } from './node-info.ts';

export class SpreadGroup {
  readonly matches: (pod: Pod) => boolean;
  /** Nodes with matching pods. */
  readonly perNode = new Map<NodeInfo, number>();
  /** Topology key → domain → matching pods; made when first asked for. */
  readonly #domains = new Map<string, Map<string, number>>();

  constructor(matches: (pod: Pod) => boolean) {
    this.matches = matches;
  }

  count(info: NodeInfo): number {
    return this.perNode.get(info) ?? 0;
  }

  bump(info: NodeInfo, change: 1 | -1): void {
    const next = (this.perNode.get(info) ?? 0) + change;
    if (next === 0) this.perNode.delete(info);
    else this.perNode.set(info, next);
    for (const [key, counts] of this.#domains) {
      const domain = info.node.metadata.labels?.[key];
      if (domain !== undefined) counts.set(domain, (counts.get(domain) ?? 0) + change);
    }
  }

  /** A node goes, with whatever pods it has. */
  forget(info: NodeInfo): void {
    if (this.perNode.delete(info)) this.#domains.clear();
  }

  /** Labels of nodes changed: domains are counted anew. */
  forgetDomains(): void {
    this.#domains.clear();
  }

  /** Matching pods per domain; domains without any are missing. */
  domains(key: string): ReadonlyMap<string, number> {
    let counts = this.#domains.get(key);
    if (counts === undefined) {
      counts = new Map();
      for (const [info, count] of this.perNode) {
        const domain = info.node.metadata.labels?.[key];
        if (domain !== undefined) counts.set(domain, (counts.get(domain) ?? 0) + count);
      }
      this.#domains.set(key, counts);
    }
    return counts;
  }
}
