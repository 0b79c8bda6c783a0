// Pure functions of an immutable object, computed once per object identity. Pods of one template share their spec object, so
// defaulting, admission and validation of the ten-thousandth pod is a lookup.

/** Remembers `compute` per argument identity for as long as the argument lives. */
export function memoByIdentity<A extends object, R>(compute: (argument: A) => R): (argument: A) => R {
  const results = new WeakMap<A, R>();
  return (argument) => {
    let result = results.get(argument);
    if (result === undefined) {
      result = compute(argument);
      results.set(argument, result);
    }
    return result;
  };
}

/** As {@link memoByIdentity} for a function that completes an object and leaves a complete one as it is: its result is a fixed point. */
export function memoCompletion<A extends object>(complete: (argument: A) => A): (argument: A) => A {
  const results = new WeakMap<A, A>();
  return (argument) => {
    let result = results.get(argument);
    if (result === undefined) {
      result = complete(argument);
      results.set(argument, result);
      results.set(result, result);
    }
    return result;
  };
}
