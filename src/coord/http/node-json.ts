import { decodeUtf8 } from '../../base/bytes.ts';
import { EngineError } from '../../base/errors.ts';
import { hexadecimal } from '../admin/word-text.ts';
import type { NodeStat } from '../core/model.ts';

/** A node's facts as JSON; 64-bit numbers are hexadecimal text, times are milliseconds since 1970. */
export function statJson(stat: NodeStat) {
  const { czxid, mzxid, pzxid, ephemeralOwner, ...rest } = stat;
  return {
    ...rest,
    czxid: hexadecimal(czxid),
    mzxid: hexadecimal(mzxid),
    pzxid: hexadecimal(pzxid),
    ephemeralOwner: hexadecimal(ephemeralOwner),
  };
}

/** A node's data as JSON: as text when it is UTF-8, else in base64. Null stays null. */
export function dataJson(data: Uint8Array | null): { data: string | null; dataEncoding: string } {
  if (data === null) return { data: null, dataEncoding: 'utf8' };
  try {
    return { data: decodeUtf8(data, 'coord: node data'), dataEncoding: 'utf8' };
  } catch (error) {
    if (!(error instanceof EngineError)) throw error;
    return { data: base64(data), dataEncoding: 'base64' };
  }
}

function base64(data: Uint8Array): string {
  let characters = '';
  for (const byte of data) characters += String.fromCharCode(byte);
  return btoa(characters);
}
