// minikube status: blocks of text, JSON, a template; the exit code is a bit field.
import type { Body } from '../../../posix/program.ts';
import type { NodeStatus } from './driver.ts';
import type { FlagTable, Flags } from './flags.ts';
import type { Out } from './output.ts';
import { existingProfile, loadKubeconfig, machineName, type Profile, statusOf } from './profiles.ts';

export const statusFlags: FlagTable = {
  'f,format': 'string',
  'l,layout': 'string',
  'n,node': 'string',
  'o,output': 'string',
  'w,watch': 'string',
};

interface Row {
  readonly Name: string;
  readonly Host: string;
  readonly Kubelet: string;
  readonly APIServer: string;
  readonly Kubeconfig: string;
  readonly Worker: boolean;
}

function rowOf(status: NodeStatus, kubeconfig: string): Row {
  const worker = !status.controlPlane;
  const stopped = status.host !== 'Running';
  return {
    Name: status.node,
    Host: status.host,
    Kubelet: stopped ? status.host : status.kubelet,
    APIServer: worker ? 'Irrelevant' : stopped ? status.host : status.apiServer,
    Kubeconfig: worker ? 'Irrelevant' : stopped ? status.host : kubeconfig,
    Worker: worker,
  };
}

function* kubeconfigState(out: Out, profile: Profile): Body<string> {
  const config = yield* loadKubeconfig(out.os);
  const cluster = config.clusters.find((entry) => entry.name === profile.profile)?.['cluster'] as { readonly server?: string } | undefined;
  return cluster?.server === `https://${profile.nodes[0]?.ip}:${profile.apiServerPort}` ? 'Configured' : 'Misconfigured';
}

function exitCode(rows: readonly Row[]): number {
  let code = 0;
  for (const row of rows) {
    if (row.Host !== 'Running') code |= 1;
    if ((row.APIServer !== 'Running' && row.APIServer !== 'Irrelevant') || row.Kubelet !== 'Running') code |= 2;
    if (row.Kubeconfig !== 'Configured' && row.Kubeconfig !== 'Irrelevant') code |= 4;
  }
  return code;
}

function block(row: Row): string {
  if (row.Worker) return `${row.Name}\ntype: Worker\nhost: ${row.Host}\nkubelet: ${row.Kubelet}\n\n`;
  const stale =
    row.Kubeconfig === 'Misconfigured'
      ? '\n\nWARNING: Your kubectl is pointing to stale minikube-vm.\nTo fix the kubectl context, run `minikube update-context`'
      : '';
  return `${row.Name}\ntype: Control Plane\nhost: ${row.Host}\nkubelet: ${row.Kubelet}\napiserver: ${row.APIServer}\nkubeconfig: ${row.Kubeconfig}${stale}\n\n`;
}

export function* status(out: Out, flags: Flags, name: string): Body<number> {
  const output = flags.text('output') ?? 'text';
  if (output !== 'text' && output !== 'json') yield* out.usage(`invalid output format: ${output}. Valid values: 'text', 'json'`);
  if (output === 'json' && flags.has('format')) yield* out.usage('Cannot use both --output and --format options');
  const profile = yield* existingProfile(out, name);
  const kubeconfig = yield* kubeconfigState(out, profile);
  const known = yield* statusOf(out.os, name);
  const target = flags.text('node');
  let rows = profile.nodes.map((node): Row => {
    const machine = machineName(name, node.name);
    const found = known.find((entry) => entry.node === machine || (profile.driver === 'none' && entry.controlPlane));
    return rowOf(
      found ?? {
        node: machine,
        ip: node.ip,
        controlPlane: node.controlPlane,
        host: 'Nonexistent',
        kubelet: 'Nonexistent',
        apiServer: 'Nonexistent',
      },
      kubeconfig,
    );
  });
  if (target !== undefined) {
    rows = rows.filter((row) => row.Name === target || row.Name === machineName(name, target));
    if (rows.length === 0) yield* out.fail({ id: 'GUEST_NODE_RETRIEVE', code: 85, message: `Could not find node ${target}`, box: true });
  }
  if (output === 'json') yield* out.os.write(1, `${JSON.stringify(rows.length === 1 ? rows[0] : rows)}\n`);
  else {
    for (const row of rows) yield* out.os.write(1, yield* render(out, row, flags.text('format')));
  }
  return exitCode(rows);
}

/** A Go template of `{{.Field}}`. */
function* render(out: Out, row: Row, format: string | undefined): Body<string> {
  if (format === undefined) return block(row);
  const fields = row as unknown as Readonly<Record<string, string | boolean>>;
  const bad = [...format.matchAll(/\{\{\s*\.(\w+)\s*\}\}/g)].find((match) => fields[match[1] as string] === undefined);
  if (bad !== undefined) {
    const field = bad[1] as string;
    yield* out.fail({
      id: 'INTERNAL_STATUS_TEXT',
      code: 80,
      message: `status text failure: template: state:1:2: executing "state" at <.${field}>: can't evaluate field ${field} in type *cluster.Status`,
    });
  }
  return format.replace(/\{\{\s*\.(\w+)\s*\}\}/g, (_all, field: string) => String(fields[field])).replace(/\\n/g, '\n');
}
