import { type FunctionSignature, simple } from './signature.ts';

/** Functions on text that holds JSON. Text that does not is NULL, or false where a condition asks. */
export const JSON_FUNCTIONS: readonly FunctionSignature[] = [
  simple(
    'json_extract_scalar',
    'The value at a path, as the type named by a literal; the default where there is none.',
    ['STRING', 'STRING', 'STRING', 'STRING'],
    'STRING',
    { optionalCount: 1, typeNameIndex: 2, defaultIndex: 3 },
  ),
  simple(
    'json_path_string',
    'The value at a path as text; the default where there is none.',
    ['STRING', 'STRING', 'STRING'],
    'STRING',
    { optionalCount: 1, defaultIndex: 2, aliases: ['get_json_object', 'json_extract_string'] },
  ),
  simple(
    'json_path_long',
    'The value at a path as a whole number; the default where there is none.',
    ['STRING', 'STRING', 'BIGINT'],
    'BIGINT',
    { optionalCount: 1, defaultIndex: 2 },
  ),
  simple(
    'json_path_double',
    'The value at a path as a number; the default where there is none.',
    ['STRING', 'STRING', 'DOUBLE'],
    'DOUBLE',
    { optionalCount: 1, defaultIndex: 2 },
  ),
  simple(
    'json_path_exists',
    'True when a path leads to a value other than null.',
    ['STRING', 'STRING'],
    'BOOLEAN',
    { aliases: ['json_exists'] },
  ),
  simple('json_format', 'The JSON without blanks.', ['STRING'], 'STRING'),
  simple('is_json', 'True when the text is JSON.', ['STRING'], 'BOOLEAN', {
    aliases: ['json_valid'],
  }),
];
