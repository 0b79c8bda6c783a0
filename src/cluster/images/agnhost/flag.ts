/** `--name=value` or `--name value`. */
export function flag(args: readonly string[], name: string, fallback: string): string {
  for (let i = 0; i < args.length; i++) {
    if (args[i].startsWith(`--${name}=`)) return args[i].slice(name.length + 3);
    if (args[i] === `--${name}` && args[i + 1] !== undefined) return args[i + 1];
  }
  return fallback;
}
