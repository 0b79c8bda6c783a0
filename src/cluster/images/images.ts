// The registries of the simulated world: one line per image. `org/name` images that nobody described run as a generic server.
import type { ImageDefinition } from './image.ts';
import { pause } from './pause/pause.ts';

export const images: readonly ImageDefinition[] = [pause];

const byRepository = new Map<string, ImageDefinition>();
for (const image of images) byRepository.set(image.repository, image);

/** What the registries hold under a repository; undefined = no such repository. */
export function findImage(repository: string): ImageDefinition | undefined {
  return byRepository.get(repository);
}
