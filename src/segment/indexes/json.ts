import { parseJson } from '../../base/json.ts';
import { jsonTerms } from '../../base/json-match.ts';
import type { IndexBuilder } from './index-builder.ts';
import { sourceColumn } from './index-source.ts';
import { termBuffers } from './terms.ts';

/** Builds a JSON index: the layout of `terms.ts`, with the terms of `jsonTerms`. */
export const buildJson: IndexBuilder = ({ columns: [name] }, source) => ({
  parameters: {},
  buffers: termBuffers(sourceColumn(source, name!), (text) => {
    const root = parseJson(text);
    return root === undefined ? [] : jsonTerms(root);
  }),
});
