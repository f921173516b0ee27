/** From here on Stirling's series of seven terms is as exact as a double. */
const SERIES_FROM = 10;

const HALF_LOG_2_PI = Math.log(2 * Math.PI) / 2;

/**
 * The logarithm of the gamma function of x > 0: Stirling's formula (DLMF 5.11.1), for small x by
 * Γ(x) = Γ(x + 1) / x. Relative error 1e-15; near the zeros at 1 and 2 absolute error 1e-14.
 */
export function logGamma(x: number): number {
  return mainPart(x) + stirlingError(x);
}

/**
 * What the main part of Stirling's formula misses of log Γ(x), for x > 0: about 1 / (12 x). Functions
 * that are ratios of gammas need this, where the main parts of large arguments cancel.
 */
export function stirlingError(x: number): number {
  let shifts = 0;
  let at = x;
  for (; at < SERIES_FROM; at++) {
    // stirlingError(x) - stirlingError(x + 1), by Γ(x + 1) = x Γ(x).
    shifts += (at + 0.5) * Math.log1p(1 / at) - 1;
  }
  return shifts + series(at);
}

function mainPart(x: number): number {
  return (x - 0.5) * Math.log(x) - x + HALF_LOG_2_PI;
}

/** The sum of B(2k) / (2k (2k - 1) x^(2k - 1)) for k from 1 to 7, with Bernoulli's numbers B. */
function series(x: number): number {
  const z = 1 / (x * x);
  const last = -691 / 360360 + z / 156;
  const inner = 1 / 1260 + z * (-1 / 1680 + z * (1 / 1188 + z * last));
  return (1 / 12 + z * (-1 / 360 + z * inner)) / x;
}
