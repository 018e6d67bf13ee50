import { Readable } from 'node:stream';
import { createGunzip } from 'node:zlib';

/**
 * The content of gzip data, piece by piece. Members that follow each other are one content, as gzip(1)
 * has it; the DecompressionStream of the web refuses them.
 *
 * @throws the error of zlib when the data is not gzip or is cut off, or that of `pieces`.
 */
export async function* gunzip(pieces: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  const source = Readable.from(pieces);
  const content = source.pipe(createGunzip());
  source.once('error', (error) => content.destroy(error));
  for await (const piece of content) yield piece as Uint8Array;
}
