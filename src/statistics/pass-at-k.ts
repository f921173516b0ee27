/**
 * pass@k of a question without bias (arXiv 2107.03374, equation 1): the probability that of k samples,
 * drawn without replacement from n of which `right` are right, one at least is right:
 * 1 - C(n - right, k) / C(n, k). As a product, of which no factor overflows; absolute error
 * 1e-16 times n. Throws where k is more than n, which leaves nothing to estimate by.
 */
export function passAtK(n: number, right: number, k: number): number {
  if (![n, right, k].every(Number.isSafeInteger) || right < 0 || right > n || k < 1 || k > n) {
    throw new RangeError(`no pass@${k} of ${n} samples, ${right} of them right`);
  }
  const wrong = n - right;
  if (wrong < k) return 1;
  let allWrong = 1;
  for (let i = wrong + 1; i <= n; i++) allWrong *= 1 - k / i;
  return 1 - allWrong;
}
