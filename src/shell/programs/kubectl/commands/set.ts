// kubectl set: a group of commands that change one thing of an object.
// Models: kubernetes v1.37 staging/src/k8s.io/kubectl/pkg/cmd/set
import { defineCommand } from '../command.ts';
import { setEnv } from './set/env.ts';
import { setImage } from './set/image.ts';
import { setResources } from './set/resources.ts';
import { setSelector, setServiceAccount, setSubject } from './set/references.ts';

export const set = defineCommand({
  name: 'set',
  short: 'Set specific features on objects',
  use: 'SUBCOMMAND',
  long: 'Configure application resources.\n\n These commands help you make changes to existing application resources.',
  subcommands: [setEnv, setImage, setResources, setSelector, setServiceAccount, setSubject],
});
