// Every command of kubectl, one line each, and the groups in which `kubectl --help` lists them. A new command is a file and a line here.
// Models: kubernetes v1.37 staging/src/k8s.io/kubectl/pkg/cmd/cmd.go
import type { Command } from './command.ts';
import { annotate } from './commands/annotate.ts';
import { apply } from './commands/apply.ts';
import { attach } from './commands/attach.ts';
import { auth } from './commands/auth.ts';
import { autoscale } from './commands/autoscale.ts';
import { cordon, uncordon } from './commands/cordon.ts';
import { cp } from './commands/cp.ts';
import { create } from './commands/create.ts';
import { debug } from './commands/debug.ts';
import { deleteCommand } from './commands/delete.ts';
import { describe } from './commands/describe.ts';
import { diff } from './commands/diff.ts';
import { drain } from './commands/drain.ts';
import { edit } from './commands/edit.ts';
import { events } from './commands/events.ts';
import { exec } from './commands/exec.ts';
import { explain } from './commands/explain.ts';
import { expose } from './commands/expose.ts';
import { get } from './commands/get.ts';
import { label } from './commands/label.ts';
import { logs } from './commands/logs.ts';
import { patch } from './commands/patch.ts';
import { portForward } from './commands/port-forward.ts';
import { replace } from './commands/replace.ts';
import { rollout } from './commands/rollout.ts';
import { run } from './commands/run.ts';
import { scale } from './commands/scale.ts';
import { taint } from './commands/taint.ts';
import { top } from './commands/top.ts';
import { wait } from './commands/wait.ts';

export const COMMANDS: readonly Command[] = [
  annotate,
  apply,
  attach,
  auth,
  autoscale,
  cordon,
  cp,
  create,
  debug,
  deleteCommand,
  describe,
  diff,
  drain,
  edit,
  events,
  exec,
  explain,
  expose,
  get,
  label,
  logs,
  patch,
  portForward,
  replace,
  rollout,
  run,
  scale,
  taint,
  top,
  uncordon,
  wait,
];
export const COMMAND_GROUPS: readonly (readonly [string, readonly string[]])[] = [];
