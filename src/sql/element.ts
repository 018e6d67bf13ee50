/**
 * The column that stands for one element of an array inside the condition of `array_any(array, condition)`:
 * true when the condition is true of an element, false when it is false of all of them, else NULL.
 */
export const ELEMENT = '$element';
