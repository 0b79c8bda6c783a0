// Answers the node machine: registration, leases, the node's status.
// Models: kubernetes v1.37 pkg/kubelet/kubelet_node_status.go, component-helpers/apimachinery/lease/controller.go
import { TableRunner } from '../../sim/table-runner.ts';
import type { ApiResponse } from '../apimachinery/rest.ts';
import { oncePerSim } from '../client/once-per-sim.ts';
import type { NodeKubelet } from './kubelet.ts';
import { nodeMachine } from './node.machine.ts';
import { nodeStatus, registeringNode } from './node-object.ts';
import { LEASE_RENEW_MS, NODE_STATUS_REPORT_MS } from './timings.ts';

/** nodeLeaseDurationSeconds. */
const LEASE_SECONDS = 40;

const runnerOf = oncePerSim((sim) => {
  const hearts: NodeHeart[] = [];
  const runner: TableRunner<typeof nodeMachine> = new TableRunner(
    sim,
    nodeMachine,
    {
      actions: {
        register: (row) => hearts[row]!.register(),
        renewLease: (row) => hearts[row]!.renewLease(),
        postStatus: (row) => hearts[row]!.postStatus(),
      },
      delays: {
        registrationRetry: () => 200,
        leaseRenewInterval: () => LEASE_RENEW_MS,
        nodeStatusReportFrequency: () => NODE_STATUS_REPORT_MS,
      },
    },
    { journal: { source: 'kubelet', subject: (row) => `nodes/${hearts[row]!.node.name}` } },
  );
  return { hearts, runner };
});

export class NodeHeart {
  readonly node: NodeKubelet;
  readonly #row: number;
  readonly #runner: TableRunner<typeof nodeMachine>;
  #since = '';
  #leaseMade = false;

  constructor(node: NodeKubelet) {
    this.node = node;
    const { hearts, runner } = runnerOf(node.sim);
    this.#row = hearts.length;
    this.#runner = runner;
    hearts.push(this);
  }

  start(): void {
    if (this.#runner.has(this.#row)) this.#runner.send(this.#row, { type: 'STARTED' });
    else this.#runner.start(this.#row);
  }

  stop(): void {
    if (this.#runner.has(this.#row)) this.#runner.send(this.#row, { type: 'STOPPED' });
  }

  statusChanged(): void {
    this.#runner.send(this.#row, { type: 'STATUS_CHANGED' });
  }

  replied(what: string, response: ApiResponse): void {
    if (what === 'register') {
      const isThere = response.status === 201 || response.status === 409;
      if (isThere) this.#announce();
      this.#runner.send(this.#row, { type: isThere ? 'REGISTERED' : 'REGISTRATION_FAILED' });
    } else if (what === 'lease') {
      this.#leaseMade = response.status < 300 || (this.#leaseMade && response.status !== 404);
    }
  }

  #announce(): void {
    const { recorder, name } = this.node;
    // The kubelet does not know the uid of its node when it starts: it uses the name.
    const subject = { kind: 'Node', name, uid: name, apiVersion: 'v1' };
    const tell = (reason: string, message: string): void => recorder.event(subject, 'Normal', reason, message);
    tell('Starting', 'Starting kubelet.');
    tell('NodeHasSufficientMemory', `Node ${name} status is now: NodeHasSufficientMemory`);
    tell('NodeHasNoDiskPressure', `Node ${name} status is now: NodeHasNoDiskPressure`);
    tell('NodeHasSufficientPID', `Node ${name} status is now: NodeHasSufficientPID`);
    tell('NodeAllocatableEnforced', 'Updated Node Allocatable limit across pods');
    tell('NodeReady', `Node ${name} status is now: NodeReady`);
  }

  #input() {
    const now = this.node.sim.timestamp();
    if (this.#since === '') this.#since = now;
    return { now, since: this.#since, ready: true, images: this.node.puller.images };
  }

  register(): void {
    const { client, fleet, settings, name } = this.node;
    const body = registeringNode(settings, this.#input());
    client.send({ method: 'POST', path: '/api/v1/nodes', body: body as never }, fleet.replied, { node: name, what: 'register' });
  }

  renewLease(): void {
    const { client, fleet, name, sim } = this.node;
    const renewTime = sim.timestamp(sim.now, 'micro');
    const path = '/apis/coordination.k8s.io/v1/namespaces/kube-node-lease/leases';
    const context = { node: name, what: 'lease' };
    if (this.#leaseMade) {
      const headers = { 'content-type': 'application/merge-patch+json' };
      client.send({ method: 'PATCH', path: `${path}/${name}`, headers, body: { spec: { renewTime } } }, fleet.replied, context);
      return;
    }
    const lease = {
      apiVersion: 'coordination.k8s.io/v1',
      kind: 'Lease',
      metadata: { name, namespace: 'kube-node-lease' },
      spec: { holderIdentity: name, leaseDurationSeconds: LEASE_SECONDS, renewTime },
    };
    client.send({ method: 'POST', path, body: lease as never }, fleet.replied, context);
  }

  postStatus(): void {
    const { client, settings, name, fleet } = this.node;
    const headers = { 'content-type': 'application/merge-patch+json' };
    const body = { status: nodeStatus(settings, this.#input()) } as never;
    client.send({ method: 'PATCH', path: `/api/v1/nodes/${name}/status`, headers, body }, fleet.replied, { node: name, what: 'status' });
  }
}
