import { echoed } from '../echo.js';

/** Characters of a path that are shown; steps inside free-form values may be as long as a body. */
const SHOWN_PATH = 200;
const SHOWN_STEP = 60;

/** Path of a field as clients write it: messages[0].content. Long ones are cut. */
export function fieldPath(steps: readonly string[]): string {
  let path = '';
  for (const step of steps) {
    if (/^\d{1,10}$/.test(step)) path += `[${step}]`;
    else path += path === '' ? echoed(step, SHOWN_STEP) : `.${echoed(step, SHOWN_STEP)}`;
    if (path.length > SHOWN_PATH) break;
  }
  return echoed(path, SHOWN_PATH);
}
