// Who is connected and who listens, of all namespaces: plain rows that a keyframe can hold.
import type { Plain } from '../../sim/plain.ts';
import type { Core } from './core.ts';
import type { Connection, End, Listener, Route, Tracked } from './namespace.ts';

export class SocketTable {
  readonly #core: Core;
  readonly connections = new Map<number, Connection>();
  readonly ends = new Map<number, End>();
  readonly listeners = new Map<number, Listener>();
  /** Rows of the connections' statechart, reused. */
  #free: number[] = [];
  #nextRow = 1;

  constructor(core: Core) {
    this.#core = core;
  }

  takeRow(): number {
    return this.#free.pop() ?? this.#nextRow++;
  }

  giveRow(row: number): void {
    this.#free.push(row);
  }

  hold(end: End): void {
    this.ends.set(end.id, end);
    this.#core.namespaces.get(end.namespace)?.ends.add(end.id);
  }

  drop(end: End): void {
    this.ends.delete(end.id);
    this.#core.namespaces.get(end.namespace)?.ends.delete(end.id);
  }

  // --- Keyframes

  save(): Plain {
    const connections = [...this.connections.values()].map((connection) => ({
      ...connection,
      route: connection.route === undefined ? null : { ...connection.route, tracked: savedTracks(connection.route) },
      client: copyEnd(connection.client),
      server: connection.server === undefined ? null : copyEnd(connection.server),
    }));
    const listeners = [...this.listeners.values()].map((listener) => ({
      ...listener,
      backlog: [...listener.backlog],
      waiting: [...listener.waiting],
    }));
    return { connections, listeners, free: [...this.#free], nextRow: this.#nextRow } as unknown as Plain;
  }

  #tracks(saved: readonly SavedTrack[]): Tracked[] {
    return saved.flatMap(([node, row, direction]) => {
      const table = this.#core.wires.nodes.get(node)?.conntrack;
      const entry = table?.byRow(row);
      return entry === undefined ? [] : [{ node, table: table!, entry, direction }];
    });
  }

  restore(state: Plain): void {
    const saved = state as unknown as {
      connections: (Connection & { server: End | null })[];
      listeners: Listener[];
      free: number[];
      nextRow: number;
    };
    this.connections.clear();
    this.ends.clear();
    this.listeners.clear();
    for (const each of saved.connections) {
      const client = copyEnd(each.client);
      const server = each.server === null || each.server === undefined ? undefined : copyEnd(each.server);
      const route = (each.route as Route | null) ?? undefined;
      const tracked = route === undefined ? [] : this.#tracks(route.tracked as unknown as readonly SavedTrack[]);
      this.connections.set(each.id, { ...each, client, server, route: route === undefined ? undefined : { ...route, tracked } });
      this.hold(client);
      if (server !== undefined) this.hold(server);
    }
    for (const each of saved.listeners) {
      const listener = { ...each, backlog: [...each.backlog], waiting: [...each.waiting] };
      this.listeners.set(listener.id, listener);
      const { listeners } = this.#core.namespaces.get(listener.namespace)!;
      listeners.set(listener.port, [...(listeners.get(listener.port) ?? []), listener]);
    }
    this.#free = [...saved.free];
    this.#nextRow = saved.nextRow;
  }
}

type SavedTrack = readonly [node: string, row: number, direction: 'original' | 'reply'];

/** Entries that are gone do not come back. */
function savedTracks({ tracked }: Route): SavedTrack[] {
  return tracked
    .filter(({ table, entry }) => table.byRow(entry.row) === entry)
    .map(({ node, entry, direction }) => [node, entry.row, direction] as const);
}

function copyEnd(end: End): End {
  return { ...end, inbox: [...end.inbox], outbox: [...end.outbox], waiting: [...end.waiting] };
}
