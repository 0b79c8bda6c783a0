// Tab in the user's terminal, on the cluster of the recordings.
import { expect, test } from 'vitest';
import { recordedWorld } from './presets.ts';

function terminal() {
  const world = recordedWorld();
  world.run('kubectl create deployment web --image=nginx');
  world.run('kubectl create deployment worker --image=nginx');
  world.run('kubectl rollout status deployment web');
  let screen = '';
  const session = world.openSession(120, 24, (text) => (screen += text));
  world.advance(200);
  return (keys: string): string => {
    session.key('\x15');
    world.advance(100);
    screen = '';
    session.key(keys);
    world.advance(1000);
    return screen.replace(/\x1b\[[\d;?]*[A-Za-z]/g, '').replace(/\x07|\r(?!\n)/g, '');
  };
}

test('Tab completes commands, flags, kinds and the names of what is there', () => {
  const type = terminal();
  expect(type('kubectl desc\t')).toBe('kubectl describe ');
  expect(type('kubectl rollout res\t')).toBe('kubectl rollout res\r\nrestart  resume\r\n$ kubectl rollout res');
  expect(type('kubectl rollout resta\t')).toBe('kubectl rollout restart ');
  expect(type('kubectl get dep\t')).toBe('kubectl get deployments.apps ');
  expect(type('kubectl get pods,depl\t')).toBe('kubectl get pods,deployments.apps ');
  expect(type('kubectl get pods --field\t')).toBe('kubectl get pods --field-selector ');
  expect(type('kubectl get deploy we\t')).toBe('kubectl get deploy web ');
  expect(type('kubectl get deploy web wo\t')).toBe('kubectl get deploy web worker ');
  expect(type('kubectl delete deploy/we\t')).toBe('kubectl delete deploy/web ');
  expect(type('kubectl -n kube-sys\t')).toBe('kubectl -n kube-system ');
  expect(type('kubectl get pods --namespace=kube-sys\t')).toBe('kubectl get pods --namespace=kube-system ');
  expect(type('kubectl logs web-\t')).toMatch(/^kubectl logs web-[a-z0-9]+-[a-z0-9]+ $/);
  expect(type('kubectl logs deployments/wor\t')).toBe('kubectl logs deployments/worker ');
  expect(type('kubectl drain minikube-m0\t')).toBe(
    'kubectl drain minikube-m0\r\nminikube-m02  minikube-m03\r\n$ kubectl drain minikube-m0',
  );
  expect(type('kubectl taint node minikube-m02\t')).toBe('kubectl taint node minikube-m02 ');
  expect(type('kubectl scale depl\t')).toBe('kubectl scale deployment ');
  expect(type('kubectl config use-context mini\t')).toBe('kubectl config use-context minikube ');
  expect(type('kubectl get pods -o jsonpath-a\t')).toBe('kubectl get pods -o jsonpath-as-json ');
});

test('Tab offers nothing and says nothing where there is nothing', () => {
  const type = terminal();
  expect(type('kubectl get nonsense x\t')).toBe('kubectl get nonsense x');
  expect(type('kubectl --server=http://localhost:1 get deploy we\t')).toBe('kubectl --server=http://localhost:1 get deploy we');
});
