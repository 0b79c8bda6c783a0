// kubectl auth: a group of commands.
// Models: kubernetes v1.37 staging/src/k8s.io/kubectl/pkg/cmd/auth
import { defineCommand } from '../command.ts';
import { canI } from './auth/can-i.ts';
import { reconcile } from './auth/reconcile.ts';
import { whoami } from './auth/whoami.ts';

export const auth = defineCommand({
  name: 'auth',
  short: 'Inspect authorization',
  long: 'Inspect authorization.',
  subcommands: [canI, reconcile, whoami],
});
