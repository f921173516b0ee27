const MONTHS = [
  'January',
  'February',
  'March',
  'April',
  'May',
  'June',
  'July',
  'August',
  'September',
  'October',
  'November',
  'December',
];
const DAYS = ['Sunday', 'Monday', 'Tuesday', 'Wednesday', 'Thursday', 'Friday', 'Saturday'];
const DAY_MS = 86_400_000;

/** Directives that stand for others, in the C locale. */
const COMPOUND: Readonly<Record<string, string>> = {
  c: '%a %b %e %H:%M:%S %Y',
  D: '%m/%d/%y',
  F: '%Y-%m-%d',
  R: '%H:%M',
  r: '%I:%M:%S %p',
  T: '%H:%M:%S',
  x: '%m/%d/%y',
  X: '%H:%M:%S',
};

/**
 * Python's strftime in the C locale and local time, as glibc has it: `%-d` leaves the padding out,
 * `%_d` pads with spaces, `%0e` with zeros, `%^a` is in capitals. Unknown directives stay as they
 * are. A naive datetime has no zone: %z and %Z are empty.
 */
export function formatTime(date: Date, format: string): string {
  return format.replace(/%([-_0^#]?)([a-zA-Z%])/g, (directive, flag: string, letter: string) => {
    const compound = COMPOUND[letter];
    const text = compound === undefined ? nameOf(date, letter) : formatTime(date, compound);
    if (text !== null) {
      if (letter === 'f' && flag !== '') return directive;
      if (flag === '^') return letter === 'P' ? text : text.toUpperCase();
      if (flag !== '#' || compound !== undefined) return text;
      return 'pP'.includes(letter) ? text.toLowerCase() : text.toUpperCase();
    }
    const number = numberOf(date, letter);
    if (number === null) return directive;
    const [value, width, padding] = number;
    if (flag === '-') return String(value);
    const filled = flag === '_' ? ' ' : flag === '0' ? '0' : padding;
    return String(value).padStart(width, filled);
  });
}

function nameOf(date: Date, letter: string): string | null {
  switch (letter) {
    case 'A':
      return DAYS[date.getDay()]!;
    case 'a':
      return DAYS[date.getDay()]!.slice(0, 3);
    case 'B':
      return MONTHS[date.getMonth()]!;
    case 'b':
    case 'h':
      return MONTHS[date.getMonth()]!.slice(0, 3);
    case 'p':
      return date.getHours() < 12 ? 'AM' : 'PM';
    case 'P':
      return date.getHours() < 12 ? 'am' : 'pm';
    case 'f':
      return String(date.getMilliseconds() * 1000).padStart(6, '0');
    case 'n':
      return '\n';
    case 't':
      return '\t';
    case 'z':
    case 'Z':
      return '';
    case '%':
      return '%';
    default:
      return null;
  }
}

/** The number, how wide it is written, and what it is padded with. */
function numberOf(
  date: Date,
  letter: string,
): readonly [value: number, width: number, padding: '0' | ' '] | null {
  const hour12 = date.getHours() % 12 || 12;
  switch (letter) {
    case 'C':
      return [Math.floor(date.getFullYear() / 100), 2, '0'];
    case 'd':
      return [date.getDate(), 2, '0'];
    case 'e':
      return [date.getDate(), 2, ' '];
    case 'G':
      return [isoWeek(date).year, 4, '0'];
    case 'g':
      return [isoWeek(date).year % 100, 2, '0'];
    case 'H':
      return [date.getHours(), 2, '0'];
    case 'I':
      return [hour12, 2, '0'];
    case 'j':
      return [dayOfYear(date) + 1, 3, '0'];
    case 'k':
      return [date.getHours(), 2, ' '];
    case 'l':
      return [hour12, 2, ' '];
    case 'M':
      return [date.getMinutes(), 2, '0'];
    case 'm':
      return [date.getMonth() + 1, 2, '0'];
    case 'S':
      return [date.getSeconds(), 2, '0'];
    case 's':
      return [Math.floor(date.getTime() / 1000), 1, '0'];
    case 'U':
      return [Math.floor((dayOfYear(date) + 7 - date.getDay()) / 7), 2, '0'];
    case 'u':
      return [date.getDay() || 7, 1, '0'];
    case 'V':
      return [isoWeek(date).week, 2, '0'];
    case 'W':
      return [Math.floor((dayOfYear(date) + 7 - ((date.getDay() + 6) % 7)) / 7), 2, '0'];
    case 'w':
      return [date.getDay(), 1, '0'];
    case 'Y':
      return [date.getFullYear(), 4, '0'];
    case 'y':
      return [date.getFullYear() % 100, 2, '0'];
    default:
      return null;
  }
}

/** Days since the first of January. */
function dayOfYear(date: Date): number {
  const today = Date.UTC(date.getFullYear(), date.getMonth(), date.getDate());
  return Math.round((today - Date.UTC(date.getFullYear(), 0, 1)) / DAY_MS);
}

/** ISO 8601: a week belongs to the year that its Thursday lies in. */
function isoWeek(date: Date): { year: number; week: number } {
  const weekday = date.getDay() || 7;
  const thursday = new Date(date.getFullYear(), date.getMonth(), date.getDate() + 4 - weekday);
  return { year: thursday.getFullYear(), week: Math.floor(dayOfYear(thursday) / 7) + 1 };
}
