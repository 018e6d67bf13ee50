import { EngineError } from '../../base/errors.ts';
import { didYouMean } from '../../base/nearest-name.ts';

const DIGEST_MODULE = 'org.apache.zookeeper.server.auth.DigestLoginModule';
const USER_PREFIX = 'user_';
const FLAGS = ['required', 'requisite', 'sufficient', 'optional'];

const TOKEN =
  /\s+|\/\/[^\n]*|#[^\n]*|\/\*[\s\S]*?\*\/|(?<mark>[{};=])|"(?<text>(?:[^"\\]|\\.)*)"|(?<word>[^\s{};="]+)/gy;

interface Token {
  readonly kind: 'mark' | 'value';
  readonly text: string;
  readonly line: number;
}

/** A login module of one section, with its options. */
interface LoginModule {
  readonly name: string;
  readonly options: ReadonlyMap<string, string>;
}

/**
 * The users in a JAAS file of a ZooKeeper server, for SASL DIGEST-MD5: passwords by name.
 *
 *     Server {
 *       org.apache.zookeeper.server.auth.DigestLoginModule required
 *       user_alice="password";
 *     };
 *
 * @param sectionName `Server`, or what `zookeeper.sasl.serverconfig` says.
 * @throws EngineError BAD_REQUEST when the file is malformed or names no users there, NOT_SUPPORTED
 *   for other login modules, such as Kerberos'.
 */
export function parseJaasUsers(text: string, sectionName = 'Server'): Map<string, string> {
  const sections = new Reader(tokens(text)).sections();
  const modules = sections.get(sectionName);
  if (modules === undefined) {
    const names = [...sections.keys()];
    throw new EngineError(
      'BAD_REQUEST',
      `coord: jaas: expected a section '${sectionName}', ` +
        `found ${names.join(', ') || 'none'}${didYouMean(sectionName, names)}`,
    );
  }
  const users = new Map<string, string>();
  for (const { name, options } of modules) {
    if (name !== DIGEST_MODULE) {
      throw new EngineError(
        'NOT_SUPPORTED',
        `coord: jaas: expected ${DIGEST_MODULE}, found ${name}, which is not supported`,
      );
    }
    for (const [key, value] of options) {
      if (key.startsWith(USER_PREFIX)) users.set(key.slice(USER_PREFIX.length), value);
    }
  }
  if (users.size > 0) return users;
  throw new EngineError(
    'BAD_REQUEST',
    `coord: jaas: expected users like user_alice="password" in section '${sectionName}', found none`,
  );
}

class Reader {
  readonly #tokens: readonly Token[];
  #next = 0;

  constructor(list: readonly Token[]) {
    this.#tokens = list;
  }

  sections(): Map<string, LoginModule[]> {
    const sections = new Map<string, LoginModule[]>();
    while (this.#next < this.#tokens.length) {
      const name = this.#value('the name of a section');
      this.#mark('{');
      const modules: LoginModule[] = [];
      while (!this.#takeMark('}')) modules.push(this.#module());
      this.#mark(';');
      sections.set(name, modules);
    }
    return sections;
  }

  #module(): LoginModule {
    const name = this.#value('the name of a login module');
    const flag = this.#value('a flag like required');
    if (!FLAGS.includes(flag.toLowerCase())) throw this.#error(FLAGS.join(', '), -1);
    const options = new Map<string, string>();
    while (!this.#takeMark(';')) {
      const key = this.#value('an option or ;');
      this.#mark('=');
      options.set(key, this.#value(`the value of ${key}`));
    }
    return { name, options };
  }

  #value(what: string): string {
    const token = this.#tokens[this.#next];
    if (token?.kind !== 'value') throw this.#error(what, 0);
    this.#next++;
    return token.text;
  }

  #mark(text: string): void {
    if (!this.#takeMark(text)) throw this.#error(text, 0);
  }

  #takeMark(text: string): boolean {
    const token = this.#tokens[this.#next];
    if (token?.kind !== 'mark' || token.text !== text) return false;
    this.#next++;
    return true;
  }

  // Says where, never what: what stands there may be a password.
  #error(expected: string, offset: number): EngineError {
    const token = this.#tokens[this.#next + offset];
    const place = token === undefined ? 'the end of the file' : `something else`;
    const line = token === undefined ? '' : ` in line ${token.line}`;
    return new EngineError(
      'BAD_REQUEST',
      `coord: jaas: expected ${expected}, found ${place}${line}`,
    );
  }
}

function tokens(text: string): Token[] {
  const found: Token[] = [];
  let end = 0;
  let line = 1;
  for (const match of text.matchAll(TOKEN)) {
    const { mark, text: inQuotes, word } = match.groups ?? {};
    if (mark !== undefined) found.push({ kind: 'mark', text: mark, line });
    const value = inQuotes?.replace(/\\(.)/gs, '$1') ?? word;
    if (value !== undefined) found.push({ kind: 'value', text: value, line });
    line += match[0].split('\n').length - 1;
    end = match.index + match[0].length;
  }
  if (end === text.length) return found;
  throw new EngineError('BAD_REQUEST', `coord: jaas: expected a closing quote after line ${line}`);
}
