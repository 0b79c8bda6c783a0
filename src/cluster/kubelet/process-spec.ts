// What is started in a container: command line, user, environment.
// Models: kubernetes v1.37 pkg/kubelet/container/helpers.go ExpandContainerCommandAndArgs, containerd's use of the image configuration
import type { Environment } from './env.ts';
import { processEnvironment } from './env.ts';
import { expand } from './expansion.ts';
import type { ContainerRow } from './rows.ts';

/** `command` replaces the image's entrypoint and drops its cmd; `args` replaces the cmd. */
export function commandOf(container: ContainerRow): readonly string[] {
  const { spec, image, environment = {} } = container;
  const definition = image!.definition;
  const lookup = (name: string): string | undefined => environment[name];
  const command =
    spec.command === undefined || spec.command.length === 0 ? definition.entrypoint : spec.command.map((part) => expand(part, lookup));
  if (spec.args !== undefined && spec.args.length > 0) return [...command, ...spec.args.map((part) => expand(part, lookup))];
  return spec.command === undefined || spec.command.length === 0 ? [...command, ...definition.cmd] : command;
}

/** Numeric user of its processes; named users of images are root unless numeric. */
export function userOf({ spec, pod, image }: ContainerRow): number {
  const own = spec.securityContext?.runAsUser ?? pod.pod.spec.securityContext?.runAsUser;
  if (own !== undefined) return own;
  const user = Number((image?.definition.user ?? '0').split(':')[0]);
  return Number.isInteger(user) ? user : 65_534;
}

export function processEnvironmentOf(container: ContainerRow, hostname: string): Environment {
  const home = userOf(container) === 0 ? '/root' : '/';
  const { definition, reference } = container.image!;
  const own = typeof definition.env === 'function' ? definition.env(reference.tag) : definition.env;
  return processEnvironment(own, hostname, container.environment ?? {}, home);
}
