// What a kubectl command is, and what it is given when it runs.
// Models: github.com/spf13/cobra commands as kubernetes v1.37 staging/src/k8s.io/kubectl/pkg/cmd builds them
import type { Body, Os } from '../../../posix/program.ts';
import { Client } from './client.ts';
import { Discovery } from './discovery.ts';
import { usageFailure, type Failure } from './errors.ts';
import type { Flags, FlagSpec } from './flags.ts';
import { loadKubeconfig, resolveTarget, type Kubeconfig, type Target } from './kubeconfig.ts';

export interface Command {
  readonly name: string;
  readonly aliases?: readonly string[];
  /** Words a user may type instead; only for `Did you mean this?`. */
  readonly suggestFor?: readonly string[];
  /** Usage line after the command's path, as in `(POD | TYPE/NAME) [-c CONTAINER]`. */
  readonly use?: string;
  readonly short: string;
  readonly long?: string;
  readonly examples?: string;
  readonly flags?: readonly FlagSpec[];
  readonly subcommands?: readonly Command[];
  /** A command whose flags end at its first argument. */
  readonly stopAtFirst?: boolean;
  /** Nothing returned = 0. Absent: the command only groups others. */
  // biome-ignore lint/suspicious/noConfusingVoidType: most commands end without a code
  run?(k: Kubectl): Body<number | void>;
}

export const defineCommand = (command: Command): Command => command;

/** One run of one command. */
export class Kubectl {
  readonly os: Os;
  /** Words from `kubectl` to the command, as in `kubectl rollout undo`. */
  readonly path: string;
  readonly command: Command;
  readonly flags: Flags;
  readonly args: readonly string[];
  readonly dash: number;
  #config: Kubeconfig | undefined;
  #target: Target | undefined;
  #client: Client | undefined;
  #discovery: Discovery | undefined;
  /** Warnings of the server already shown. */
  readonly shownWarnings = new Set<string>();

  constructor(os: Os, path: string, command: Command, flags: Flags, args: readonly string[], dash: number) {
    this.os = os;
    this.path = path;
    this.command = command;
    this.flags = flags;
    this.args = args;
    this.dash = dash;
  }

  /** The same session with other arguments and flags: commands built of commands. */
  with(command: Command, flags: Flags, args: readonly string[]): Kubectl {
    const other = new Kubectl(this.os, this.path, command, flags, args, -1);
    other.#config = this.#config;
    other.#target = this.#target;
    other.#client = this.#client;
    other.#discovery = this.#discovery;
    return other;
  }

  *out(text: string): Body<void> {
    if (text !== '') yield* this.os.write(1, text);
  }

  *err(text: string): Body<void> {
    if (text !== '') yield* this.os.write(2, text);
  }

  usage(message: string): Failure {
    return usageFailure(this.path, message);
  }

  *config(): Body<Kubeconfig> {
    this.#config ??= yield* loadKubeconfig(this.os, this.flags);
    return this.#config;
  }

  *target(): Body<Target> {
    if (this.#target === undefined)
      this.#target = resolveTarget(yield* this.config(), this.flags, new Set((this.command.flags ?? []).map((flag) => flag.name)));
    return this.#target;
  }

  *client(): Body<Client> {
    if (this.#client === undefined) {
      const target = yield* this.target();
      this.#client = new Client(this.os, target, this.flags, this.path, this.shownWarnings);
    }
    return this.#client;
  }

  *discovery(): Body<Discovery> {
    this.#discovery ??= new Discovery(this.os, yield* this.client());
    return this.#discovery;
  }

  /** The namespace of `-n` or of the context, and whether `-n` was given. */
  *namespace(): Body<{ readonly namespace: string; readonly explicit: boolean }> {
    const target = yield* this.target();
    return { namespace: target.namespace, explicit: target.explicitNamespace };
  }
}
