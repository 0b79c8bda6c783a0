// A large cluster as columns: every node owns the same number of rows, a pod one of its node's rows. Small changes travel as changes, a
// new shape as the whole fleet. Buffers are fresh for every message, because they are handed over.
import { type FleetChangeRecord, type FleetRecord, type Mark, marks } from '../feed/records.ts';

const numbers = new Map(marks.map((mark, i) => [mark, i]));

export interface FleetNode {
  readonly name: string;
  readonly zone: string;
  /** 0 to 1. */
  readonly cpu: number;
  /** 0 ready, 1 not ready, 2 unreachable, 3 cordoned. */
  readonly state: number;
}

export class Columns {
  readonly #nodes = new Map<string, FleetNode>();
  /** Row of each pod, and its node. */
  readonly #rows = new Map<string, { node: string; mark: number; row: number }>();
  readonly #free = new Map<string, number[]>();
  #order: string[] = [];
  #index = new Map<string, number>();
  #capacity = 30;
  #mark = new Uint8Array(0);
  #reshape = true;
  readonly #dirtyRows = new Set<number>();
  readonly #dirtyNodes = new Set<string>();
  #unscheduled = 0;

  setNode(node: FleetNode): void {
    const known = this.#nodes.get(node.name);
    if (!known || known.zone !== node.zone) this.#reshape = true;
    this.#nodes.set(node.name, node);
    this.#dirtyNodes.add(node.name);
  }

  removeNode(name: string): void {
    if (this.#nodes.delete(name)) this.#reshape = true;
  }

  /** `node` undefined = nobody has taken it. */
  setPod(key: string, node: string | undefined, mark: Mark): void {
    const number = numbers.get(mark)!;
    const known = this.#rows.get(key);
    if (known && known.node === (node ?? '')) {
      if (known.mark === number) return;
      known.mark = number;
      this.#write(known.row, number);
      return;
    }
    if (known) this.removePod(key);
    const row = node === undefined ? -1 : this.#take(node);
    this.#rows.set(key, { node: node ?? '', mark: number, row });
    if (node === undefined) this.#unscheduled++;
    else this.#write(row, number);
  }

  removePod(key: string): void {
    const known = this.#rows.get(key);
    if (!known) return;
    this.#rows.delete(key);
    if (known.node === '') this.#unscheduled--;
    else if (known.row >= 0) {
      this.#free.get(known.node)?.push(known.row);
      this.#write(known.row, 0);
    }
  }

  #write(row: number, mark: number): void {
    if (row < 0 || this.#reshape) return;
    this.#mark[row] = mark;
    this.#dirtyRows.add(row);
  }

  #take(node: string): number {
    const row = this.#free.get(node)?.pop();
    if (row === undefined) this.#reshape = true;
    return row ?? -1;
  }

  /** What the page must hear since last time; undefined = nothing. */
  drain(): FleetRecord | FleetChangeRecord | undefined {
    if (this.#reshape) return this.#whole();
    if (this.#dirtyRows.size === 0 && this.#dirtyNodes.size === 0) return undefined;
    const rows = Uint32Array.from(this.#dirtyRows);
    const nodes = [...this.#dirtyNodes].filter((name) => this.#index.has(name));
    const change: FleetChangeRecord = {
      kind: 'fleetChange',
      rows,
      mark: Uint8Array.from(rows, (row) => this.#mark[row]!),
      nodes: Uint32Array.from(nodes, (name) => this.#index.get(name)!),
      cpu: Uint8Array.from(nodes, (name) => Math.round(255 * this.#nodes.get(name)!.cpu)),
      state: Uint8Array.from(nodes, (name) => this.#nodes.get(name)!.state),
      unscheduled: this.#unscheduled,
    };
    this.#dirtyRows.clear();
    this.#dirtyNodes.clear();
    return change;
  }

  #whole(): FleetRecord {
    const perNode = new Map<string, [string, number][]>();
    for (const [key, { node, mark }] of this.#rows) {
      if (node === '') continue;
      const its = perNode.get(node);
      if (its) its.push([key, mark]);
      else perNode.set(node, [[key, mark]]);
    }
    let most = 0;
    for (const its of perNode.values()) most = Math.max(most, its.length);
    this.#capacity = [30, 60, 120, 250, 500].find((size) => size >= most) ?? most;
    const zones = [...new Set([...this.#nodes.values()].map((node) => node.zone))].sort();
    this.#order = [...this.#nodes.keys()].sort((a, b) => compare(this.#nodes.get(a)!, this.#nodes.get(b)!));
    this.#index = new Map(this.#order.map((name, i) => [name, i]));
    this.#mark = new Uint8Array(this.#order.length * this.#capacity);
    this.#free.clear();
    this.#order.forEach((name, i) => {
      const its = perNode.get(name) ?? [];
      const first = i * this.#capacity;
      its.forEach(([key, mark], n) => {
        this.#rows.get(key)!.row = first + n;
        this.#mark[first + n] = mark;
      });
      this.#free.set(
        name,
        Array.from({ length: this.#capacity - its.length }, (_, n) => first + this.#capacity - 1 - n),
      );
    });
    this.#reshape = false;
    this.#dirtyRows.clear();
    this.#dirtyNodes.clear();
    const nodes = this.#order.map((name) => this.#nodes.get(name)!);
    return {
      kind: 'fleet',
      nodes: this.#order.slice(),
      zones,
      zone: Uint8Array.from(nodes, (node) => zones.indexOf(node.zone)),
      start: Uint32Array.from({ length: nodes.length + 1 }, (_, i) => i * this.#capacity),
      cpu: Uint8Array.from(nodes, (node) => Math.round(255 * node.cpu)),
      state: Uint8Array.from(nodes, (node) => node.state),
      mark: this.#mark.slice(),
      unscheduled: this.#unscheduled,
    };
  }
}

function compare(a: FleetNode, b: FleetNode): number {
  if (a.zone !== b.zone) return a.zone < b.zone ? -1 : 1;
  return a.name.length - b.name.length || (a.name < b.name ? -1 : a.name > b.name ? 1 : 0);
}
