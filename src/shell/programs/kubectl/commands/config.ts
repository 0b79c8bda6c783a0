// kubectl config: a group of commands about the kubeconfig file.
// Models: kubernetes v1.37 staging/src/k8s.io/kubectl/pkg/cmd/config
import { defineCommand } from '../command.ts';
import {
  currentContext,
  deleteCluster,
  deleteContext,
  deleteUser,
  getClusters,
  getContexts,
  getUsers,
  renameContext,
  setContext,
  useContext,
} from './config/contexts.ts';
import { setCluster, setCredentials, setProperty, unsetProperty, viewConfig } from './config/properties.ts';

export const config = defineCommand({
  name: 'config',
  short: 'Modify kubeconfig files',
  use: 'SUBCOMMAND',
  long: `Modify kubeconfig files using subcommands like "kubectl config set current-context my-context".

 The loading order follows these rules:

  1.  If the --kubeconfig flag is set, then only that file is loaded. The flag may only be set once and no merging takes place.
  2.  If $KUBECONFIG environment variable is set, then it is used as a list of paths (normal path delimiting rules for your system). These paths are merged. When a value is modified, it is modified in the file that defines the stanza. When a value is created, it is created in the first file that exists. If no files in the chain exist, then it creates the last file in the list.
  3.  Otherwise, \${HOME}/.kube/config is used and no merging takes place.`,
  subcommands: [
    currentContext,
    deleteCluster,
    deleteContext,
    deleteUser,
    getClusters,
    getContexts,
    getUsers,
    renameContext,
    setProperty,
    setCluster,
    setContext,
    setCredentials,
    unsetProperty,
    useContext,
    viewConfig,
  ],
});
