// kubectl config view, set, unset, set-cluster, set-credentials.
// Models: kubernetes v1.37 staging/src/k8s.io/kubectl/pkg/cmd/config/{view,set,unset,set_cluster,set_credentials}.go
import { printYaml } from '../../../../../cluster/apimachinery/yaml.ts';
import { defineCommand } from '../../command.ts';
import { Failure } from '../../errors.ts';
import { bool, strings, text } from '../../flags.ts';
import { type Entry, type Kubeconfig, kubeconfigDocument, saveKubeconfig } from '../../kubeconfig.ts';
import { objectPrinter, PRINT_FLAGS } from '../../printers/printer.ts';
import { wrongArguments } from './contexts.ts';

const SECRETS: Readonly<Record<string, string>> = { token: 'REDACTED', password: 'REDACTED' };
const DATA = ['certificate-authority-data', 'client-certificate-data', 'client-key-data'];

function redacted(entries: Map<string, Entry>): Map<string, Entry> {
  return new Map(
    [...entries].map(([name, entry]) => {
      const shown: Entry = {};
      for (const key of Object.keys(entry)) shown[key] = DATA.includes(key) ? 'DATA+OMITTED' : (SECRETS[key] ?? entry[key]);
      return [name, shown];
    }),
  );
}

export const viewConfig = defineCommand({
  name: 'view',
  short: 'Display merged kubeconfig settings or a specified kubeconfig file',
  flags: [
    ...PRINT_FLAGS,
    bool('flatten', 'Flatten the resulting kubeconfig file into self-contained output (useful for creating portable kubeconfig files)'),
    text('merge', 'Merge the full hierarchy of kubeconfig files', { value: 'true', bare: 'true' }),
    bool('minify', 'Remove all information not used by current-context from the output'),
    bool('raw', 'Display raw byte data and sensitive data'),
  ],
  *run(k) {
    const config = yield* k.config();
    const shown: Kubeconfig = { ...config };
    if (k.flags.bool('minify')) {
      const name = k.flags.text('context') || config.currentContext;
      const context = config.contexts.get(name);
      if (name === '') throw new Failure('current-context must exist in order to minify');
      if (context === undefined) throw new Failure(`cannot locate context ${name}`);
      const only = (map: Map<string, Entry>, key: string | undefined) => new Map([...map].filter(([one]) => one === key));
      shown.contexts = only(config.contexts, name);
      shown.clusters = only(config.clusters, context['cluster']);
      shown.users = only(config.users, context['user']);
      shown.currentContext = name;
    }
    if (!k.flags.bool('raw')) {
      shown.clusters = redacted(shown.clusters);
      shown.users = redacted(shown.users);
    }
    const printer = yield* objectPrinter(k);
    const document = kubeconfigDocument(shown);
    yield* k.out(printer === undefined ? printYaml(document) : printer.print(document));
  },
});

/** The map and entry a property name begins with. @throws Failure */
function mapOf(config: Kubeconfig, word: string): Map<string, Entry> {
  if (word === 'clusters') return config.clusters;
  if (word === 'contexts') return config.contexts;
  if (word === 'users') return config.users;
  throw new Failure(`unable to parse ${word} after [] at api.Config`);
}

export const setProperty = defineCommand({
  name: 'set',
  short: 'Set an individual value in a kubeconfig file',
  use: 'PROPERTY_NAME PROPERTY_VALUE',
  flags: [bool('set-raw-bytes', 'When writing a []byte PROPERTY_VALUE, write the given string directly without base64 decoding.')],
  *run(k) {
    if (k.args.length !== 2) return yield* wrongArguments(k, `Unexpected args: [${k.args.join(' ')}]`);
    const [property, value] = k.args as [string, string];
    const config = yield* k.config();
    const parts = property.split('.');
    if (property === 'current-context') config.currentContext = value;
    else if (parts[0] === 'preferences') config.preferences = { ...config.preferences, [parts.slice(1).join('.')]: value };
    else {
      const map = mapOf(config, parts[0]!);
      if (parts.length < 3) throw new Failure(`can't set a map to a value: ${property}`);
      const name = parts.slice(1, -1).join('.');
      map.set(name, { ...map.get(name), [parts.at(-1)!]: value === 'true' ? true : value === 'false' ? false : value });
    }
    yield* saveKubeconfig(k.os, config);
    yield* k.out(`Property ${JSON.stringify(property)} set.\n`);
    return 0;
  },
});

export const unsetProperty = defineCommand({
  name: 'unset',
  short: 'Unset an individual value in a kubeconfig file',
  use: 'PROPERTY_NAME',
  *run(k) {
    if (k.args.length !== 1) return yield* wrongArguments(k, `Unexpected args: [${k.args.join(' ')}]`);
    const property = k.args[0]!;
    const config = yield* k.config();
    const parts = property.split('.');
    if (property === 'current-context') config.currentContext = '';
    else {
      const map = mapOf(config, parts[0]!);
      if (parts.length === 1) map.clear();
      else if (!map.delete(parts.slice(1).join('.')) && parts.length > 2) {
        const name = parts.slice(1, -1).join('.');
        const { [parts.at(-1)!]: _gone, ...rest } = map.get(name) ?? {};
        if (map.has(name)) map.set(name, rest);
      }
    }
    yield* saveKubeconfig(k.os, config);
    yield* k.out(`Property ${JSON.stringify(property)} unset.\n`);
    return 0;
  },
});

export const setCluster = defineCommand({
  name: 'set-cluster',
  short: 'Set a cluster entry in kubeconfig',
  use: 'NAME [--server=server] [--certificate-authority=path/to/certificate/authority] [--insecure-skip-tls-verify=true] [--tls-server-name=example.com]',
  flags: [
    text('server', 'server for the cluster entry in kubeconfig', { short: 's' }),
    text('certificate-authority', 'Path to certificate-authority file for the cluster entry in kubeconfig'),
    bool('embed-certs', 'embed-certs for the cluster entry in kubeconfig'),
    text('insecure-skip-tls-verify', 'insecure-skip-tls-verify for the cluster entry in kubeconfig', { bare: 'true' }),
    text('proxy-url', 'proxy-url for the cluster entry in kubeconfig'),
    text('tls-server-name', 'tls-server-name for the cluster entry in kubeconfig'),
  ],
  *run(k) {
    if (k.args.length !== 1) return yield* wrongArguments(k, `Unexpected args: [${k.args.join(' ')}]`);
    const config = yield* k.config();
    const name = k.args[0]!;
    const entry: Entry = { ...config.clusters.get(name) };
    for (const field of ['server', 'certificate-authority', 'proxy-url', 'tls-server-name'])
      if (k.flags.changed(field)) entry[field] = k.flags.text(field);
    if (k.flags.changed('insecure-skip-tls-verify'))
      entry['insecure-skip-tls-verify'] = k.flags.text('insecure-skip-tls-verify') === 'true';
    config.clusters.set(name, entry);
    yield* saveKubeconfig(k.os, config);
    yield* k.out(`Cluster ${JSON.stringify(name)} set.\n`);
    return 0;
  },
});

export const setCredentials = defineCommand({
  name: 'set-credentials',
  short: 'Set a user entry in kubeconfig',
  use: 'NAME [--client-certificate=path/to/certfile] [--client-key=path/to/keyfile] [--token=bearer_token] [--username=basic_user] [--password=basic_password] [--auth-provider=provider_name] [--auth-provider-arg=key=value] [--exec-command=exec_command] [--exec-api-version=exec_api_version] [--exec-arg=arg] [--exec-env=key=value]',
  flags: [
    text('client-certificate', 'Path to client-certificate file for the user entry in kubeconfig'),
    text('client-key', 'Path to client-key file for the user entry in kubeconfig'),
    text('token', 'token for the user entry in kubeconfig'),
    text('username', 'username for the user entry in kubeconfig'),
    text('password', 'password for the user entry in kubeconfig'),
    bool('embed-certs', 'Embed client cert/key for the user entry in kubeconfig'),
    strings('exec-arg', 'New arguments for the exec credential plugin command for the user entry in kubeconfig'),
  ],
  *run(k) {
    if (k.args.length !== 1) return yield* wrongArguments(k, `Unexpected args: [${k.args.join(' ')}]`);
    if (k.flags.changed('token') && (k.flags.changed('username') || k.flags.changed('password')))
      throw new Failure('you cannot specify more than one authentication method at the same time: [--token --username/--password]');
    const config = yield* k.config();
    const name = k.args[0]!;
    const entry: Entry = { ...config.users.get(name) };
    if (k.flags.changed('token')) for (const field of ['username', 'password']) delete entry[field];
    if (k.flags.changed('username') || k.flags.changed('password')) delete entry['token'];
    for (const field of ['client-certificate', 'client-key', 'token', 'username', 'password'])
      if (k.flags.changed(field)) entry[field] = k.flags.text(field);
    config.users.set(name, entry);
    yield* saveKubeconfig(k.os, config);
    yield* k.out(`User ${JSON.stringify(name)} set.\n`);
    return 0;
  },
});
