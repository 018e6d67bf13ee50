/** How `nyala sql` can print an answer. */
export const ANSWER_FORMATS = ['table', 'csv', 'json', 'ndjson'] as const;

/** One of `ANSWER_FORMATS`. */
export type AnswerFormat = (typeof ANSWER_FORMATS)[number];
