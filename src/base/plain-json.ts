/** What `JSON.parse` gives. */
export type PlainJson = string | number | boolean | null | readonly PlainJson[] | PlainJsonRecord;

/** A JSON object. */
export interface PlainJsonRecord {
  readonly [key: string]: PlainJson;
}
