import { parse } from 'yaml';
import { z } from 'zod';
import { EngineError, errorMessage } from '../base/errors.ts';
import { didYouMean } from '../base/nearest-name.ts';

/**
 * Reads a YAML text (JSON is YAML) as a schema describes it. An empty text is an empty object.
 *
 * @param name of the file, for errors.
 * @throws EngineError BAD_REQUEST for what is not YAML or not a value that a key takes; UNKNOWN_OPTION
 *   for a key that there is not, with the nearest one.
 */
export function parseYaml<Schema extends z.ZodObject>(
  name: string,
  text: string,
  schema: Schema,
): z.output<Schema> {
  const result = schema.safeParse(parsed(name, text) ?? {});
  if (result.success) return result.data;
  const [issue] = result.error.issues;
  throw explained(name, issue!, schema);
}

function parsed(name: string, text: string): unknown {
  try {
    return parse(text);
  } catch (error) {
    const [line] = errorMessage(error).split('\n');
    throw new EngineError('BAD_REQUEST', `${name}: not YAML: ${line}`, { cause: error });
  }
}

function explained(name: string, issue: z.core.$ZodIssue, schema: z.ZodObject): EngineError {
  const at = issue.path.join('.');
  const prefix = at === '' ? '' : `${at}: `;
  if (issue.code !== 'unrecognized_keys') {
    return new EngineError('BAD_REQUEST', `${name}: ${prefix}${issue.message}`);
  }
  const key = issue.keys[0]!;
  const known = keysAt(schema, issue.path);
  return new EngineError(
    'UNKNOWN_OPTION',
    `${name}: ${prefix}no key ${key}${didYouMean(key, known)}; there are ${known.join(', ')}`,
  );
}

/** The keys that an object at a path may have. */
function keysAt(schema: z.ZodType, path: readonly PropertyKey[]): string[] {
  let at = schema;
  for (const step of path) {
    const outer = unwrapped(at);
    if (outer instanceof z.ZodObject) at = outer.shape[String(step)];
    else if (outer instanceof z.ZodArray) at = outer.element as z.ZodType;
  }
  const last = unwrapped(at);
  return last instanceof z.ZodObject ? Object.keys(last.shape) : [];
}

function unwrapped(schema: z.ZodType): z.ZodType {
  const isWrapped = schema instanceof z.ZodPrefault || schema instanceof z.ZodOptional;
  return isWrapped ? unwrapped(schema.unwrap() as z.ZodType) : schema;
}
