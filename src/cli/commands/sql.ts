import type { AnswerFormat } from '../answer-format.ts';
import { answerText } from '../answer-text.ts';
import { withRole } from '../ask.ts';
import { askSql } from '../sql-client.ts';

/** `nyala sql`: asks a running broker and prints the answer on stdout. */
export async function sql(
  text: string,
  options: { readonly broker: string; readonly format: AnswerFormat },
): Promise<void> {
  const answer = await withRole(options.broker, { name: 'broker', option: '--broker' }, (ask) =>
    askSql(ask, text),
  );
  process.stdout.write(answerText(answer, options.format));
}
