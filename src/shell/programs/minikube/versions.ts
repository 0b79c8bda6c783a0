// Which Kubernetes version a cluster gets, and what minikube says about odd wishes.
// Models: kubernetes/minikube v1.38.1 cmd/minikube/cmd/start.go (validateKubernetesVersion). The newest is ours, v1.37.2.
import type { Body } from '../../../posix/program.ts';
import type { Flags } from './flags.ts';
import type { Out } from './output.ts';
import { DEFAULT_KUBERNETES, loadSettings, type Profile } from './profiles.ts';

const OLDEST = 'v1.28.0';

/** Newest patch of each minor version that minikube knows. */
const patches: Readonly<Record<string, string>> = {
  '1.28': '1.28.15',
  '1.29': '1.29.15',
  '1.30': '1.30.14',
  '1.31': '1.31.14',
  '1.32': '1.32.12',
  '1.33': '1.33.8',
  '1.34': '1.34.4',
  '1.35': '1.35.1',
  '1.36': '1.36.2',
  '1.37': '1.37.2',
};

function numbers(version: string): readonly number[] {
  return version.replace(/^v/, '').split(/[.-]/).slice(0, 3).map(Number);
}

function compare(a: string, b: string): number {
  const [left, right] = [numbers(a), numbers(b)];
  for (let index = 0; index < 3; index++) {
    const order = (left[index] ?? 0) - (right[index] ?? 0);
    if (order !== 0) return order;
  }
  return 0;
}

/** With `v`. */
export function* chooseVersion(out: Out, flags: Flags, existing: Profile | undefined): Body<string> {
  const wanted =
    flags.text('kubernetes-version') ?? (existing === undefined ? (yield* loadSettings(out.os))['kubernetes-version'] : undefined);
  if (wanted === undefined || wanted === '') return yield* existing === undefined ? only(DEFAULT_KUBERNETES) : keep(out, existing);
  if (/^(?:stable|latest|newest|default)$/.test(wanted)) return DEFAULT_KUBERNETES;
  let version = wanted.replace(/^v/, '');
  if (/^\d+\.\d+$/.test(version)) {
    version = patches[version] ?? `${version}.0`;
    yield* out.step('workaround', `Using Kubernetes ${version} since patch version was unspecified`);
  }
  if (!/^\d+\.\d+\.\d+(?:-[\w.]+)?$/.test(version)) yield* out.usage(`Unable to parse "${wanted}": Malformed version: ${wanted}`);
  yield* check(out, flags, version);
  if (existing !== undefined && compare(version, existing.kubernetesVersion) < 0) yield* downgrade(out, existing, version);
  return `v${version}`;
}

function* only(version: string): Body<string> {
  return version;
}

function* keep(out: Out, existing: Profile): Body<string> {
  if (compare(existing.kubernetesVersion, DEFAULT_KUBERNETES) < 0) {
    const newer = DEFAULT_KUBERNETES.slice(1);
    yield* out.step(
      'newVersion',
      `Kubernetes ${newer} is now available. If you would like to upgrade, specify: --kubernetes-version=${DEFAULT_KUBERNETES}`,
    );
  }
  return existing.kubernetesVersion;
}

function* check(out: Out, flags: Flags, version: string): Body<void> {
  if (compare(version, DEFAULT_KUBERNETES) > 0) {
    yield* out.error(
      'warning',
      `Specified Kubernetes version ${version} is newer than the newest supported version: ${DEFAULT_KUBERNETES}. Use \`minikube config defaults kubernetes-version\` for details.`,
    );
    yield* out.error('warning', `Specified Kubernetes version ${version} not found in Kubernetes version list`);
    yield* out.error('empty', 'Searching the internet for Kubernetes version...');
    yield* out.fail({
      id: 'K8S_NEW_UNSUPPORTED',
      code: 106,
      message: `Kubernetes ${version} is not supported by this release of minikube`,
    });
  }
  if (compare(version, OLDEST) >= 0) return;
  yield* out.error(
    'warning',
    `Specified Kubernetes version ${version} is less than the oldest supported version: ${OLDEST}. Use \`minikube config defaults kubernetes-version\` for details.`,
  );
  if (flags.bool('force', false)) return;
  yield* out.error('warning', 'You can force an unsupported Kubernetes version via the --force flag');
  yield* out.fail({ id: 'K8S_OLD_UNSUPPORTED', code: 106, message: `Kubernetes ${version} is not supported by this release of minikube` });
}

function* downgrade(out: Out, existing: Profile, version: string): Body<never> {
  const { profile, kubernetesVersion: old } = existing;
  const option = profile === 'minikube' ? '' : ` -p ${profile}`;
  return yield* out.fail({
    id: 'K8S_DOWNGRADE_UNSUPPORTED',
    code: 106,
    style: 'seeNoEvil',
    message: `Unable to safely downgrade existing Kubernetes ${old} cluster to v${version}`,
    advice: `1) Recreate the cluster with Kubernetes ${version}, by running:\n\nminikube delete${option}\nminikube start${option} --kubernetes-version=v${version}\n\n2) Create a second cluster with Kubernetes ${version}, by running:\n\nminikube start -p ${profile}2 --kubernetes-version=v${version}\n\n3) Use the existing cluster at version Kubernetes ${old.slice(1)}, by running:\n\nminikube start${option} --kubernetes-version=${old}`,
  });
}
