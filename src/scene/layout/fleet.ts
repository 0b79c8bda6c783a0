// Where every node of a cluster stands. In fleet pixels (a node is 10 × 12 plus a gap of 1); the world is 36 times as large, so that a
// node's cell becomes a tank with its gate and its stretch of wire. Measures: visual language, "Five distances".
import type { Census } from './census.ts';

export const fleetScale = 36;
export const cell = { w: 11, h: 13 } as const;
const rack = { columns: 4, rows: 10, gap: 4 } as const;
const zoneGap = 30;
/** From here on nodes stand in racks. */
const rackFrom = 81;

export interface FleetPlan {
  /** Left upper corner of each node's cell. */
  readonly x: Float32Array;
  readonly y: Float32Array;
  readonly width: number;
  readonly height: number;
  readonly zones: readonly { readonly name: string; readonly x: number; readonly w: number; readonly nodes: number }[];
  readonly inRacks: boolean;
}

/** `aspect` = width ÷ height of the stage. */
export function planFleet(census: Pick<Census, 'nodes' | 'zones' | 'zone'>, aspect: number): FleetPlan {
  const count = census.nodes.length;
  const plan = { x: new Float32Array(count), y: new Float32Array(count) };
  return count < rackFrom ? planGrid(census, aspect, plan) : planRacks(census, aspect, plan);
}

type Corners = Pick<FleetPlan, 'x' | 'y'>;

function planGrid(census: Pick<Census, 'nodes' | 'zones'>, aspect: number, corners: Corners): FleetPlan {
  const count = census.nodes.length;
  const columns = Math.max(1, Math.min(count, Math.ceil(Math.sqrt((count * aspect * cell.h) / cell.w) - 0.01)));
  for (let i = 0; i < count; i++) {
    corners.x[i] = (i % columns) * cell.w;
    corners.y[i] = Math.floor(i / columns) * cell.h;
  }
  const width = columns * cell.w - 1;
  return {
    ...corners,
    width,
    height: Math.ceil(count / columns) * cell.h - 1,
    zones: [{ name: '', x: 0, w: width, nodes: count }],
    inRacks: false,
  };
}

function planRacks(census: Pick<Census, 'nodes' | 'zones' | 'zone'>, aspect: number, corners: Corners): FleetPlan {
  const perRack = rack.columns * rack.rows;
  const rackW = rack.columns * cell.w + rack.gap;
  const rackH = rack.rows * cell.h + rack.gap - 1;
  const perZone = new Array<number>(census.zones.length).fill(0);
  for (const zone of census.zone) perZone[zone]!++;
  const racks = perZone.map((nodes) => Math.max(1, Math.ceil(nodes / perRack)));
  const most = Math.max(...racks);
  const ideal = Math.sqrt((most * rackH * aspect) / (rackW * census.zones.length));
  const across = Math.max(1, Math.min(most, Math.round(ideal)));
  const zoneW = across * rackW - rack.gap;
  const seen = new Array<number>(census.zones.length).fill(0);
  for (let i = 0; i < census.nodes.length; i++) {
    const zone = census.zone[i]!;
    const n = seen[zone]!++;
    const r = Math.floor(n / perRack);
    corners.x[i] = zone * (zoneW + zoneGap) + (r % across) * rackW + (n % rack.columns) * cell.w;
    corners.y[i] = Math.floor(r / across) * rackH + Math.floor((n % perRack) / rack.columns) * cell.h;
  }
  return {
    ...corners,
    width: census.zones.length * (zoneW + zoneGap) - zoneGap,
    height: Math.ceil(most / across) * rackH - rack.gap,
    zones: census.zones.map((name, i) => ({ name, x: i * (zoneW + zoneGap), w: zoneW, nodes: perZone[i]! })),
    inRacks: true,
  };
}

/** How a node's pods fill its 10 × 12 pixels: `columns × rows` texels of `w × h`. */
export function planTexels(mostPods: number): { readonly columns: number; readonly rows: number; readonly w: number; readonly h: number } {
  if (mostPods <= 30) return { columns: 5, rows: 6, w: 2, h: 2 };
  if (mostPods <= 60) return { columns: 5, rows: 12, w: 2, h: 1 };
  return { columns: 10, rows: 12, w: 1, h: 1 };
}
