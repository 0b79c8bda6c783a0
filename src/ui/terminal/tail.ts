// Output that nobody will ever scroll back to is not kept: an endless loop may print for hours.

/** The end of a text, from the beginning of a line; cut only when it is twice as long as `kept`, so that each character is copied once. */
export function tail(text: string, kept: number): string {
  if (text.length <= 2 * kept) return text;
  const from = text.length - kept;
  const line = text.indexOf('\n', from - 1) + 1;
  return text.slice(line > 0 && line < text.length ? line : from);
}
