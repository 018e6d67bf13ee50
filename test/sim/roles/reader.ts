import { sleep } from '../../../src/io/clock.ts';
import type { RoleMachine } from './role-machine.ts';
import type { TableHistory } from './table-history.ts';
import { countSql, QUESTIONS, type Question, type Rows } from './test-tables.ts';
import type { User, UserProgram } from './user.ts';

/** What readers and writers share. */
export interface WorkloadPlan {
  readonly history: TableHistory;
  readonly tables: readonly string[];
  readonly writerPauseMs: number;
  readonly readerPauseMs: number;
  readonly isOver: () => boolean;
}

const QUERY_TIMEOUT_MS = 5_000;
/** What a client waits for before it turns to another broker. */
const CLIENT_TIMEOUT_MS = QUERY_TIMEOUT_MS + 1_000;

/** Asks random tables, questions and brokers, over and over. */
export function reader({ history, tables, readerPauseMs, isOver }: WorkloadPlan): UserProgram {
  return async (user) => {
    while (!isOver()) {
      await sleep(user.clock, readerPauseMs * (0.5 + user.prng.float()));
      const table = user.prng.pick(tables);
      const question = user.prng.pick([null, ...QUESTIONS]);
      await ask(user, history, table, question, user.some('broker'));
    }
  };
}

/**
 * Asks brokers one after another until one is reached, and records what that says.
 *
 * @param question null for the number of rows.
 * @returns whether there was an answer.
 */
export async function ask(
  user: User,
  history: TableHistory,
  table: string,
  question: Question | null,
  brokers: readonly RoleMachine[],
): Promise<boolean> {
  const sql = question === null ? countSql(table) : question.sql(table);
  const number = history.next();
  const startedMs = user.trueMs;
  for (const broker of brokers) {
    const beganMs = user.trueMs;
    const { startCount } = broker;
    const response = await user.ask(broker, {
      method: 'POST',
      path: '/query/sql',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ sql: `SET timeoutMs = ${QUERY_TIMEOUT_MS}; ${sql}` }),
      timeoutMs: CLIENT_TIMEOUT_MS,
    });
    if (response === null) continue;
    const { resultTable, exceptions } = response.body as QueryBody;
    if (resultTable === undefined) {
      const reason = `${broker.id}: ${exceptions?.[0]?.message ?? `status ${response.status}`}`;
      user.note('query', number, 'failed:', reason);
      history.failures.push({
        sql,
        host: user.host,
        beganMs: startedMs,
        endedMs: user.trueMs,
        reason,
      });
      return false;
    }
    const { rows } = resultTable;
    user.note('query', number, table, question?.name ?? 'count', broker.id, 'answers', ...rows);
    const isSame = startCount === broker.startCount;
    history.answers.push({
      ...{ number, table, beganMs, endedMs: user.trueMs },
      question: question?.name ?? 'count',
      broker: broker.id,
      brokerHost: broker.host,
      incarnation: `${broker.id}.${isSame ? startCount : `answer${number}`}`,
      parts: question?.parts(rows) ?? null,
      rowCount: question === null ? Number(rows[0]?.[0]) : null,
    });
    return true;
  }
  const reason = 'no broker was reached';
  history.failures.push({ sql, host: user.host, beganMs: startedMs, endedMs: user.trueMs, reason });
  return false;
}

interface QueryBody {
  readonly resultTable?: { readonly rows: Rows };
  readonly exceptions?: readonly { readonly message: string }[];
}
