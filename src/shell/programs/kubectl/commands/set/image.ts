// kubectl set image.
// Models: kubernetes v1.37 staging/src/k8s.io/kubectl/pkg/cmd/set/set_image.go
import { defineCommand } from '../../command.ts';
import { Failure } from '../../errors.ts';
import { changeTemplates, SET_FLAGS, selectContainers } from './template-change.ts';

export const setImage = defineCommand({
  name: 'image',
  short: 'Update the image of a pod template',
  use: '(-f FILENAME | TYPE NAME) CONTAINER_NAME_1=CONTAINER_IMAGE_1 ... CONTAINER_NAME_N=CONTAINER_IMAGE_N',
  flags: SET_FLAGS,
  *run(k) {
    const pairs = k.args.filter((one) => one.includes('='));
    const resources = k.args.filter((one) => !one.includes('='));
    if (pairs.length === 0) throw new Failure('at least one image update is required');
    if (resources.length === 0 && k.flags.list('filename').length === 0 && k.flags.text('kustomize') === '')
      throw new Failure('one or more resources must be specified as <resource> <name> or <resource>/<name>');
    const images = new Map<string, string>();
    for (const pair of pairs) {
      const [name, image] = [pair.slice(0, pair.indexOf('=')), pair.slice(pair.indexOf('=') + 1)];
      if (images.has(name))
        throw new Failure(`all containers are already specified by *, but saw more than one container_name=image_name pair`);
      images.set(name, image);
    }
    if (images.has('*') && images.size > 1)
      throw new Failure('all containers are already specified by *, but saw more than one container_name=image_name pairs');
    yield* changeTemplates(k, resources, 'image updated', function* (spec) {
      const out = { ...spec };
      for (const [name, image] of images) {
        let found = false;
        for (const field of ['initContainers', 'containers'] as const) {
          if (out[field] === undefined) continue;
          const chosen = name === '*' ? out[field] : selectContainers(out[field], name).filter((one) => one.name === name);
          if (chosen.length > 0) found = true;
          out[field] = out[field].map((one: any) => (chosen.includes(one) ? { ...one, image } : one));
        }
        if (!found) throw new Failure(`unable to find container named ${JSON.stringify(name)}`);
      }
      return out;
    });
  },
});
