import { parseJson } from '../../base/json.ts';
import { matchesJson, parseJsonMatch } from '../../base/json-match.ts';
import { matchesText, parseTextQuery, tokensOf } from '../../base/text-search.ts';
import type { Call } from '../../sql/expression.ts';
import { callError, type Implementation } from './implementation.ts';
import { textFunction } from './text-apply.ts';

/** Reads what a call is to match, once for each text that it is given. */
function memoised<Query>(parse: (text: string) => Query): (text: string) => Query {
  let known: { readonly text: string; readonly query: Query } | null = null;
  return (text) => {
    if (known?.text !== text) known = { text, query: parse(text) };
    return known.query;
  };
}

function refusing(call: Call) {
  return (code: 'INVALID_QUERY' | 'NOT_SUPPORTED', message: string) =>
    callError(call, code, message);
}

/** Searching texts and JSON: what the text and JSON indexes answer without looking at each row. */
export const MATCHES: Readonly<Record<string, Implementation>> = {
  text_match: textFunction((call) => {
    const queryOf = memoised((text) => parseTextQuery(text, refusing(call)));
    return (text: string, query: string) => matchesText(queryOf(query), tokensOf(text));
  }),
  json_match: textFunction((call) => {
    const matchOf = memoised((text) => parseJsonMatch(text, refusing(call)));
    return (text: string, filter: string) => {
      const match = matchOf(filter);
      const root = parseJson(text);
      return root === undefined ? match.isNegated : matchesJson(match, root);
    };
  }),
};
