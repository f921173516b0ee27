/** The order of rooms, lowest first, as docs/architecture.md has it. */

export interface Rooms {
  /** The folder that holds the rooms. */
  readonly root: 'native' | 'src';
  /** The rooms of a level know nothing of each other. */
  readonly levels: readonly (readonly string[])[];
}

/** Reads the block of code that begins with "```rooms of ROOT"; a line is a level. */
export function readRooms(document: string, root: Rooms['root']): Rooms {
  const block = new RegExp(`^\`\`\`rooms of ${root}\\n([^\`]*)^\`\`\`$`, 'm').exec(document)?.[1];
  if (block === undefined) throw new Error(`no block of code "rooms of ${root}"`);
  const levels = block.trimEnd().split('\n');
  return { root, levels: levels.map((line) => line.trim().split(/\s+/)) };
}

/** The room of a file under the root: its folder there, or its own name without an extension. */
export function roomOf({ root }: Rooms, path: string): string {
  const [first = '', ...rest] = path.slice(root.length + 1).split('/');
  return rest.length > 0 ? first : first.replace(/\.\w+$/, '');
}

/** -1 for what is no room. */
export function levelOf({ levels }: Rooms, room: string): number {
  return levels.findIndex((level) => level.includes(room));
}

/** The rooms that files of `room` may take from, besides their own. */
export function roomsBelow(rooms: Rooms, room: string): string[] {
  return rooms.levels.slice(0, Math.max(0, levelOf(rooms, room))).flat();
}
