import { parse } from 'yaml';
export class YamlError extends Error {}
export function parseYaml(text: string): { value: any; duplicateKeys: readonly string[] } {
  return { value: parse(text), duplicateKeys: [] };
}
