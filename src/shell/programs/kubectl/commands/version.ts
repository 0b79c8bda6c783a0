// kubectl version and options.
// Models: kubernetes v1.37 staging/src/k8s.io/kubectl/pkg/cmd/version
import { printYaml } from '../../../../cluster/apimachinery/yaml.ts';
import { defineCommand } from '../command.ts';
import { Failure } from '../errors.ts';
import { bool, text } from '../flags.ts';
import { optionsText } from '../help.ts';

const CLIENT = {
  major: '1',
  minor: '37',
  gitVersion: 'v1.37.2',
  gitCommit: '0000000000000000000000000000000000000000',
  gitTreeState: 'clean',
  buildDate: '2026-10-01T00:00:00Z',
  goVersion: 'go1.26.8',
  compiler: 'gc',
  platform: 'linux/amd64',
};
const KUSTOMIZE = 'v5.8.1';

export const version = defineCommand({
  name: 'version',
  short: 'Print the client and server version information',
  flags: [
    bool('client', 'If true, shows client version only (no server required).'),
    text('output', "One of 'yaml' or 'json'.", { short: 'o' }),
  ],
  *run(k) {
    const output = k.flags.text('output');
    if (k.args.length > 0) throw new Failure(`extra arguments: [${k.args.join(' ')}]`);
    if (!['', 'yaml', 'json'].includes(output)) throw new Failure("--output must be 'yaml' or 'json'");
    let server: any;
    let failure: unknown;
    if (!k.flags.bool('client')) {
      try {
        server = yield* (yield* k.client()).get('/version');
      } catch (error) {
        if (!(error instanceof Failure)) throw error;
        failure = error;
      }
    }
    const whole = { clientVersion: CLIENT, kustomizeVersion: KUSTOMIZE, ...(server === undefined ? {} : { serverVersion: server }) };
    if (output === 'yaml') yield* k.out(printYaml(whole));
    else if (output === 'json') yield* k.out(`${JSON.stringify(whole, null, 2)}\n`);
    else {
      yield* k.out(`Client Version: ${CLIENT.gitVersion}\nKustomize Version: ${KUSTOMIZE}\n`);
      if (server !== undefined) yield* k.out(`Server Version: ${server.gitVersion}\n`);
    }
    if (failure !== undefined) throw failure;
    const minor = Number.parseInt(server?.minor ?? '37', 10);
    if (Math.abs(minor - 37) > 1) {
      yield* k.err(
        `Warning: version difference between client (1.37) and server (${server.major}.${minor}) exceeds the supported minor version skew of +/-1\n`,
      );
    }
  },
});

export const options = defineCommand({
  name: 'options',
  short: 'Print the list of flags inherited by all commands',
  *run(k) {
    yield* k.out(`${optionsText()}`);
  },
});
