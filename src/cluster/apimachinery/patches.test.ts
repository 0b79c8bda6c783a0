import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { applyMergePatch, createMergePatch, createThreeWayJsonMergePatch } from './json-patch.ts';
import { structSchema } from './schema.ts';
import { createThreeWayMergePatch, createTwoWayMergePatch } from './strategic-diff.ts';
import { applyStrategicMergePatch } from './strategic-merge.ts';

const DEPLOYMENT = structSchema('io.k8s.api.apps.v1.Deployment');

const name = fc.constantFrom('a', 'b', 'c', 'd');
const container = fc.record(
  {
    name,
    image: fc.constantFrom('x:1', 'x:2'),
    command: fc.array(fc.constantFrom('sh', '-c'), { minLength: 1, maxLength: 2 }),
    env: fc.uniqueArray(fc.record({ name, value: fc.constantFrom('1', '2') }), { selector: (one) => one.name, minLength: 1, maxLength: 3 }),
    ports: fc.uniqueArray(fc.record({ containerPort: fc.constantFrom(80, 443, 8080) }), {
      selector: (one) => one.containerPort,
      minLength: 1,
      maxLength: 3,
    }),
  },
  { requiredKeys: ['name', 'image'] },
);
const deployment = fc.record(
  {
    metadata: fc.record(
      {
        labels: fc.dictionary(name, fc.constantFrom('1', '2'), { minKeys: 1 }),
        finalizers: fc.uniqueArray(name, { minLength: 1 }),
      },
      { requiredKeys: [] },
    ),
    spec: fc.record(
      {
        replicas: fc.nat(3),
        template: fc.record({
          spec: fc.record({
            containers: fc.uniqueArray(container, { selector: (one) => one.name, minLength: 1, maxLength: 4 }),
          }),
        }),
      },
      { requiredKeys: ['template'] },
    ),
  },
  { requiredKeys: ['metadata', 'spec'] },
);

describe('patches', () => {
  test('the two-way strategic patch of two objects turns the one into the other', () => {
    fc.assert(
      fc.property(deployment, deployment, (before, after) => {
        const patch = createTwoWayMergePatch(before, after, DEPLOYMENT);
        expect(applyStrategicMergePatch(before, patch, DEPLOYMENT)).toEqual(after);
      }),
      { seed: 21, numRuns: 600 },
    );
  });

  test('the patch of equal objects is empty', () => {
    fc.assert(
      fc.property(deployment, (object) => {
        expect(createTwoWayMergePatch(object, structuredClone(object), DEPLOYMENT)).toEqual({});
        expect(createThreeWayMergePatch(object, structuredClone(object), structuredClone(object), DEPLOYMENT)).toEqual({});
      }),
      { seed: 22, numRuns: 200 },
    );
  });

  test('apply takes away what the last file had, and leaves alone what others added', () => {
    const original = { spec: { template: { spec: { containers: [{ name: 'a', image: 'x:1', env: [{ name: 'A', value: '1' }] }] } } } };
    const current = {
      spec: {
        replicas: 3,
        template: {
          spec: {
            containers: [
              { name: 'a', image: 'x:1', env: [{ name: 'A', value: '1' }], imagePullPolicy: 'Always' },
              { name: 'sidecar', image: 's:1' },
            ],
          },
        },
      },
    };
    const modified = { spec: { template: { spec: { containers: [{ name: 'a', image: 'x:2' }] } } } };
    const patch = createThreeWayMergePatch(original, modified, current, DEPLOYMENT);
    expect(patch).toEqual({
      spec: {
        template: { spec: { '$setElementOrder/containers': [{ name: 'a' }], containers: [{ name: 'a', image: 'x:2', env: null }] } },
      },
    });
    expect(applyStrategicMergePatch(current, patch, DEPLOYMENT)).toEqual({
      spec: {
        replicas: 3,
        template: {
          spec: {
            containers: [
              { name: 'a', image: 'x:2', imagePullPolicy: 'Always' },
              { name: 'sidecar', image: 's:1' },
            ],
          },
        },
      },
    });
  });

  test('the JSON merge patch of two objects turns the one into the other, and shares what is equal', () => {
    fc.assert(
      fc.property(deployment, deployment, (before, after) => {
        expect(applyMergePatch(before, createMergePatch(before, after))).toEqual(after);
        expect(applyMergePatch(before, createMergePatch(before, before))).toBe(before);
      }),
      { seed: 23, numRuns: 300 },
    );
  });

  test('the three-way JSON merge patch deletes only what the last file had', () => {
    const patch = createThreeWayJsonMergePatch({ a: 1, b: { c: 1 } }, { b: {} }, { a: 1, b: { c: 1, d: 2 }, e: 3 });
    expect(applyMergePatch({ a: 1, b: { c: 1, d: 2 }, e: 3 }, patch)).toEqual({ b: { d: 2 }, e: 3 });
  });
});
