// Small filters: tac, rev, nl, paste, base64, checksums, od, expr, diff in their own files where longer.
import { type Flavour, parseArguments, usageError } from '../arguments.ts';
import { LineReader, openInput, readInput, splitLines } from '../input.ts';
import { defineProgram } from '../program.ts';
import { md5, sha1, sha256, sha512, utf8 } from '../digest.ts';

export const tac = (flavour: Flavour) =>
  defineProgram({
    name: 'tac',
    *run(os) {
      let status = 0;
      for (const file of os.argv.length > 1 ? os.argv.slice(1) : ['-']) {
        const text = yield* readInput(os, 'tac', flavour, file);
        if (text === undefined) status = 1;
        else
          yield* os.write(
            1,
            splitLines(text)
              .reverse()
              .map((line) => `${line}\n`)
              .join(''),
          );
      }
      return status;
    },
  });

export const rev = (flavour: Flavour) =>
  defineProgram({
    name: 'rev',
    *run(os) {
      for (const file of os.argv.length > 1 ? os.argv.slice(1) : ['-']) {
        const text = yield* readInput(os, 'rev', flavour, file);
        if (text === undefined) return 1;
        yield* os.write(
          1,
          splitLines(text)
            .map((line) => `${[...line].reverse().join('')}\n`)
            .join(''),
        );
      }
      return 0;
    },
  });

export const nl = (flavour: Flavour) =>
  defineProgram({
    name: 'nl',
    *run(os) {
      const args = parseArguments(os.argv.slice(1), {
        short: 'b:w:s:v:n:',
        long: { 'body-numbering=': 'b', 'number-width=': 'w', 'number-separator=': 's' },
      });
      if (args.error !== undefined) return yield* usageError(os, 'nl', flavour, args.error);
      const width = Number(args.value('w') ?? 6);
      let number = Number(args.value('v') ?? 1);
      for (const file of args.operands.length === 0 ? ['-'] : args.operands) {
        const text = yield* readInput(os, 'nl', flavour, file);
        if (text === undefined) return 1;
        for (const line of splitLines(text)) {
          const counted = args.value('b') === 'a' || line !== '';
          yield* os.write(
            1,
            counted ? `${String(number++).padStart(width)}${args.value('s') ?? '\t'}${line}\n` : `${' '.repeat(width + 1)}\n`,
          );
        }
      }
      return 0;
    },
  });

export const paste = (flavour: Flavour) =>
  defineProgram({
    name: 'paste',
    *run(os) {
      const args = parseArguments(os.argv.slice(1), { short: 'sd:', long: { serial: 's', 'delimiters=': 'd' } });
      if (args.error !== undefined) return yield* usageError(os, 'paste', flavour, args.error);
      const delimiters = (args.value('d') ?? '\t').replace(/\\n/g, '\n').replace(/\\t/g, '\t');
      const glue = (index: number) => (delimiters === '' ? '' : (delimiters[index % delimiters.length] as string));
      const join = (cells: readonly string[]) => cells.map((cell, index) => (index === 0 ? cell : glue(index - 1) + cell)).join('');
      const columns: string[][] = [];
      const shared = args.operands.filter((file) => file === '-').length > 1 ? new LineReader(os, 0) : undefined;
      if (shared !== undefined) {
        for (;;) {
          const row: string[] = [];
          for (let index = 0; index < args.operands.length; index++) row.push((yield* shared.next())?.replace(/\n$/, '') ?? '');
          if (row.every((cell) => cell === '')) return 0;
          yield* os.write(1, `${join(row)}\n`);
        }
      }
      for (const file of args.operands.length === 0 ? ['-'] : args.operands) {
        const text = yield* readInput(os, 'paste', flavour, file);
        if (text === undefined) return 1;
        columns.push(splitLines(text));
      }
      if (args.has('s')) for (const column of columns) yield* os.write(1, `${join(column)}\n`);
      else
        for (let row = 0; row < Math.max(...columns.map((column) => column.length)); row++)
          yield* os.write(1, `${join(columns.map((column) => column[row] ?? ''))}\n`);
      return 0;
    },
  });

const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/';

export function encodeBase64(text: string): string {
  const bytes = utf8(text);
  let result = '';
  for (let at = 0; at < bytes.length; at += 3) {
    const value = ((bytes[at] as number) << 16) | ((bytes[at + 1] ?? 0) << 8) | (bytes[at + 2] ?? 0);
    const count = Math.min(3, bytes.length - at);
    for (let index = 0; index < 4; index++) result += index <= count ? alphabet[(value >> (18 - 6 * index)) & 63] : '=';
  }
  return result;
}

/** Undefined when it is no base64. */
export function decodeBase64(text: string): string | undefined {
  const clean = text.replace(/\s/g, '');
  if (!/^[A-Za-z0-9+/]*={0,2}$/.test(clean) || clean.length % 4 !== 0) return undefined;
  const bytes: number[] = [];
  for (let at = 0; at < clean.length; at += 4) {
    const value = [0, 1, 2, 3].reduce((sum, index) => (sum << 6) | Math.max(0, alphabet.indexOf(clean[at + index] as string)), 0);
    const count = clean[at + 2] === '=' ? 1 : clean[at + 3] === '=' ? 2 : 3;
    for (let index = 0; index < count; index++) bytes.push((value >> (16 - 8 * index)) & 255);
  }
  return new TextDecoder().decode(Uint8Array.from(bytes));
}

export const base64 = (flavour: Flavour) =>
  defineProgram({
    name: 'base64',
    *run(os) {
      const args = parseArguments(os.argv.slice(1), { short: 'dDiw:', long: { decode: 'd', 'wrap=': 'w', 'ignore-garbage': 'i' } });
      if (args.error !== undefined) return yield* usageError(os, 'base64', flavour, args.error);
      const text = yield* readInput(os, 'base64', flavour, args.operands[0] ?? '-');
      if (text === undefined) return 1;
      if (args.has('d') || args.has('D')) {
        const decoded = decodeBase64(args.has('i') ? text.replace(/[^A-Za-z0-9+/=]/g, '') : text);
        if (decoded === undefined) {
          const whole = /^[A-Za-z0-9+/]*/.exec(text.replace(/\s/g, ''))?.[0] ?? '';
          yield* os.write(1, decodeBase64(whole.slice(0, whole.length - (whole.length % 4))) ?? '');
          yield* os.write(2, flavour === 'gnu' ? 'base64: invalid input\n' : 'base64: truncated input\n');
          return 1;
        }
        yield* os.write(1, decoded);
        return 0;
      }
      const width = Number(args.value('w') ?? 76);
      const encoded = encodeBase64(text);
      yield* os.write(1, width === 0 ? encoded : encoded.replace(new RegExp(`.{1,${width}}`, 'g'), '$&\n'));
      return 0;
    },
  });

const sumProgram = (name: string, digest: (bytes: Uint8Array) => string) => (flavour: Flavour) =>
  defineProgram({
    name,
    *run(os) {
      const args = parseArguments(os.argv.slice(1), { short: 'cbtsw', long: { check: 'c', status: 's', binary: 'b', text: 't' } });
      if (args.error !== undefined) return yield* usageError(os, name, flavour, args.error);
      let status = 0;
      for (const file of args.operands.length === 0 ? ['-'] : args.operands) {
        const text = yield* readInput(os, name, flavour, file);
        if (text === undefined) {
          status = 1;
          continue;
        }
        if (!args.has('c')) {
          yield* os.write(1, `${digest(utf8(text))}  ${file}\n`);
          continue;
        }
        let bad = 0;
        for (const line of splitLines(text)) {
          const [sum = '', path = ''] = line.split(/\s[ *]/);
          const content = yield* readInput(os, name, flavour, path);
          const fine = content !== undefined && digest(utf8(content)) === sum;
          if (!fine) bad++;
          if (!args.has('s')) yield* os.write(1, `${path}: ${fine ? 'OK' : 'FAILED'}\n`);
        }
        if (bad > 0) {
          yield* os.write(2, `${name}: WARNING: ${bad} computed checksum${bad === 1 ? '' : 's'} did NOT match\n`);
          status = 1;
        }
      }
      return status;
    },
  });

export const md5sum = sumProgram('md5sum', md5);
export const sha1sum = sumProgram('sha1sum', sha1);
export const sha256sum = sumProgram('sha256sum', sha256);
export const sha512sum = sumProgram('sha512sum', sha512);

/** Simplified: od prints as `od -c`, `od -An -tx1` and the octal default do. */
export const od = (flavour: Flavour) =>
  defineProgram({
    name: 'od',
    *run(os) {
      const args = parseArguments(os.argv.slice(1), { short: 'A:t:cxvN:j:b', long: {} });
      if (args.error !== undefined) return yield* usageError(os, 'od', flavour, args.error);
      const fd = yield* openInput(os, 'od', flavour, args.operands[0] ?? '-');
      if (fd === undefined) return 1;
      let text = '';
      const limit = Number(args.value('N') ?? Number.POSITIVE_INFINITY);
      while (text.length < limit) {
        const chunk = yield* os.read(fd);
        if (chunk === undefined) break;
        text += chunk;
      }
      const bytes = utf8(text).slice(0, limit);
      const format = args.has('c') ? 'c' : (args.value('t') ?? 'o2');
      const address = (at: number) =>
        args.value('A') === 'n' ? '' : at.toString(args.value('A') === 'x' ? 16 : args.value('A') === 'd' ? 10 : 8).padStart(7, '0');
      const named: Readonly<Record<number, string>> = {
        0: '\\0',
        7: '\\a',
        8: '\\b',
        9: '\\t',
        10: '\\n',
        11: '\\v',
        12: '\\f',
        13: '\\r',
      };
      for (let at = 0; at < bytes.length; at += 16) {
        const row = [...bytes.slice(at, at + 16)];
        const cells = format.startsWith('c')
          ? row.map((byte) =>
              (named[byte] ?? (byte >= 32 && byte < 127 ? String.fromCharCode(byte) : byte.toString(8).padStart(3, '0'))).padStart(4),
            )
          : format.startsWith('x1')
            ? row.map((byte) => ` ${byte.toString(16).padStart(2, '0')}`)
            : row.flatMap((byte, index) =>
                index % 2 === 0 ? [` ${(byte | ((row[index + 1] ?? 0) << 8)).toString(8).padStart(6, '0')}`] : [],
              );
        yield* os.write(1, `${address(at)}${cells.join('')}\n`);
      }
      if (args.value('A') !== 'n') yield* os.write(1, `${address(bytes.length)}\n`);
      return 0;
    },
  });
