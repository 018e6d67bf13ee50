import { Cast } from './cast.ts';
import { COMMANDS } from './commands.ts';

/**
 * Plays a scenario: text in which a line `> command` says what to do and the lines below it what that
 * printed. Everything else stays as it is.
 *
 * @returns the text with what was printed this time.
 * @throws Error for a command that does not exist.
 */
export async function play(script: string): Promise<string> {
  const player = new Player();
  const lines: string[] = [];
  for (const line of script.split('\n')) {
    // What was printed the last time; prose and empty lines are kept.
    if (line.startsWith('  ')) continue;
    lines.push(line);
    if (!line.startsWith('> ')) continue;
    const printed = await player.perform(line.slice(2).trim().split(/\s+/));
    for (const text of printed) lines.push(`  ${text}`);
  }
  return lines.join('\n');
}

class Player {
  #cast: Cast | null = null;
  #seed = 1;

  async perform([name, ...words]: readonly string[]): Promise<string[]> {
    if (name === 'seed') {
      this.#seed = Number(words[0]);
      return [];
    }
    if (name === 'start') {
      // start VOTERS [OBSERVERS]
      this.#cast = new Cast(this.#seed, Number(words[0]), Number(words[1] ?? 0));
      return [];
    }
    const command = COMMANDS[name ?? ''];
    if (command === undefined) {
      throw new Error(`scenario: expected one of ${Object.keys(COMMANDS)}, found '${name}'`);
    }
    if (this.#cast === null) throw new Error('scenario: begin with `start VOTERS`');
    return command(this.#cast, words);
  }
}
