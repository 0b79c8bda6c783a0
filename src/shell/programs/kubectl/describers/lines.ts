// Text of a description before its columns are aligned: lines with tabs, and the pieces every kind uses.
// Models: kubernetes v1.37 staging/src/k8s.io/kubectl/pkg/describe/describe.go PrefixWriter, print*Multiline
import { alignTabs } from '../printers/tabwriter.ts';
import { LAST_APPLIED } from '../writes.ts';

export type StringMap = Readonly<Record<string, string>> | undefined | null;

const LONGEST_ANNOTATION = 140;

export class Lines {
  #done = '';
  #open = '';

  /** A line (or several) at a level of two blanks each; ends itself. */
  put(level: number, text: string): void {
    this.#open += `${'  '.repeat(level)}${text}\n`;
  }

  /** Text as it is. */
  raw(text: string): void {
    this.#open += text;
  }

  /** What follows has columns of its own. */
  flush(): void {
    this.#done += alignTabs(this.#open);
    this.#open = '';
  }

  aligned(): string {
    this.flush();
    return this.#done;
  }

  /** With its tabs; only when nothing was flushed. */
  tabbed(): string {
    return this.#open;
  }

  labels(title: string, labels: StringMap, pad = '', inner = '\t', skip: readonly string[] = []): void {
    const keys = Object.keys(labels ?? {})
      .filter((key) => !skip.includes(key))
      .sort();
    this.raw(`${pad}${title}:${inner}`);
    if (keys.length === 0) {
      this.raw('<none>\n');
      return;
    }
    keys.forEach((key, index) => {
      this.raw(`${index === 0 ? '' : pad + inner}${key}=${labels![key]}\n`);
    });
  }

  annotations(title: string, annotations: StringMap): void {
    const keys = Object.keys(annotations ?? {})
      .filter((key) => key !== LAST_APPLIED)
      .sort();
    this.raw(`${title}:\t`);
    if (keys.length === 0) {
      this.raw('<none>\n');
      return;
    }
    keys.forEach((key, index) => {
      if (index > 0) this.raw('\t');
      const value = annotations![key]!.replace(/\n$/, '');
      if (value.length + key.length + 2 <= LONGEST_ANNOTATION && !value.includes('\n')) {
        this.raw(`${key}: ${value}\n`);
        return;
      }
      this.raw(`${key}:\n`);
      for (const line of value.split('\n'))
        this.raw(`\t  ${line.length > LONGEST_ANNOTATION - 2 ? `${line.slice(0, LONGEST_ANNOTATION - 2)}...` : line}\n`);
    });
  }

  tolerations(title: string, tolerations: readonly any[] | undefined, pad = ''): void {
    this.raw(`${pad}${title}:\t`);
    const sorted = [...(tolerations ?? [])].sort((a, b) => ((a.key ?? '') < (b.key ?? '') ? -1 : (a.key ?? '') > (b.key ?? '') ? 1 : 0));
    if (sorted.length === 0) {
      this.raw('<none>\n');
      return;
    }
    sorted.forEach((one, index) => {
      let text = one.key ?? '';
      if (one.value) text += `=${one.value}`;
      if (one.effect) text += `:${one.effect}`;
      if (one.operator === 'Exists' && !one.value) text += text === '' ? 'op=Exists' : ' op=Exists';
      if (one.tolerationSeconds !== undefined && one.tolerationSeconds !== null) text += ` for ${one.tolerationSeconds}s`;
      this.raw(`${index === 0 ? '' : `${pad}\t`}${text}\n`);
    });
  }
}

const DAYS = ['Sun', 'Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat'];
const MONTHS = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'];
const two = (value: number): string => String(value).padStart(2, '0');

/** RFC 1123 with a numeric zone: `Sun, 22 Nov 2026 08:55:51 +0000`. */
export function longTime(timestamp: string | undefined | null): string {
  const date = new Date(timestamp ? Date.parse(timestamp) : -62_135_596_800_000);
  return `${DAYS[date.getUTCDay()]}, ${two(date.getUTCDate())} ${MONTHS[date.getUTCMonth()]} ${String(date.getUTCFullYear()).padStart(4, '0')} ${date.toISOString().slice(11, 19)} +0000`;
}

export const orNone = (text: string | undefined | null): string => (text ? text : '<none>');

/** `ReplicaSet/web-7d8f9c6b5`, empty without an owner that controls. */
export function controllerOf(object: any): string {
  const owner = (object.metadata.ownerReferences ?? []).find((one: any) => one.controller);
  return owner === undefined ? '' : `${owner.kind}/${owner.name}`;
}

/** Go prints booleans of status as True and False. */
export const trueFalse = (value: unknown): string => (value ? 'True' : 'False');
