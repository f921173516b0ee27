/** What a file asks for and does not get: lines for the log, each naming its file. */

/** The value is not taken. `shown` is its text, `why` what is wrong with it. */
export function ignored(file: string, key: string, shown: string, why: string): string {
  return `${file}: ${key} ${shown} is ignored: ${why}`;
}

/** The value asks for something that is not built; `why` where there is more to say. */
export function notHonoured(file: string, key: string, shown: string, why?: string): string {
  return `${file}: ${key} ${shown} is not honoured${why === undefined ? '' : `: ${why}`}`;
}

/** What the log and `kinglet inspect` say of a template's problem. */
export function chatsRefused(problem: string): string {
  return `chats will be refused: ${problem}`;
}
