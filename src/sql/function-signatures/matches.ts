import { type FunctionSignature, simple } from './signature.ts';

/** Searching texts and JSON, with or without an index. */
export const MATCH_FUNCTIONS: readonly FunctionSignature[] = [
  simple(
    'text_match',
    'True when the words of the text satisfy a query of terms, prefix*, "phrases", AND, OR and NOT.',
    ['STRING', 'STRING'],
    'BOOLEAN',
  ),
  simple(
    'json_match',
    'True when the JSON satisfies a filter such as "$.a[*].b" = \'x\', its arrays flattened.',
    ['STRING', 'STRING'],
    'BOOLEAN',
  ),
];
