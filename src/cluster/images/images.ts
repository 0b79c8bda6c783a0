// What the registries of the world hold. A new image is a folder and a line here; `docker.io/library` holds only what stands here,
// any other repository is answered by a generic server.
import { agnhost } from './agnhost/agnhost.ts';
import { busybox } from './busybox/busybox.ts';
import { controlPlane } from './control-plane/control-plane.ts';
import { corednsImage } from './coredns/image.ts';
import { debian } from './debian/debian.ts';
import { genericImage } from './generic/generic.ts';
import { guestbookFrontends } from './guestbook/frontend.ts';
import type { ImageDefinition } from './image.ts';
import { kindnetd } from './kindnetd/kindnetd.ts';
import { kubeProxyImage } from './kube-proxy/kube-proxy.ts';
import { nginx } from './nginx/nginx.ts';
import { pause } from './pause/pause.ts';
import { guestbookFollowers, guestbookLeaders, redis } from './redis/redis.ts';
import { storageProvisioner } from './storage-provisioner/storage-provisioner.ts';

const described: readonly ImageDefinition[] = [
  agnhost,
  busybox,
  ...controlPlane,
  corednsImage,
  debian,
  ...guestbookFollowers,
  ...guestbookFrontends,
  ...guestbookLeaders,
  kindnetd,
  kubeProxyImage,
  nginx,
  pause,
  redis,
  storageProvisioner,
];

const byRepository = new Map(described.map((image) => [image.repository, image]));
const generic = new Map<string, ImageDefinition>();

/** What a registry has under a full repository name (`docker.io/library/nginx`); undefined = no such repository. */
export function findImage(repository: string): ImageDefinition | undefined {
  const known = byRepository.get(repository);
  if (known !== undefined) return known;
  if (repository.startsWith('docker.io/library/') || repository.startsWith('registry.k8s.io/')) return undefined;
  let image = generic.get(repository);
  if (image === undefined) {
    image = genericImage(repository);
    generic.set(repository, image);
  }
  return image;
}
