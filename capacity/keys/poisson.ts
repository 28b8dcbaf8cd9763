/**
 * The Poisson distribution for counts from none to 10^12, as accurate in the tail as in the middle.
 */

/** From here on Temme's expansion is better than a sum of thousands of terms. */
const largeCount = 5_000;

/** P(X = count) for a Poisson count with that average. */
export function poissonAt(count: number, average: number): number {
    if (average === 0) return count === 0 ? 1 : 0;
    if (count === 0) return Math.exp(-average);
    if (count < 20) return Math.exp(count * Math.log(average) - average - logGamma(count + 1));
    // Written with the distance from the average, so that large numbers do not cancel.
    const stirling = 1 / (12 * count) - 1 / (360 * count ** 3);
    return Math.exp(-count * halfSquaredDistance(average / count) - stirling) / Math.sqrt(2 * Math.PI * count);
}

/** P(X > count) for a Poisson count with that average. */
export function poissonAbove(count: number, average: number): number {
    if (count < 0) return 1;
    if (average === 0) return 0;
    const shape = count + 1;
    return shape > largeCount ? temmeLower(shape, average) : lowerGamma(shape, average);
}

/** ratio - 1 - ln ratio, without cancellation near 1. */
function halfSquaredDistance(ratio: number): number {
    const distance = ratio - 1;
    if (Math.abs(distance) > 0.05) return distance - Math.log(ratio);
    let sum = 0;
    for (let power = 2, term = distance * distance; power < 16; power++, term *= -distance) sum += term / power;
    return sum;
}

/** The regularized lower incomplete gamma function P(shape, x): a series below the mean, a continued fraction above. */
function lowerGamma(shape: number, x: number): number {
    const front = Math.exp(shape * Math.log(x) - x - logGamma(shape));
    if (x < shape + 1) {
        let term = 1 / shape;
        let sum = term;
        for (let step = 1; step < 100_000 && term > sum * 1e-16; step++) sum += term *= x / (shape + step);
        return Math.min(1, front * sum);
    }
    const tiny = 1e-300;
    let b = x + 1 - shape;
    let c = 1 / tiny;
    let d = 1 / b;
    let fraction = d;
    for (let step = 1; step < 100_000; step++) {
        const a = -step * (step - shape);
        b += 2;
        d = 1 / nonZero(a * d + b, tiny);
        c = nonZero(b + a / c, tiny);
        fraction *= c * d;
        if (Math.abs(c * d - 1) < 1e-15) break;
    }
    return Math.max(0, 1 - front * fraction);
}

function nonZero(value: number, tiny: number): number {
    return Math.abs(value) < tiny ? tiny : value;
}

/** P(shape, x) for a large shape, by Temme's uniform expansion with its first correction (DLMF 8.12). */
function temmeLower(shape: number, x: number): number {
    const ratio = x / shape;
    const half = halfSquaredDistance(ratio);
    const eta = Math.sign(ratio - 1) * Math.sqrt(2 * half);
    const correction = Math.abs(eta) < 1e-3 ? -1 / 3 + eta / 12 : 1 / (ratio - 1) - 1 / eta;
    const density = Math.exp(-shape * half) / Math.sqrt(2 * Math.PI * shape);
    return Math.min(1, Math.max(0, 0.5 * errorComplement(-eta * Math.sqrt(shape / 2)) - density * correction));
}

/** erfc, with a relative error below 1.2e-7 everywhere (Numerical Recipes, erfcc). */
function errorComplement(x: number): number {
    const t = 1 / (1 + Math.abs(x) / 2);
    const terms = [
        -1.26551223, 1.00002368, 0.37409196, 0.09678418, -0.18628806, 0.27886807, -1.13520398, 1.48851587, -0.82215223,
        0.17087277,
    ];
    const value = t * Math.exp(-x * x + terms.reduceRight((sum, term) => sum * t + term, 0));
    return x >= 0 ? value : 2 - value;
}

/** ln Γ(x) for x > 0, by Stirling's series after shifting x above 10. */
function logGamma(x: number): number {
    let shift = 0;
    while (x < 10) shift -= Math.log(x++);
    const inverse = 1 / x;
    const square = inverse * inverse;
    const series = inverse * (1 / 12 - square * (1 / 360 - square * (1 / 1_260 - square / 1_680)));
    return shift + (x - 0.5) * Math.log(x) - x + 0.5 * Math.log(2 * Math.PI) + series;
}
