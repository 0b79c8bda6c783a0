// All kinds the cluster serves, in the order the API server lists their groups. A new kind is one folder and one line here.
import { configMap } from './configmap/configmap.ts';
import type { Kind } from './kind.ts';
import { namespace } from './namespace/namespace.ts';

export const kinds: readonly Kind<any>[] = [configMap, namespace];
