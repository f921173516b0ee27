/**
 * Filters, tests and methods of jinja2 and Python by the kind that they work on, each with the
 * arguments that it takes: a letter is a kind, in brackets what is optional, `name=` a keyword.
 *   s string, i small integer, n number, b true or false, l list, d dict, r rows, x anything,
 *   c characters to strip, a attribute's name, t test's name, f filter's name, m formatting method
 */
export const FILTERS: readonly (readonly [kind: string, calls: string])[] = [
  ['n', 'abs float(n?) int(n?) int(n?,base=i) round(i?) round(i,m?) filesizeformat(b?)'],
  ['s', 'capitalize center(i?) escape e forceescape format(x?,x?) indent(i?,b?,b?) int(n?,i?)'],
  ['s', 'float(n?) list lower upper title trim(c?) length count replace(s,s,i?) reverse safe'],
  ['s', 'string striptags truncate(i?,b?,s?,i?) urlencode wordcount wordwrap(i?,b?,s?) join(s?)'],
  ['s', 'first last tojson unique urlize(i?) indent(width=i,first=b) center(width=i) upper sort'],
  ['l', 'batch(i,x?) first last join(s?) length list max min reverse slice(i,x?) sort(b?,b?)'],
  ['l', 'sum unique(b?) tojson(indent=i) string map(f) select(t?) reject(t?) sort(reverse=b)'],
  [
    'l',
    'sum(start=n) map(f,x?) count pprint random_ items max(b?) min(b?) select(t,x) reject(t,x)',
  ],
  ['r', 'groupby(a) map(attribute=a) map(attribute=a,default=x) selectattr(a) selectattr(a,t)'],
  ['r', 'selectattr(a,t,x) rejectattr(a) rejectattr(a,t) rejectattr(a,t,x) sort(attribute=a)'],
  ['r', 'sum(attribute=a) join(s,attribute=a) unique(attribute=a) max(attribute=a) tojson'],
  ['r', 'groupby(a,default=x) min(attribute=a) sort(b,b,a) dictsort map(a) join(s,a)'],
  ['d', 'dictsort(b?) dictsort(b,by_) dictsort(reverse=b) items length list xmlattr(b?) tojson'],
  ['d', 'urlencode first last string attr(a) tojson(indent=i) tojson(sort_keys=b) pprint sort'],
  ['x', 'default(x?,b?) d(x) string tojson tojson(ensure_ascii=b) tojson(indent=i?) list length'],
  ['x', 'tojson(separators=p) attr(a) first int float upper trim join escape pprint safe bool_'],
];

export const TESTS =
  'boolean callable defined divisibleby(i) eq(x) equalto(x) even false filter(f) float ge(n) gt(n) ' +
  'greaterthan(n) in(l) integer iterable le(n) lessthan(n) lower lt(n) mapping ne(x) none number ' +
  'odd sameas(z) sequence string test(t) true undefined upper escaped unknown_ ==(x) >=(n)';

export const METHODS: readonly (readonly [kind: string, calls: string])[] = [
  [
    's',
    'capitalize() casefold() center(i,q?) count(s,i?,i?) endswith(s) expandtabs(i?) find(s,i?)',
  ],
  ['s', 'format(x?,x?,name=x) index(s) isalnum() isalpha() isascii() isdecimal() isdigit()'],
  ['s', 'isidentifier() islower() isnumeric() isprintable() isspace() istitle() isupper() join(l)'],
  ['s', 'ljust(i,q?) lower() lstrip(c?) partition(s) removeprefix(s) removesuffix(s) zfill(i)'],
  ['s', 'replace(s,s,i?) rfind(s) rindex(s) rjust(i,q?) rpartition(s) rsplit(s?,i?) rstrip(c?)'],
  ['s', 'split(s?,i?) splitlines(b?) startswith(s,i?) strip(c?) swapcase() title() upper()'],
  ['s', 'split(s) split() strip() startswith(s) endswith(s) lstrip() rstrip() replace(s,s)'],
  ['s', 'split(sep=s,maxsplit=i) rsplit(maxsplit=i) __len__() encode() split(s)[-1] find(s,i,i)'],
  ['l', 'index(x) count(x) copy() append(x) pop() reverse() sort() __class__ extend(l)'],
  ['d', 'get(a) get(a,x) items() keys() values() copy() update(d) pop(a) setdefault(a,x) get()'],
  ['d', 'fromkeys(l) items()|list keys()|list values()|list __class__ clear() popitem()'],
  ['n', 'bit_length() is_integer() conjugate() real imag numerator as_integer_ratio() hex()'],
];

/** "name(arg,arg?)" taken apart; `open` where it was written without brackets. */
export interface Call {
  readonly name: string;
  readonly args: readonly string[];
  readonly rest: string;
}

export function parseCalls(calls: string): Call[] {
  return calls.split(' ').map((call) => {
    const open = call.indexOf('(');
    if (open < 0) return { name: call.replace(/_$/, ''), args: [], rest: '' };
    const close = call.indexOf(')');
    const inside = call.slice(open + 1, close);
    return {
      name: call.slice(0, open),
      args: inside === '' ? [] : inside.split(','),
      rest: call.slice(close + 1),
    };
  });
}
