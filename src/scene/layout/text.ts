// Widths of captions without a canvas, so that layout stays pure: measured averages of the two bundled fonts, a little generous.

export const widths = { name: 6.5, id: 7.25, quiet: 6.95 } as const;
export type TextRole = keyof typeof widths;

export function textWidth(text: string, role: TextRole): number {
  return text.length * widths[role];
}

/** Shortens in the middle, keeping the end (the part that tells siblings apart). */
export function shorten(text: string, roomPx: number, role: TextRole): string {
  const room = Math.floor(roomPx / widths[role]);
  if (text.length <= room) return text;
  if (room < 4) return text.slice(0, Math.max(1, room));
  const tail = Math.min(Math.ceil((room - 1) / 2), text.length - text.lastIndexOf('-') - 1 || Math.ceil((room - 1) / 2));
  return `${text.slice(0, room - 1 - tail)}…${text.slice(text.length - tail)}`;
}
