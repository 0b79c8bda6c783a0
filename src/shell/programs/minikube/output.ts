// minikube's way of talking: an emoji or ASCII prefix per style, errors with an ID and an exit code.
// Models: kubernetes/minikube v1.38.1 pkg/minikube/{out,style,reason}
import type { Body, Os } from '../../../posix/program.ts';

/** Prefix on a colour terminal, and elsewhere. */
const styles = {
  happy: ['😄  ', '* '],
  sparkle: ['✨  ', '* '],
  notice: ['📌  ', '* '],
  thumbsUp: ['👍  ', '* '],
  thumbsDown: ['👎  ', '* '],
  pulling: ['🚜  ', '* '],
  startingVm: ['🔥  ', '* '],
  deletingHost: ['🔥  ', '* '],
  restarting: ['🔄  ', '* '],
  running: ['🏃  ', '* '],
  docker: ['🐳  ', '* '],
  containerd: ['📦  ', '* '],
  crio: ['🎁  ', '* '],
  subStep: ['    ▪ ', '  - '],
  option: ['    ▪ ', '  - '],
  cni: ['🔗  ', '* '],
  healthCheck: ['🔎  ', '* '],
  addonEnable: ['🌟  ', '* '],
  addonDisable: ['🌑  ', '* '],
  ready: ['🏄  ', '* '],
  internet: ['🌐  ', '* '],
  stopping: ['✋  ', '* '],
  stopped: ['🛑  ', '* '],
  deleted: ['💀  ', '* '],
  meh: ['🙄  ', '! '],
  shrug: ['🤷  ', '* '],
  workaround: ['👉  ', '  '],
  warning: ['❗  ', '! '],
  failure: ['❌  ', 'X '],
  fatal: ['💣  ', 'X '],
  unmet: ['⛔  ', 'X '],
  conflict: ['💢  ', '! '],
  knownIssue: ['🧯  ', 'X '],
  seeNoEvil: ['🙈  ', 'X '],
  tip: ['💡  ', '* '],
  documentation: ['📘  ', '* '],
  success: ['✅  ', '* '],
  celebrate: ['🎉  ', '* '],
  kubectl: ['💗  ', '* '],
  startingNone: ['🤹  ', '* '],
  provisioner: ['ℹ️  ', '* '],
  dryRun: ['🌵  ', '* '],
  sad: ['😿  ', '* '],
  permissions: ['🔑  ', '* '],
  pause: ['⏸️  ', '* '],
  unpause: ['⏯️  ', '* '],
  newVersion: ['🆕  ', '* '],
  empty: ['', ''],
} as const;

export type Style = keyof typeof styles;

/** Ends the command; thrown through it. */
export class MinikubeExit extends Error {
  readonly code: number;
  constructor(code: number) {
    super(`exit ${code}`);
    this.code = code;
  }
}

export interface Failure {
  /** `GUEST_NODE_RETRIEVE`. */
  readonly id: string;
  readonly code: number;
  readonly message: string;
  readonly style?: Style;
  readonly advice?: string;
  readonly documentation?: string;
  /** Adds the box that asks for an issue. */
  readonly box?: boolean;
}

export class Out {
  readonly os: Os;
  readonly fancy: boolean;
  /** `--output json`: steps become CloudEvents lines. */
  json = false;
  #step = 0;

  private constructor(os: Os, fancy: boolean) {
    this.os = os;
    this.fancy = fancy;
  }

  static *create(os: Os): Body<Out> {
    const forced = os.env['MINIKUBE_IN_STYLE'];
    const colour = (yield* os.isTty(1)) && /color|xterm|screen/.test(os.env['TERM'] ?? '');
    return new Out(os, forced === undefined || forced === '' ? colour : /^(?:1|t|true)$/i.test(forced));
  }

  style(style: Style, text: string): string {
    return `${styles[style][this.fancy ? 0 : 1]}${text}\n`;
  }

  *step(style: Style, text: string): Body<void> {
    if (this.json)
      yield* this.#event('io.k8s.sigs.minikube.step', {
        currentstep: String(this.#step++),
        message: text,
        name: text.split(' ').slice(0, 2).join(' '),
        totalsteps: '19',
      });
    else yield* this.os.write(1, this.style(style, text));
  }

  /** Shown on a terminal only: minikube replaces it when it is over. Simplified: it stays. */
  *subStep(text: string): Body<void> {
    if (this.fancy && !this.json) yield* this.os.write(1, this.style('subStep', text));
  }

  *line(text: string): Body<void> {
    if (!this.json) yield* this.os.write(1, `${text}\n`);
  }

  /** To standard error. */
  *error(style: Style, text: string): Body<void> {
    if (this.json)
      yield* this.#event(style === 'warning' ? 'io.k8s.sigs.minikube.warning' : 'io.k8s.sigs.minikube.info', { message: text });
    else yield* this.os.write(2, this.style(style, text));
  }

  *#event(type: string, data: Readonly<Record<string, string>>): Body<void> {
    const hex = function* (os: Os, length: number): Body<string> {
      let text = '';
      while (text.length < length) text += (yield* os.random(16)).toString(16);
      return text;
    };
    const parts: string[] = [];
    for (const length of [8, 4, 4, 4, 12]) parts.push(yield* hex(this.os, length));
    const event = {
      specversion: '1.0',
      id: parts.join('-'),
      source: 'https://minikube.sigs.k8s.io/',
      type,
      datacontenttype: 'application/json',
      data,
    };
    yield* this.os.write(1, `${JSON.stringify(event)}\n`);
  }

  /** Prints why the command ends, and ends it. */
  *fail(failure: Failure): Body<never> {
    const { id, code, message, style = 'failure', advice, documentation, box } = failure;
    if (this.json) {
      yield* this.#event('io.k8s.sigs.minikube.error', {
        advice: advice ?? '',
        exitcode: String(code),
        issues: '',
        message,
        name: id,
        url: documentation ?? '',
      });
      throw new MinikubeExit(code);
    }
    let text = `\n${this.style(style, `Exiting due to ${id}: ${message}`)}`;
    if (advice !== undefined) {
      const lines = advice.split('\n');
      const body = lines.length > 1 ? `\n\n${lines.map((line) => (line === '' ? '' : `    ${line}`)).join('\n')}` : ` ${advice}`;
      text += this.style('tip', `Suggestion:${body}`);
    }
    if (documentation !== undefined) text += this.style('documentation', `Documentation: ${documentation}`);
    if (box) text += this.#issueBox();
    yield* this.os.write(2, `${text}\n`);
    throw new MinikubeExit(code);
  }

  #issueBox(): string {
    const rows = [
      '',
      `${this.fancy ? '😿  ' : '* '}If the above advice does not help, please let us know:`,
      `${this.fancy ? '👉  ' : '  '}https://github.com/kubernetes/minikube/issues/new/choose`,
      '',
      'Please run `minikube logs --file=logs.txt` and attach logs.txt to the GitHub issue.',
      '',
    ];
    const width = 91;
    const cells = rows.map((row) => `│    ${row}${' '.repeat(Math.max(0, width - 4 - displayWidth(row)))}│\n`);
    return `╭${'─'.repeat(width)}╮\n${cells.join('')}╰${'─'.repeat(width)}╯\n`;
  }

  /** `Exiting due to MK_USAGE`. */
  *usage(message: string): Body<never> {
    return yield* this.fail({ id: 'MK_USAGE', code: 14, message });
  }
}

function displayWidth(text: string): number {
  return [...text].reduce((sum, char) => sum + ((char.codePointAt(0) as number) >= 0x1f000 ? 2 : 1), 0);
}

/** A table as tablewriter v1 draws it: headers centred, cells left. */
export function table(headers: readonly string[], rows: readonly (readonly string[])[]): string {
  const widths = headers.map((header, index) =>
    Math.max(displayWidth(header), ...rows.flatMap((row) => (row[index] as string).split('\n').map(displayWidth))),
  );
  const rule = (left: string, middle: string, right: string) =>
    `${left}${widths.map((width) => '─'.repeat(width + 2)).join(middle)}${right}\n`;
  const line = (cells: readonly string[]) => `│${cells.map((cell) => ` ${cell} `).join('│')}│\n`;
  const left = (text: string, width: number) => text + ' '.repeat(width - displayWidth(text));
  const centre = (text: string, width: number) => {
    const space = width - displayWidth(text);
    return ' '.repeat(Math.floor(space / 2)) + text + ' '.repeat(Math.ceil(space / 2));
  };
  let text = rule('┌', '┬', '┐') + line(headers.map((header, index) => centre(header, widths[index] as number))) + rule('├', '┼', '┤');
  for (const row of rows) {
    const cells = row.map((cell) => cell.split('\n'));
    const height = Math.max(...cells.map((cell) => cell.length));
    for (let at = 0; at < height; at++) text += line(cells.map((cell, index) => left(cell[at] ?? '', widths[index] as number)));
  }
  return text + rule('└', '┴', '┘');
}
