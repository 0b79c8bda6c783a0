// Loops and `case`: what runs a body again, or one of several.
import type { Body } from '../program.ts';
import { Break } from './control.ts';
import { arithmetic, expandPattern, expandText, expandWords } from './expand.ts';
import type { Interpreter } from './interpreter.ts';
import { matches } from './pattern.ts';
import type { Compound, Script } from './syntax.ts';

function* turn(shell: Interpreter, body: Script): Body<boolean> {
  yield* shell.os.step();
  if (shell.interactive) yield* shell.checkSignals();
  shell.loops++;
  try {
    yield* shell.runScript(body);
    return false;
  } catch (error) {
    if (!(error instanceof Break)) throw error;
    shell.status = 0;
    if (--error.levels > 0 && shell.loops > 1) throw error;
    return !error.continues;
  } finally {
    shell.loops--;
  }
}

export function* runLoop(shell: Interpreter, command: Extract<Compound, { kind: 'loop' }>): Body<number> {
  let status = 0;
  for (;;) {
    shell.loops++;
    let test: number;
    try {
      test = yield* shell.counted(true, () => shell.runScript(command.test));
    } catch (error) {
      if (error instanceof Break && error.levels === 1) {
        if (error.continues) continue;
        return 0;
      }
      throw error;
    } finally {
      shell.loops--;
    }
    if ((test === 0) === command.until) return status;
    if (yield* turn(shell, command.body)) return shell.status;
    status = shell.status;
  }
}

export function* runFor(shell: Interpreter, command: Extract<Compound, { kind: 'for' }>): Body<number> {
  const words = command.words === undefined ? shell.positional : yield* expandWords(shell, command.words);
  shell.status = 0;
  for (const word of words) {
    shell.set(command.name, word);
    if (yield* turn(shell, command.body)) break;
  }
  return shell.status;
}

export function* runForArithmetic(shell: Interpreter, command: Extract<Compound, { kind: 'for-arithmetic' }>): Body<number> {
  const [init, test, step] = command.parts;
  yield* arithmetic(shell, init);
  shell.status = 0;
  while (test.length === 0 || (yield* arithmetic(shell, test)) !== 0) {
    if (yield* turn(shell, command.body)) break;
    yield* arithmetic(shell, step);
  }
  return shell.status;
}

export function* runCase(shell: Interpreter, command: Extract<Compound, { kind: 'case' }>): Body<number> {
  const text = yield* expandText(shell, command.word);
  let falling = false;
  shell.status = 0;
  for (const { patterns, body, ending } of command.branches) {
    let matched = falling;
    for (const pattern of matched ? [] : patterns) {
      if (matches(yield* expandPattern(shell, pattern), text)) matched = true;
      if (matched) break;
    }
    if (!matched) continue;
    yield* shell.runScript(body);
    if (ending === ';;') return shell.status;
    falling = ending === ';&';
  }
  return shell.status;
}
