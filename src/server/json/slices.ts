/** Parts of a JSON text that was parsed before, as they were written. */

/** The elements of a list. */
export function listElements(json: string): string[] {
  return parts(json);
}

/** The members of an object; of a name that stands twice the last one counts, as JSON.parse has it. */
export function objectMembers(json: string): Map<string, string> {
  const members = new Map<string, string>();
  for (const part of parts(json)) {
    const colon = stringEnd(part, part.indexOf('"'));
    const name = JSON.parse(part.slice(0, colon)) as string;
    members.delete(name);
    members.set(name, part.slice(part.indexOf(':', colon) + 1).trim());
  }
  return members;
}

/** What stands between the commas of the outermost brackets, without whitespace around it. */
function parts(json: string): string[] {
  const found: string[] = [];
  let depth = 0;
  let start = 0;
  for (let i = 0; i < json.length; i++) {
    switch (json.charAt(i)) {
      case '"':
        i = stringEnd(json, i) - 1;
        break;
      case '[':
      case '{':
        if (++depth === 1) start = i + 1;
        break;
      case ']':
      case '}':
        if (--depth === 0) found.push(json.slice(start, i).trim());
        break;
      case ',':
        if (depth !== 1) break;
        found.push(json.slice(start, i).trim());
        start = i + 1;
        break;
      default:
    }
  }
  // An empty list has one part, which is nothing.
  return found.filter((part) => part !== '');
}

/** Behind the string whose quote stands at `start`. */
function stringEnd(json: string, start: number): number {
  let i = start + 1;
  while (i < json.length && json[i] !== '"') i += json[i] === '\\' ? 2 : 1;
  return i + 1;
}
