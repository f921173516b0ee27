/** What holds between the files of native/ and of src/; each problem names file, line and remedy. */
import { posix } from 'node:path';
import { circles } from './circles.js';
import { levelOf, roomOf, type Rooms, roomsBelow } from './order.js';
import { importsOf, includesOf, type Reference, type SourceFile } from './references.js';

const TESTS = 'native/test/';
/** Headers by which C++ knows Node, V8 and libuv. */
const OF_NODE = /^[<"](?:napi|node|js_native_api|v8|uv)\b/;

/**
 * Problems among C++ sources: those of native/, and those outside (benchmarks), which may take
 * from every room but not from the tests.
 */
export function nativeProblems(files: readonly SourceFile[], rooms: Rooms): string[] {
  const paths = new Set(files.map(({ path }) => path));
  const references = files.flatMap(includesOf);
  return [
    ...references.flatMap((reference) => rootedProblem(reference, paths)),
    ...references.flatMap(testsProblem),
    ...references.flatMap(nodeProblem),
    ...references
      .filter(({ target }) => target !== null && paths.has(target))
      .filter(({ file, target }) => isRoomed(file) && isRoomed(target!))
      .flatMap((reference) => orderProblem(reference, rooms)),
    ...circleProblems(references),
    ...unknownRooms(
      files.filter(({ path }) => isRoomed(path)),
      rooms,
    ),
  ];
}

/** Problems among the modules of src/. */
export function sourceProblems(files: readonly SourceFile[], rooms: Rooms): string[] {
  const paths = new Set(files.map(({ path }) => path));
  const references = files.flatMap(importsOf);
  return [
    ...references.flatMap((reference) => outsideProblem(reference, paths)),
    ...references
      .filter(({ target }) => target !== null && paths.has(target))
      .flatMap((reference) => orderProblem(reference, rooms)),
    ...circleProblems(references.filter(({ starts }) => !starts)),
    ...unknownRooms(files, rooms),
  ];
}

function isRoomed(path: string): boolean {
  return path.startsWith('native/') && !path.startsWith(TESTS);
}

function at({ file, line }: Reference): string {
  return `${file}:${line}`;
}

function rootedProblem(reference: Reference, paths: ReadonlySet<string>): string[] {
  const { file, written, target } = reference;
  const name = written.slice(1, -1);
  if (target === null) {
    if (!paths.has(`native/${name}`)) return [];
    return [`${at(reference)}: ${written} is Kinglet's own: write it in quotes, "${name}"`];
  }
  if (paths.has(target)) return [];
  const beside = posix.join(posix.dirname(file), name);
  const remedy = paths.has(beside)
    ? `write "${posix.relative('native', beside)}"`
    : 'there is no such file';
  return [`${at(reference)}: ${written} isn't found from native/, where includes begin: ${remedy}`];
}

function testsProblem(reference: Reference): string[] {
  const { file, written, target } = reference;
  if (target?.startsWith(TESTS) !== true || file.startsWith(TESTS)) return [];
  return [
    `${at(reference)}: ${written} belongs to the tests: move what others need out of native/test`,
  ];
}

function nodeProblem(reference: Reference): string[] {
  const { file, written } = reference;
  if (!OF_NODE.test(written) || file.startsWith('native/binding/')) return [];
  return [
    `${at(reference)}: ${written} is a header of Node's: only native/binding knows Node; ` +
      'hand over what it reads as a plain value',
  ];
}

function outsideProblem(reference: Reference, paths: ReadonlySet<string>): string[] {
  const { written, target } = reference;
  if (target === null || paths.has(target)) return [];
  const remedy = target.startsWith('src/')
    ? 'there is no such file'
    : 'src stands alone: move what it needs from there into src';
  return [`${at(reference)}: ${written} is ${target}, which is no file of src: ${remedy}`];
}

function orderProblem(reference: Reference, rooms: Rooms): string[] {
  const [own, other] = [roomOf(rooms, reference.file), roomOf(rooms, reference.target!)];
  const below = roomsBelow(rooms, own);
  if (own === other || levelOf(rooms, own) < 0 || below.includes(other)) return [];
  return [
    `${at(reference)}: ${reference.written} is of the room ${other}, which isn't below ${own}: ` +
      `take from ${[own, ...below].join(', ')}, or move what both need down there`,
  ];
}

function circleProblems(references: readonly Reference[]): string[] {
  return circles(references).map((steps) => {
    const way = steps.map((step) => `${at(step)} takes from ${step.target}`).join(', ');
    return `${way}: a circle; move what they share into a file of its own, or hand it down`;
  });
}

function unknownRooms(files: readonly SourceFile[], rooms: Rooms): string[] {
  const there = new Set(files.map(({ path }) => roomOf(rooms, path)));
  const known = rooms.levels.flat();
  return [
    ...[...there]
      .filter((room) => !known.includes(room))
      .map((room) => `${rooms.root}/${room} has no place in the order of docs/architecture.md`),
    ...known
      .filter((room) => !there.has(room))
      .map((room) => `docs/architecture.md orders ${rooms.root}/${room}, which isn't there`),
  ];
}
