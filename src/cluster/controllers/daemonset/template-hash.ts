// A short name for a pod template: FNV-1a over its text, in apimachinery's alphabet, as the label `controller-revision-hash`.
// Simplified: the real hash runs over Go's dump of the ControllerRevision; ours differs in value, not in meaning.
import { memoByIdentity } from '../../apimachinery/memo.ts';
import type { PodTemplate } from '../../kinds/pod/types.ts';

const ALPHABET = 'bcdfghjklmnpqrstvwxz2456789';

export const revisionHash = memoByIdentity((template: PodTemplate): string => {
  const text = JSON.stringify(template);
  let hash = 0x811c9dc5;
  for (let i = 0; i < text.length; i++) hash = Math.imul(hash ^ text.charCodeAt(i), 16777619);
  const digits = (hash >>> 0).toString(10);
  return [...digits].map((digit) => ALPHABET[digit.charCodeAt(0) % ALPHABET.length]).join('');
});
