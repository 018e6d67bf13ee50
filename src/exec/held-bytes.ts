/** A string in a dictionary: its reference, and the least that the text itself takes. */
const STRING_BYTES = 32;

/**
 * About as many bytes of the JavaScript heap as plain data holds, such as a partial result: its typed
 * arrays, and a fixed share for each text of a dictionary.
 */
export function heldBytes(data: unknown): number {
  if (typeof data !== 'object' || data === null) return 0;
  if (ArrayBuffer.isView(data)) return data.byteLength;
  if (Array.isArray(data) && typeof data[0] === 'string') return data.length * STRING_BYTES;
  // Objects of classes lie over memory that is counted where it is taken.
  if (!Array.isArray(data) && Object.getPrototypeOf(data) !== Object.prototype) return 0;
  let bytes = 0;
  for (const part of Object.values(data)) bytes += heldBytes(part);
  return bytes;
}
