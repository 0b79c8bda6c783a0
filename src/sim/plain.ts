/** Data that survives JSON, a keyframe and a worker boundary. Treated as immutable once handed over. */
export type Plain = null | undefined | boolean | number | string | readonly Plain[] | { readonly [field: string]: Plain };
