// Names of images: `nginx` is `docker.io/library/nginx:latest`.
// Models: github.com/distribution/reference normalize.go
export interface ImageReference {
  /** `docker.io/library/nginx`. */
  readonly repository: string;
  /** Empty when a digest alone names it. */
  readonly tag: string;
  readonly digest: string;
  /** `docker.io/library/nginx:1.27`, as runtimes print it. */
  readonly full: string;
}

const SYNTAX =
  /^((?:[a-z0-9]+(?:(?:\.|_|__|-+)[a-z0-9]+)*|[a-zA-Z0-9.-]+(?::\d+)?)(?:\/[a-z0-9]+(?:(?:\.|_|__|-+)[a-z0-9]+)*)*)(?::([\w][\w.-]{0,127}))?(?:@(sha256:[0-9a-f]{64}))?$/;
const known = new Map<string, ImageReference | undefined>();

/** Undefined for a text that is no image name. */
export function parseImage(text: string): ImageReference | undefined {
  if (known.has(text)) return known.get(text);
  const parsed = parse(text);
  if (known.size > 10_000) known.clear();
  known.set(text, parsed);
  return parsed;
}

function parse(text: string): ImageReference | undefined {
  const match = SYNTAX.exec(text);
  if (match === null) return undefined;
  const [, name, givenTag, digest = ''] = match as unknown as [string, string, string | undefined, string | undefined];
  const first = name.split('/')[0]!;
  const hasHost = name.includes('/') && (first.includes('.') || first.includes(':') || first === 'localhost');
  if (!hasHost && name !== name.toLowerCase()) return undefined;
  // Docker Hub's official images are in `library`, whether the registry is named or not.
  const path = hasHost && first === 'docker.io' ? name.slice('docker.io/'.length) : name;
  const onHub = !hasHost || first === 'docker.io';
  const repository = !onHub ? name : path.includes('/') ? `docker.io/${path}` : `docker.io/library/${path}`;
  const tag = givenTag ?? (digest === '' ? 'latest' : '');
  return { repository, tag, digest, full: `${repository}${tag === '' ? '' : `:${tag}`}${digest === '' ? '' : `@${digest}`}` };
}
