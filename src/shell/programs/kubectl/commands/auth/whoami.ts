// kubectl auth whoami.
// Models: kubernetes v1.37 staging/src/k8s.io/kubectl/pkg/cmd/auth/whoami.go
import type { Body } from '../../../../../posix/program.ts';
import { defineCommand, type Kubectl } from '../../command.ts';
import { markTyped, objectPrinter, PRINT_FLAGS } from '../../printers/printer.ts';
import { TableWriter } from '../../printers/tabwriter.ts';
import { identity, reviewed } from './identity.ts';

export const whoami = defineCommand({
  name: 'whoami',
  short: 'Experimental: Check self subject attributes',
  flags: PRINT_FLAGS,
  *run(k) {
    const printer = yield* objectPrinter(k);
    const review = (yield* reviewed(k, 'authentication.k8s.io', 'SelfSubjectReview')) ?? (yield* ownReview(k));
    if (printer !== undefined) return yield* k.out(printer.print(markTyped(review)));
    const user = review.status?.userInfo ?? {};
    const rows = [
      ['ATTRIBUTE', 'VALUE'],
      ...(user.username ? [['Username', user.username]] : []),
      ...(user.uid ? [['UID', user.uid]] : []),
      ...((user.groups ?? []).length > 0 ? [['Groups', `[${user.groups.join(' ')}]`]] : []),
      ...Object.keys(user.extra ?? {})
        .sort()
        .map((key) => [`Extra: ${key}`, `[${user.extra[key].join(' ')}]`]),
    ];
    yield* k.out(new TableWriter().rows(rows));
  },
});

/** What a server with reviews would answer. */
function* ownReview(k: Kubectl): Body<any> {
  const who = yield* identity(k);
  const extra = Object.keys(who.extra).length === 0 ? {} : { extra: who.extra };
  return {
    kind: 'SelfSubjectReview',
    apiVersion: 'authentication.k8s.io/v1',
    metadata: { creationTimestamp: `${new Date(yield* k.os.time()).toISOString().slice(0, 19)}Z` },
    status: { userInfo: { username: who.name, groups: who.groups, ...extra } },
  };
}
