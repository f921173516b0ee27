/**
 * Formats of strings that are kept, each by the regular expression of what its RFC describes: RFC
 * 3339 for dates and times (appendix A for durations), RFC 5321 and 1123 for addresses and host
 * names, RFC 3986 and 3987 for URIs and IRIs, RFC 6901 for pointers, RFC 4291 for IPv6, RFC 9562 for UUIDs. Others are annotations.
 */
import { type Language } from '../language/language.js';
import { regexFormat } from './regex-format.js';
import { regexLanguage } from '../regex/determinize.js';

const YEAR_MONTH_DAY = (() => {
  const leapYear = '(?:\\d{2}(?:0[48]|[2468][048]|[13579][26])|(?:[02468][048]|[13579][26])00)';
  const ordinary =
    '\\d{4}-(?:(?:0[13578]|1[02])-(?:0[1-9]|[12]\\d|3[01])' +
    '|(?:0[469]|11)-(?:0[1-9]|[12]\\d|30)|02-(?:0[1-9]|1\\d|2[0-8]))';
  return `(?:${ordinary}|${leapYear}-02-29)`;
})();
const ZONE = '(?:[Zz]|[+-](?:[01]\\d|2[0-3]):[0-5]\\d)';
const CLOCK = '(?:[01]\\d|2[0-3]):[0-5]\\d:(?:[0-5]\\d)(?:\\.\\d+)?';
const LEAP_SECOND = '23:59:60(?:\\.\\d+)?[Zz]';

// Hyphens in the third and fourth place announce an encoding that only its decoder can check.
const LABEL = (() => {
  const [alnum, ldh] = ['[A-Za-z0-9]', '[A-Za-z0-9-]'];
  const long = `${ldh}(?:${ldh}${alnum}|${alnum}-)${ldh}{0,58}${alnum}`;
  return `${alnum}(?:${alnum}|${ldh}${alnum}|${ldh}{2}${alnum}|${long})?`;
})();
const HOST = `${LABEL}(?:\\.${LABEL})*`;
const BYTE = '(?:25[0-5]|2[0-4]\\d|1\\d\\d|[1-9]?\\d)';
const IPV4 = `${BYTE}(?:\\.${BYTE}){3}`;
const IPV6 = (() => {
  const h = '[0-9A-Fa-f]{1,4}';
  const last = `(?:${h}:${h}|${IPV4})`;
  const before = (count: number): string => `(?:${h}(?::${h}){0,${count}})?`;
  return [
    `(?:${h}:){6}${last}`,
    `::(?:${h}:){5}${last}`,
    `${before(0)}::(?:${h}:){4}${last}`,
    `${before(1)}::(?:${h}:){3}${last}`,
    `${before(2)}::(?:${h}:){2}${last}`,
    `${before(3)}::${h}:${last}`,
    `${before(4)}::${last}`,
    `${before(5)}::${h}`,
    `${before(6)}::`,
  ].join('|');
})();

const ATOM = "[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+";
const QUOTED = '"(?:[\\x20\\x21\\x23-\\x5b\\x5d-\\x7e]|\\\\[\\x20-\\x7e])*"';
const EMAIL = `(?:${ATOM}(?:\\.${ATOM})*|${QUOTED})@(?:${HOST}|\\[(?:${IPV4}|IPv6:(?:${IPV6}))\\])`;

/** A URI, an IRI with `more` characters (RFC 3987), or a reference to one. */
function uriPatterns(
  more: string,
  inQuery = '',
): { readonly whole: string; readonly reference: string } {
  const encoded = '%[0-9A-Fa-f]{2}';
  const unreserved = `A-Za-z0-9._~\\-${more}`;
  const sub = "!$&'()*+,;=";
  const pchar = `(?:[${unreserved}${sub}:@]|${encoded})`;
  const authority =
    `(?:(?:[${unreserved}${sub}:]|${encoded})*@)?` +
    `(?:\\[(?:${IPV6}|[vV][0-9A-Fa-f]+\\.[A-Za-z0-9._~\\-${sub}:]+)\\]|(?:[${unreserved}${sub}]|${encoded})*)` +
    '(?::\\d*)?';
  const path = `(?:/${pchar}*)*`;
  const tail = `(?:\\?(?:${pchar}|[/?${inQuery}])*)?(?:#(?:${pchar}|[/?])*)?`;
  const hierarchy = `(?://${authority}${path}|/(?:${pchar}+${path})?|${pchar}+${path}|)`;
  const whole = `[A-Za-z][A-Za-z0-9+.-]*:${hierarchy}${tail}`;
  const first = `(?:[${unreserved}${sub}@]|${encoded})+`;
  const relative = `(?://${authority}${path}|/(?:${pchar}+${path})?|${first}${path}|)${tail}`;
  return { whole, reference: `(?:${whole}|${relative})` };
}

const URI = uriPatterns('');
const IRI = uriPatterns(
  '\\u00a0-\\ud7ff\\uf900-\\ufdcf\\ufdf0-\\uffef\\u{10000}-\\u{1fffd}\\u{20000}-\\u{2fffd}\\u{30000}-\\u{3fffd}',
  '\\ue000-\\uf8ff\\u{f0000}-\\u{ffffd}\\u{100000}-\\u{10fffd}',
);

const POINTER = '(?:/(?:[^/~]|~[01])*)*';

const DURATION = (() => {
  const time = 'T(?:\\d+H(?:\\d+M(?:\\d+S)?)?|\\d+M(?:\\d+S)?|\\d+S)';
  const date = '(?:\\d+Y(?:\\d+M(?:\\d+D)?)?|\\d+M(?:\\d+D)?|\\d+D)';
  return `P(?:\\d+W|${date}(?:${time})?|${time})`;
})();

const SOURCES: Readonly<Record<string, string>> = {
  date: YEAR_MONTH_DAY,
  time: `(?:${CLOCK}${ZONE}|${LEAP_SECOND})`,
  'date-time': `${YEAR_MONTH_DAY}[Tt](?:${CLOCK}${ZONE}|${LEAP_SECOND})`,
  duration: DURATION,
  email: EMAIL,
  hostname: HOST,
  ipv4: IPV4,
  ipv6: IPV6,
  uri: URI.whole,
  'uri-reference': URI.reference,
  iri: IRI.whole,
  'iri-reference': IRI.reference,
  'json-pointer': POINTER,
  'relative-json-pointer': `(?:0|[1-9]\\d*)(?:[+-][1-9]\\d*)?(?:#|${POINTER})`,
  uuid: '[0-9A-Fa-f]{8}-[0-9A-Fa-f]{4}-[0-9A-Fa-f]{4}-[0-9A-Fa-f]{4}-[0-9A-Fa-f]{12}',
};

/** The most characters of a host name (RFC 1035, section 2.3.4, without the root's dot). */
const HOST_CHARACTERS = 253;

const built = new Map<string, Language>();

/** The most code points of a format's texts; null: no bound of its own. */
export const formatMost = (name: string): number | null =>
  name === 'hostname' ? HOST_CHARACTERS : null;

/** The language of a format, or null for one that is not kept. */
export function formatLanguage(name: string): Language | null {
  let language = built.get(name);
  if (language === undefined) {
    if (name === 'regex') language = regexFormat();
    else if (Object.hasOwn(SOURCES, name)) language = regexLanguage(SOURCES[name]!, 'whole');
    else return null;
    built.set(name, language);
  }
  return language;
}
