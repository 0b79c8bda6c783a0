// env and printenv: the environment, in the order in which it was set.
import { type Flavour, parseArguments, usageError } from '../arguments.ts';
import { errorMessage } from '../errno.ts';
import { defineProgram, SystemError } from '../program.ts';

export const env = (flavour: Flavour) =>
  defineProgram({
    name: 'env',
    *run(os) {
      const args = parseArguments(os.argv.slice(1), {
        short: 'iu:0C:',
        long: { 'ignore-environment': 'i', 'unset=': 'u', 'chdir=': 'C', null: '0' },
        ordered: true,
      });
      if (args.error !== undefined) return yield* usageError(os, 'env', flavour, args.error, 125);
      const variables: Record<string, string> = args.has('i') || args.operands[0] === '-' ? {} : { ...os.env };
      for (const name of args.values('u')) delete variables[name];
      const words = args.operands.slice(args.operands[0] === '-' ? 1 : 0);
      let index = 0;
      for (; index < words.length; index++) {
        const word = words[index] as string;
        const equals = word.indexOf('=');
        if (equals < 1) break;
        variables[word.slice(0, equals)] = word.slice(equals + 1);
      }
      const command = words.slice(index);
      if (command.length === 0) {
        const end = args.has('0') ? '\0' : '\n';
        yield* os.write(
          1,
          Object.entries(variables)
            .map(([name, value]) => `${name}=${value}${end}`)
            .join(''),
        );
        return 0;
      }
      try {
        const folder = args.value('C');
        if (folder !== undefined) yield* os.chdir(folder);
        yield* os.exec(command, { env: variables });
        return 0;
      } catch (error) {
        if (!(error instanceof SystemError)) throw error;
        const name = flavour === 'gnu' ? `‘${command[0]}’` : `can't execute '${command[0]}'`;
        yield* os.write(2, `env: ${name}: ${errorMessage(error.errno)}\n`);
        return error.errno === 'ENOENT' ? 127 : 126;
      }
    },
  });

export const printenv = () =>
  defineProgram({
    name: 'printenv',
    *run(os) {
      const names = os.argv.slice(1);
      if (names.length === 0) {
        yield* os.write(
          1,
          Object.entries(os.env)
            .map(([name, value]) => `${name}=${value}\n`)
            .join(''),
        );
        return 0;
      }
      let status = 0;
      for (const name of names) {
        const value = os.env[name];
        if (value === undefined) status = 1;
        else yield* os.write(1, `${value}\n`);
      }
      return status;
    },
  });
