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

/**
 * Python's strftime in the C locale and local time, for the directives that dates in prompts use;
 * `%-d` and the like leave the padding out. Others stay as they are.
 */
export function formatTime(date: Date, format: string): string {
  return format.replace(/%(-?)([a-zA-Z%])/g, (directive, bare: string, letter: string) => {
    const number = (value: number, width: number): string =>
      String(value).padStart(bare === '-' ? 0 : width, '0');
    switch (letter) {
      case 'Y':
        return number(date.getFullYear(), 4);
      case 'y':
        return number(date.getFullYear() % 100, 2);
      case 'm':
        return number(date.getMonth() + 1, 2);
      case 'd':
        return number(date.getDate(), 2);
      case 'e':
        return String(date.getDate()).padStart(bare === '-' ? 0 : 2, ' ');
      case 'B':
        return MONTHS[date.getMonth()];
      case 'b':
        return MONTHS[date.getMonth()].slice(0, 3);
      case 'A':
        return DAYS[date.getDay()];
      case 'a':
        return DAYS[date.getDay()].slice(0, 3);
      case 'H':
        return number(date.getHours(), 2);
      case 'I':
        return number(date.getHours() % 12 || 12, 2);
      case 'M':
        return number(date.getMinutes(), 2);
      case 'S':
        return number(date.getSeconds(), 2);
      case 'p':
        return date.getHours() < 12 ? 'AM' : 'PM';
      case 'F':
        return formatTime(date, '%Y-%m-%d');
      case 'T':
        return formatTime(date, '%H:%M:%S');
      case '%':
        return '%';
      default:
        return directive;
    }
  });
}
