// ConfigMaps and Secrets of the pods on one node: each is watched by name as long as a pod refers to it.
// Models: kubernetes v1.37 pkg/kubelet/util/manager/watch_based_manager.go
import type { AnyObject } from '../apimachinery/object.ts';
import type { Informer, InformerFactory } from '../client/informer.ts';

interface Watched {
  readonly informer: Informer;
  users: number;
}

export type ObjectResource = 'configmaps' | 'secrets';

export class ObjectCache {
  readonly #informers: InformerFactory;
  readonly #watched = new Map<string, Watched>();
  readonly #changed: (resource: ObjectResource, namespace: string, name: string) => void;

  constructor(informers: InformerFactory, changed: (resource: ObjectResource, namespace: string, name: string) => void) {
    this.#informers = informers;
    this.#changed = changed;
  }

  hold(resource: ObjectResource, namespace: string, name: string): void {
    const key = `${resource}/${namespace}/${name}`;
    let watched = this.#watched.get(key);
    if (watched === undefined) {
      const informer = this.#informers.informer({
        path: `/api/v1/namespaces/${namespace}/${resource}`,
        query: { fieldSelector: `metadata.name=${name}` },
      });
      const tell = (): void => this.#changed(resource, namespace, name);
      informer.handle({ added: tell, updated: tell, deleted: tell });
      watched = { informer, users: 0 };
      this.#watched.set(key, watched);
    }
    if (watched.users++ === 0) watched.informer.start();
  }

  release(resource: ObjectResource, namespace: string, name: string): void {
    const watched = this.#watched.get(`${resource}/${namespace}/${name}`);
    if (watched !== undefined && --watched.users === 0) watched.informer.stop();
  }

  get(resource: ObjectResource, namespace: string, name: string): AnyObject | undefined {
    return this.#watched.get(`${resource}/${namespace}/${name}`)?.informer.get(`${namespace}/${name}`);
  }
}
