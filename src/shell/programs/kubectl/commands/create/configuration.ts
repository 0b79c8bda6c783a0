// create namespace, serviceaccount, configmap, secret.
// Models: kubernetes v1.37 staging/src/k8s.io/kubectl/pkg/cmd/create/create_{namespace,serviceaccount,configmap,secret*}.go
import type { Body } from '../../../../../posix/program.ts';
import { defineCommand, type Kubectl } from '../../command.ts';
import { Failure } from '../../errors.ts';
import { bool, strings, text } from '../../flags.ts';
import { readText } from '../../manifests.ts';
import { base64, DATA_FLAGS, dataOf } from './data.ts';
import { defineGenerator, nameArgument } from './generator.ts';

export const createNamespace = defineGenerator({
  name: 'namespace',
  aliases: ['ns'],
  short: 'Create a namespace with the specified name',
  flags: [],
  *object(_k, name) {
    return { apiVersion: 'v1', kind: 'Namespace', metadata: { name }, spec: {}, status: {} };
  },
});

export const createServiceAccount = defineGenerator({
  name: 'serviceaccount',
  aliases: ['sa'],
  short: 'Create a service account with the specified name',
  flags: [],
  failing: 'failed to create serviceaccount: ',
  *object(_k, name) {
    return { apiVersion: 'v1', kind: 'ServiceAccount', metadata: { name } };
  },
});

const HASH_FLAG = bool('append-hash', 'Append a hash of the configmap to its name.');

function sortedMap(map: Record<string, string>): Record<string, string> {
  return Object.fromEntries(
    Object.keys(map)
      .sort()
      .map((key) => [key, map[key]!]),
  );
}

export const createConfigMap = defineGenerator({
  name: 'configmap',
  aliases: ['cm'],
  short: 'Create a config map from a local file, directory or literal value',
  use: 'NAME [--from-file=[key=]source] [--from-literal=key1=value1] [--dry-run=server|client|none]',
  flags: [...DATA_FLAGS, HASH_FLAG],
  failing: 'failed to create configmap: ',
  *object(k, name) {
    const data = yield* dataOf(k, 'ConfigMap');
    return {
      apiVersion: 'v1',
      kind: 'ConfigMap',
      metadata: { name },
      ...(Object.keys(data).length === 0 ? {} : { data: sortedMap(data) }),
    };
  },
});

function secret(name: string, type: string | undefined, data: Record<string, string>): any {
  const encoded = Object.fromEntries(Object.entries(sortedMap(data)).map(([key, value]) => [key, base64(value)]));
  return {
    apiVersion: 'v1',
    kind: 'Secret',
    metadata: { name },
    ...(Object.keys(data).length === 0 ? {} : { data: encoded }),
    ...(type === undefined || type === '' ? {} : { type }),
  };
}

const createGenericSecret = defineGenerator({
  name: 'generic',
  short: 'Create a secret from a local file, directory, or literal value',
  use: 'NAME [--type=string] [--from-file=[key=]source] [--from-literal=key1=value1] [--dry-run=server|client|none]',
  flags: [...DATA_FLAGS, HASH_FLAG, text('type', 'The type of secret to create')],
  failing: 'failed to create secret ',
  *object(k, name) {
    return secret(name, k.flags.text('type'), yield* dataOf(k, 'Secret'));
  },
});

const createTlsSecret = defineGenerator({
  name: 'tls',
  short: 'Create a TLS secret',
  use: 'NAME --cert=path/to/cert/file --key=path/to/key/file [--dry-run=server|client|none]',
  flags: [
    text('cert', 'Path to PEM encoded public key certificate.'),
    text('key', 'Path to private key associated with given certificate.'),
    HASH_FLAG,
  ],
  failing: 'failed to create secret ',
  *object(k, name) {
    if (k.flags.text('key') === '' || k.flags.text('cert') === '') throw new Failure('key and cert must be specified');
    const cert = yield* pemText(k, k.flags.text('cert'));
    const key = yield* pemText(k, k.flags.text('key'));
    if (!cert.includes('-----BEGIN')) throw new Failure('tls: failed to find any PEM data in certificate input');
    if (!key.includes('-----BEGIN')) throw new Failure('tls: failed to find any PEM data in key input');
    return secret(name, 'kubernetes.io/tls', { 'tls.crt': cert, 'tls.key': key });
  },
});

const createRegistrySecret = defineGenerator({
  name: 'docker-registry',
  short: 'Create a secret for use with a Docker registry',
  use: 'NAME --docker-username=user --docker-password=password --docker-email=email [--docker-server=string] [--from-file=[key=]source] [--dry-run=server|client|none]',
  flags: [
    text('docker-email', 'Email for Docker registry'),
    text('docker-password', 'Password for Docker registry authentication'),
    text('docker-server', 'Server location for Docker registry', { value: 'https://index.docker.io/v1/' }),
    text('docker-username', 'Username for Docker registry authentication'),
    strings(
      'from-file',
      'Key files can be specified using their file path, in which case a default name of .dockerconfigjson will be given to them.',
    ),
    HASH_FLAG,
  ],
  failing: 'failed to create secret ',
  *object(k, name) {
    const files = k.flags.list('from-file');
    if (files.length > 0)
      return secret(name, 'kubernetes.io/dockerconfigjson', { '.dockerconfigjson': yield* readText(k, files[0]!.replace(/^[^=]*=/, '')) });
    const username = k.flags.text('docker-username');
    const password = k.flags.text('docker-password');
    const missing = ['docker-username', 'docker-password', 'docker-server'].filter((flag) => k.flags.text(flag) === '');
    if (missing.length > 0)
      throw new Failure(`either --from-file or the combination of --docker-username, --docker-password and --docker-server is required`);
    const email = k.flags.text('docker-email');
    const entry = { username, password, ...(email === '' ? {} : { email }), auth: base64(`${username}:${password}`) };
    return secret(name, 'kubernetes.io/dockerconfigjson', {
      '.dockerconfigjson': JSON.stringify({ auths: { [k.flags.text('docker-server')]: entry } }),
    });
  },
});

export const createSecret = defineCommand({
  name: 'secret',
  short: 'Create a secret using a specified subcommand',
  use: '(docker-registry | generic | tls)',
  subcommands: [createRegistrySecret, createGenericSecret, createTlsSecret],
});

export const createToken = defineCommand({
  name: 'token',
  short: 'Request a service account token',
  use: 'SERVICE_ACCOUNT_NAME',
  flags: [
    strings('audience', 'Audience of the requested token.'),
    text('bound-object-kind', 'Kind of an object to bind the token to.'),
    text('bound-object-name', 'Name of an object to bind the token to.'),
    text('bound-object-uid', 'UID of an object to bind the token to.'),
    { name: 'duration', type: 'duration', value: '0s', usage: 'Requested lifetime of the issued token.' },
    text('output', 'Output format.', { short: 'o' }),
  ],
  *run(k) {
    yield* requestToken(k, nameArgument(k));
  },
});

function* requestToken(k: Kubectl, name: string): Body<void> {
  const { namespace } = yield* k.namespace();
  const client = yield* k.client();
  const kind = k.flags.text('bound-object-kind');
  const seconds = k.flags.duration('duration') / 1000;
  const body = {
    kind: 'TokenRequest',
    apiVersion: 'authentication.k8s.io/v1',
    metadata: {},
    spec: {
      audiences: k.flags.list('audience'),
      ...(seconds > 0 ? { expirationSeconds: seconds } : {}),
      ...(kind === ''
        ? {}
        : { boundObjectRef: { kind, apiVersion: 'v1', name: k.flags.text('bound-object-name'), uid: k.flags.text('bound-object-uid') } }),
    },
  };
  try {
    const answer = yield* client.post(`/api/v1/namespaces/${namespace}/serviceaccounts/${name}/token`, body);
    yield* k.out(`${answer.status.token}\n`);
  } catch (error) {
    if (!(error instanceof Failure)) throw error;
    throw new Failure(`failed to create token: ${error.message}`);
  }
}

function* pemText(k: Kubectl, path: string): Body<string> {
  try {
    return yield* readText(k, path);
  } catch (error) {
    throw error instanceof Failure ? new Failure(`Cannot read file ${path}, ${error.message}`) : error;
  }
}
