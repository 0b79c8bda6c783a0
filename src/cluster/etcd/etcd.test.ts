import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { createSim } from '../../sim/sim.ts';
import type { AnyObject } from '../apimachinery/object.ts';
import { createStore, type Selection, type Store, type StoreEvent } from './etcd.ts';

const nodeName = (pod: AnyObject): string => pod['spec'].nodeName;

function store() {
  const sim = createSim({ seed: 1 });
  return { sim, etcd: createStore({ sim, fieldIndexes: { pods: { 'spec.nodeName': nodeName } } }) };
}

interface Write {
  readonly namespace: string;
  readonly name: string;
  readonly app: string;
  readonly node: string;
  readonly delete: boolean;
}

const writes = fc.array(
  fc.record({
    namespace: fc.constantFrom('a', 'a-b', 'b'),
    name: fc.constantFrom('x', 'y', 'z', 'x-1'),
    app: fc.constantFrom('web', 'db'),
    node: fc.constantFrom('', 'n1', 'n2'),
    delete: fc.boolean(),
  }),
  { maxLength: 60 },
);

function apply(etcd: Store, write: Write): void {
  const key = `${write.namespace}/${write.name}`;
  const expected = etcd.modRevision('pods', key);
  if (write.delete && expected === 0) return;
  const metadata = {
    name: write.name,
    namespace: write.namespace,
    uid: key,
    resourceVersion: String(etcd.revision + 1),
    creationTimestamp: '',
    labels: { app: write.app },
    ownerReferences: [{ apiVersion: 'v1', kind: 'X', name: write.app, uid: `owner-${write.app}` }],
  };
  const object = { apiVersion: 'v1', kind: 'Pod', metadata, spec: { nodeName: write.node } } as AnyObject;
  expect(etcd.commit({ resource: 'pods', key, expected, object, delete: write.delete })).toBe(true);
}

const SELECTIONS: readonly Selection[] = [
  {},
  { namespace: 'a' },
  { label: 'app=web' },
  { ownerUid: 'owner-db' },
  { field: { name: 'spec.nodeName', value: 'n1' } },
  { namespace: 'a-b', label: 'app=db', field: { name: 'spec.nodeName', value: 'n2' } },
];

function selected(object: AnyObject, selection: Selection): boolean {
  const { metadata } = object;
  return (
    (selection.namespace === undefined || metadata.namespace === selection.namespace) &&
    (selection.label === undefined || `app=${metadata.labels!['app']}` === selection.label) &&
    (selection.ownerUid === undefined || metadata.ownerReferences![0]!.uid === selection.ownerUid) &&
    (selection.field === undefined || nodeName(object) === selection.field.value)
  );
}

const keyOf = (object: AnyObject) => `${object.metadata.namespace}/${object.metadata.name}`;

describe('etcd', () => {
  test('a write needs the revision it has seen', () => {
    const { etcd } = store();
    const object = { apiVersion: 'v1', kind: 'Pod', metadata: { name: 'x', namespace: 'a' }, spec: {} } as unknown as AnyObject;
    expect(etcd.commit({ resource: 'pods', key: 'a/x', expected: 0, object })).toBe(true);
    expect(etcd.commit({ resource: 'pods', key: 'a/x', expected: 0, object })).toBe(false);
    expect(etcd.commit({ resource: 'pods', key: 'a/x', expected: etcd.revision, object })).toBe(true);
    expect(etcd.revision).toBe(3);
  });

  test('every indexed list is the scan it stands for, in the order of keys', () => {
    fc.assert(
      fc.property(writes, (script) => {
        const { etcd } = store();
        for (const write of script) apply(etcd, write);
        const all = etcd.list('pods');
        expect(all.map(keyOf)).toEqual(all.map(keyOf).sort());
        for (const selection of SELECTIONS) {
          expect(etcd.list('pods', selection)).toEqual(all.filter((object) => selected(object, selection)));
        }
      }),
      { seed: 11, numRuns: 200 },
    );
  });

  test('a list at an older revision is the list that was', () => {
    fc.assert(
      fc.property(writes, (script) => {
        const { etcd } = store();
        const then: { readonly revision: number; readonly lists: readonly (readonly AnyObject[])[] }[] = [];
        for (const write of script) {
          then.push({ revision: etcd.revision, lists: SELECTIONS.map((selection) => etcd.list('pods', selection)) });
          apply(etcd, write);
        }
        for (const { revision, lists } of then) {
          SELECTIONS.forEach((selection, index) => {
            expect(etcd.listAt('pods', revision, selection)).toEqual(lists[index]);
          });
        }
      }),
      { seed: 12, numRuns: 60 },
    );
  });

  test('an indexed watcher hears what an unindexed one would have kept', () => {
    fc.assert(
      fc.property(writes, (script) => {
        const { etcd } = store();
        const all: StoreEvent[] = [];
        const onNode: StoreEvent[] = [];
        const inNamespace: StoreEvent[] = [];
        const one: StoreEvent[] = [];
        etcd.watch({ resource: 'pods', notify: (event) => all.push(event) });
        etcd.watch({ resource: 'pods', field: { name: 'spec.nodeName', value: 'n1' }, notify: (event) => onNode.push(event) });
        etcd.watch({ resource: 'pods', namespace: 'a', notify: (event) => inNamespace.push(event) });
        const stop = etcd.watch({ resource: 'pods', key: 'b/x', notify: (event) => one.push(event) });
        for (const write of script) apply(etcd, write);
        const touches = (event: StoreEvent) => nodeName(event.object) === 'n1' || (event.old !== undefined && nodeName(event.old) === 'n1');
        expect(onNode).toEqual(all.filter(touches));
        expect(inNamespace).toEqual(all.filter((event) => event.object.metadata.namespace === 'a'));
        expect(one).toEqual(all.filter((event) => event.key === 'b/x'));
        expect(etcd.eventsAfter('pods', 1)).toEqual(all);
        stop();
        expect(etcd.watcherCount).toBe(3);
      }),
      { seed: 13, numRuns: 100 },
    );
  });

  test('old events are compacted after five minutes, and lists of then with them', () => {
    const { sim, etcd } = store();
    const write = (name: string) => apply(etcd, { namespace: 'a', name, app: 'web', node: '', delete: false });
    for (let index = 0; index < 200; index++) write(`p${index}`);
    const early = etcd.revision;
    sim.runUntil(6 * 60_000);
    write('late');
    sim.runUntil(12 * 60_000);
    write('later');
    expect(etcd.listAt('pods', early - 50)).toBeUndefined();
    expect(etcd.oldestRevision('pods')).toBeGreaterThan(1);
    expect(etcd.eventsAfter('pods', etcd.oldestRevision('pods')).length).toBeGreaterThanOrEqual(100);
  });

  test('a keyframe brings back objects, revisions and the events to resume from', () => {
    const { sim, etcd } = store();
    const write = (name: string) => apply(etcd, { namespace: 'a', name, app: 'web', node: 'n1', delete: false });
    write('x');
    const frame = sim.save(0);
    const before = { revision: etcd.revision, list: etcd.list('pods', { label: 'app=web' }), events: etcd.eventsAfter('pods', 0) };
    write('y');
    sim.restore(frame);
    expect({ revision: etcd.revision, list: etcd.list('pods', { label: 'app=web' }), events: etcd.eventsAfter('pods', 0) }).toEqual(before);
  });
});
