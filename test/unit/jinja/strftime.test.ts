import t from 'tap';
import { formatTime } from '../../../src/jinja/functions/strftime.js';

/** What datetime.strftime makes of these in Python 3.11 on glibc, in the C locale. */
type DateFields = readonly [year: number, month: number, ...rest: number[]];

const EXPECTED: readonly [date: DateFields, format: string, text: string][] = [
  [[2024, 7, 26, 15, 4, 5], '%d %b %Y|%A, %B %-d|%F %T|%D %R', '26 Jul 2024|Friday, July 26|2024-07-26 15:04:05|07/26/24 15:04'],
  [[2024, 7, 26, 15, 4, 5], '%j %U %W %V %G %g %u %w %C %y', '208 29 30 30 2024 24 5 5 20 24'],
  [[2024, 7, 26, 15, 4, 5], '%c|%x|%X|%r|%h|%I %p %P|%l|%k', 'Fri Jul 26 15:04:05 2024|07/26/24|15:04:05|03:04:05 PM|Jul|03 PM pm| 3|15'],
  [[2021, 1, 3, 0, 0, 0], '%j %U %W %V %G %u %w|%-j %-m/%-d|%e|%_d|%0e|%-I', '003 01 00 53 2020 7 0|3 1/3| 3| 3|03|12'],
  [[2024, 12, 30, 23, 59, 59], '%V %G %j %U %W|%^a %^B %#p %^P', '01 2025 365 52 53|MON DECEMBER pm pm'],
  [[2024, 7, 26, 15, 4, 5], '%f%%%z%Z|%n|%t|%q %-q %', '000000%|\n|\t|%q %-q %'],
]; // prettier-ignore

t.test('strftime', (t) => {
  for (const [[year, month, ...rest], format, text] of EXPECTED) {
    const date = new Date(year, month - 1, ...rest);
    t.equal(formatTime(date, format), text);
  }
  t.end();
});
