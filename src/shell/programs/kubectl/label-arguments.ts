// `key=value` and `key-` arguments, and label queries as selectors of objects.
// Models: kubernetes v1.37 staging/src/k8s.io/kubectl/pkg/cmd/util, generate
import { parseSelector } from '../../../cluster/apimachinery/labels.ts';
import { Failure } from './errors.ts';

/** Splits arguments into resources and changes: the first one with `=` or a final `-` begins the changes. */
export function splitChanges(
  args: readonly string[],
  isChange: (arg: string) => boolean,
): { readonly resources: readonly string[]; readonly changes: readonly string[] } {
  const resources: string[] = [];
  const changes: string[] = [];
  for (const arg of args) {
    if (isChange(arg)) changes.push(arg);
    else if (changes.length > 0) throw new Failure(`all resources must be specified before ${changeWord(changes[0]!)} changes: ${arg}`);
    else resources.push(arg);
  }
  return { resources, changes };
}

const changeWord = (_first: string): string => 'label';

/** `a=b,c in (d)` as matchLabels and matchExpressions. */
export function selectorOf(text: string): any {
  const matchLabels: Record<string, string> = {};
  const matchExpressions: any[] = [];
  for (const term of parseSelector(text)) {
    if (term.operator === '=') matchLabels[term.key] = term.values[0] ?? '';
    else if (term.operator === 'in' || term.operator === 'notin')
      matchExpressions.push({ key: term.key, operator: term.operator === 'in' ? 'In' : 'NotIn', values: [...term.values] });
    else if (term.operator === 'exists' || term.operator === '!')
      matchExpressions.push({ key: term.key, operator: term.operator === 'exists' ? 'Exists' : 'DoesNotExist' });
    else throw new Failure(`"${term.operator}" is not a valid label selector operator`);
  }
  return { ...(matchExpressions.length > 0 ? { matchExpressions } : {}), ...(Object.keys(matchLabels).length > 0 ? { matchLabels } : {}) };
}

/** `--labels=a=b,c=d`. @throws Failure */
export function parseLabelPairs(text: string): Record<string, string> {
  const out: Record<string, string> = {};
  for (const pair of text.split(',').filter((one) => one !== '')) {
    const parts = pair.split('=');
    if (parts.length !== 2) throw new Failure(`unexpected label spec: ${pair}`);
    out[parts[0]!] = parts[1]!;
  }
  return out;
}
