// kubectl completion and plugin.
// Models: kubernetes v1.37 staging/src/k8s.io/kubectl/pkg/cmd/{completion,plugin}
import { defineCommand } from '../command.ts';
import { Failure } from '../errors.ts';
import { bool } from '../flags.ts';

export const completion = defineCommand({
  name: 'completion',
  short: 'Output shell completion code for the specified shell (bash, zsh, fish, or powershell)',
  use: 'SHELL',
  *run(k) {
    const shell = k.args[0];
    if (shell === undefined) throw k.usage('Shell not specified.');
    if (k.args.length > 1) throw k.usage('Too many arguments. Expected only the shell type.');
    if (!['bash', 'zsh', 'fish', 'powershell'].includes(shell)) throw k.usage(`Unsupported shell type ${JSON.stringify(shell)}.`);
    // Simplified: the shell of this world completes kubectl by itself; there is no script to source.
    yield* k.out(`# kubectl completion for ${shell}: built into this shell\n`);
  },
});

const list = defineCommand({
  name: 'list',
  short: "List all visible plugin executables on a user's PATH",
  flags: [bool('name-only', 'If true, display only the binary name of each plugin, rather than its full path')],
  *run() {
    throw new Failure('unable to find any kubectl plugins in your PATH');
  },
});

export const plugin = defineCommand({ name: 'plugin', short: 'Provides utilities for interacting with plugins', subcommands: [list] });

export const alpha = defineCommand({
  name: 'alpha',
  short: 'Commands for features in alpha',
  *run(k) {
    yield* k.err('No alpha commands are available in this version of kubectl\n');
  },
});
