// What runs inside a container. An image is files, programs and a default command; a container runtime starts it as processes.
// Models: OCI image configuration (Entrypoint, Cmd, Env, WorkingDir, User, ExposedPorts); kubernetes v1.37 pkg/kubelet/kuberuntime
import type { Program } from '../../posix/program.ts';
import type { FileDefinition } from '../../posix/tree.ts';

export interface ImageDefinition {
  /** Full repository without tag, as in `docker.io/library/nginx`, `registry.k8s.io/e2e-test-images/agnhost`. */
  readonly repository: string;
  /** Tags that exist in the registry; a tag outside fails to pull. A function decides for repositories with very many. */
  readonly tags: readonly string[] | ((tag: string) => boolean);
  /** Compressed size in MiB, by which a pull's duration and `Image size:` are computed. */
  readonly sizeMiB: number | ((tag: string) => number);
  readonly entrypoint: readonly string[];
  readonly cmd: readonly string[];
  /** Of the image's configuration; a function where it depends on the tag. */
  readonly env: Readonly<Record<string, string>> | ((tag: string) => Readonly<Record<string, string>>);
  readonly workingDir?: string;
  /** Numeric or named user; absent = root. */
  readonly user?: string;
  readonly exposedPorts?: readonly number[];
  /** Files beside the programs, by absolute path; shared by all containers of the image. */
  readonly files: Readonly<Record<string, string | FileDefinition>>;
  /** Programs by absolute path. */
  readonly programs: Readonly<Record<string, Program>>;
  /** Commands (argv[0], alone) that only wait for their stop signal, with the code they then exit with: no process is run for them. */
  readonly idle?: Readonly<Record<string, number>>;
  /** Signal that stops it; nginx says QUIT. */
  readonly stopSignal?: 'TERM' | 'QUIT' | 'INT';
  /** True where nobody described the program and a generic server stands in. */
  readonly simplified?: boolean;
}

/** Declares an image; checks nothing but types, so that a folder reads as data. */
export function defineImage(definition: ImageDefinition): ImageDefinition {
  return definition;
}
