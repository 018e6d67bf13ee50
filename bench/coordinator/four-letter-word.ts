import { connect } from 'node:net';
import type { Address } from '../../src/io/network.ts';

const ANSWER_MS_MAX = 2_000;

/** A server's whole answer to a four-letter word, or null when it cannot be reached or is silent. */
export function askWord({ host, port }: Address, word: string): Promise<string | null> {
  return new Promise((resolve) => {
    let answer = '';
    const socket = connect(port, host, () => socket.write(word));
    const finish = (result: string | null): void => {
      socket.destroy();
      resolve(result);
    };
    socket.setTimeout(ANSWER_MS_MAX, () => finish(null));
    socket.setEncoding('utf8').on('data', (text: string) => {
      answer += text;
    });
    socket.on('end', () => finish(answer));
    socket.on('close', () => finish(answer === '' ? null : answer));
    socket.on('error', () => finish(null));
  });
}
