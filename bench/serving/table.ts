/** Tables as Markdown writes them, columns aligned. */

interface Row {
  readonly name: string;
  readonly cells: readonly string[];
}

/** `head` names the columns of cells. */
export function markdownTable(head: readonly string[], rows: readonly Row[]): string {
  const lines = [['', ...head], ...rows.map(({ name, cells }) => [name, ...cells])];
  const widths = lines[0]?.map((_, column) =>
    Math.max(3, ...lines.map((cells) => (cells[column] ?? '').length)),
  );
  const line = (cells: readonly string[]): string =>
    `| ${(widths ?? [])
      .map((width, column) => {
        const cell = cells[column] ?? '';
        return column === 0 ? cell.padEnd(width) : cell.padStart(width);
      })
      .join(' | ')} |`;
  const rule = (widths ?? []).map((width, column) =>
    column === 0 ? '-'.repeat(width) : `${'-'.repeat(width - 1)}:`,
  );
  const [first = [], ...others] = lines;
  return [line(first), `| ${rule.join(' | ')} |`, ...others.map(line)].join('\n');
}

/** A figure with `digits` after the point; '–' where there is none. */
export function figure(value: number | undefined, digits = 0): string {
  return value === undefined || !Number.isFinite(value) ? '–' : value.toFixed(digits);
}

/** A row of a table whose columns are things measured alike. */
export interface Measure<T> {
  readonly name: string;
  /** After the point. */
  readonly digits: number;
  readonly of: (measured: T) => number | undefined;
}

export interface Column<T> {
  readonly head: string;
  readonly measured: T;
}

/** A column for each; where `ratio` asks for it, a last one with the first by the second. */
export function measuresTable<T>(
  measures: readonly Measure<T>[],
  columns: readonly Column<T>[],
  { ratio }: { readonly ratio: boolean },
): string {
  const rows = measures.map(({ name, digits, of }) => {
    const values = columns.map(({ measured }) => of(measured));
    const [first = NaN, second = NaN] = values;
    const cells = values.map((value) => figure(value, digits));
    return { name, cells: ratio ? [...cells, figure(first / second, 2)] : cells };
  });
  const heads = columns.map(({ head }) => head);
  return markdownTable(ratio ? [...heads, 'ratio'] : heads, rows);
}
