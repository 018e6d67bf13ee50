import { z } from 'zod';
import type { RouteSpec } from './api.ts';

const ERROR = {
  type: 'object',
  properties: { code: { type: 'integer' }, error: { type: 'string' } },
  required: ['code', 'error'],
};

/** The description of an interface as OpenAPI 3.1, made of what its routes check requests by. */
export function openApiDocument(specs: readonly RouteSpec[], version: string): object {
  const paths: Record<string, Record<string, object>> = {};
  for (const spec of specs) {
    const { path, method } = spec;
    paths[path] = { ...paths[path], [method]: operation(spec) };
  }
  return {
    openapi: '3.1.0',
    info: { title: 'Nyala controller', version },
    tags: [...new Set(specs.map(({ tag }) => tag))].map((name) => ({ name })),
    paths,
    components: { schemas: { Error: ERROR } },
  };
}

function operation(spec: RouteSpec): object {
  const { tag, summary, path, query, contentType = 'application/json', answer } = spec;
  const inPath = [...path.matchAll(/\{(\w+)\}/g)].map(([, name]) => {
    return { name, in: 'path', required: true, schema: { type: 'string' } };
  });
  const inQuery = Object.entries(query?.shape ?? {}).map(([name, schema]) => {
    const { description, ...rest } = jsonSchema(schema);
    const isRequired = !schema.safeParse(undefined).success;
    return { name, in: 'query', required: isRequired, description, schema: rest };
  });
  const failure = { $ref: '#/components/schemas/Error' };
  return {
    tags: [tag],
    summary,
    parameters: [...inPath, ...inQuery],
    ...bodyOf(spec),
    responses: {
      200: { description: 'done', content: { [contentType]: { schema: jsonSchema(answer) } } },
      default: {
        description: 'an error',
        content: { 'application/json': { schema: failure } },
      },
    },
  };
}

function bodyOf({ body, upload }: RouteSpec): object {
  if (upload !== undefined) {
    const file = { type: 'string', format: 'binary' };
    const form = { type: 'object', properties: { file } };
    const content = {
      'multipart/form-data': { schema: form },
      'application/octet-stream': { schema: file },
    };
    return { requestBody: { description: upload, required: true, content } };
  }
  if (body === undefined) return {};
  const content = { 'application/json': { schema: jsonSchema(body) } };
  return { requestBody: { required: true, content } };
}

/** What may be sent, or is answered, of a type. */
function jsonSchema(schema: z.ZodType): Record<string, unknown> {
  const { $schema: _, ...rest } = z.toJSONSchema(schema, { io: 'input', unrepresentable: 'any' });
  return rest;
}
