/** Every kernel; `src/kernels/exports.ts` is the list with its meaning. */
export * from './arithmetic';
export * from './bitmap';
export * from './checksum';
export * from './extreme';
export * from './extreme-rows';
export * from './filter';
export * from './group';
export * from './hash';
export * from './moments';
export * from './move';
export * from './ordinals';
export * from './regexp';
export * from './sketch';
export * from './sum';
export * from './text-search';
export * from './unpack';
export * from './value-hash';
