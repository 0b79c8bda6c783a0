// kubectl auth whoami.
// Models: kubernetes v1.37 staging/src/k8s.io/kubectl/pkg/cmd/auth/whoami.go
import { defineCommand } from '../../command.ts';
import { markTyped, objectPrinter, PRINT_FLAGS } from '../../printers/printer.ts';
import { TableWriter } from '../../printers/tabwriter.ts';
import { identity } from './identity.ts';

export const whoami = defineCommand({
  name: 'whoami',
  short: 'Experimental: Check self subject attributes',
  flags: PRINT_FLAGS,
  *run(k) {
    const printer = yield* objectPrinter(k);
    const who = yield* identity(k);
    if (printer === undefined) {
      const rows = [
        ['ATTRIBUTE', 'VALUE'],
        ['Username', who.name],
        ['Groups', `[${who.groups.join(' ')}]`],
        ...Object.entries(who.extra).map(([key, values]) => [`Extra: ${key}`, `[${values.join(' ')}]`]),
      ];
      return yield* k.out(new TableWriter().rows(rows));
    }
    const extra = Object.keys(who.extra).length === 0 ? {} : { extra: who.extra };
    // The server is asked something, so that an unreachable one is noticed.
    yield* (yield* k.discovery()).resources();
    const made = `${new Date(yield* k.os.time()).toISOString().slice(0, 19)}Z`;
    const review = markTyped({
      kind: 'SelfSubjectReview',
      apiVersion: 'authentication.k8s.io/v1',
      metadata: { creationTimestamp: made },
      status: { userInfo: { username: who.name, groups: who.groups, ...extra } },
    });
    yield* k.out(printer.print(review));
  },
});
