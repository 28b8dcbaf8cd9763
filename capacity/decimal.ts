/**
 * Exact arithmetic on the decimals that a person typed: 5 x 1.2 is 6, not 6.000000000000001 that rounds up to 7.
 */

/** A number as `digits / 10^scale`, from its shortest decimal form. */
function toDecimal(value: number): { digits: bigint; scale: number } {
    const [mantissa = "0", exponent = "0"] = value.toString().split("e");
    const [whole = "0", fraction = ""] = mantissa.split(".");
    const scale = fraction.length - Number(exponent);
    const digits = BigInt(whole + fraction);
    return scale < 0 ? { digits: digits * 10n ** BigInt(-scale), scale: 0 } : { digits, scale };
}

/**
 * The product of the factors over the divisor, rounded up, exactly.
 *
 * @param factors finite and not negative
 * @param divisor finite and above 0
 * @example ceilOfProduct([1.1, 10]) // 11, where Math.ceil(1.1 * 10) is 12
 */
export function ceilOfProduct(factors: readonly number[], divisor = 1): number {
    let numerator = 1n;
    let scale = 0;
    for (const factor of factors) {
        const decimal = toDecimal(factor);
        numerator *= decimal.digits;
        scale += decimal.scale;
    }
    const below = toDecimal(divisor);
    numerator *= 10n ** BigInt(below.scale);
    const denominator = below.digits * 10n ** BigInt(scale);
    return Number((numerator + denominator - 1n) / denominator);
}

/** A number that was computed, without what floating point made of its last bits: 1.1 * 10 is 11, and rounds up to 11. */
export function withoutRemainder(value: number): number {
    return Number(value.toPrecision(12));
}

/** A number above 0 in so many significant digits, and no less than it. */
export function ceilToDigits(value: number, digits: number): number {
    return toDigits(value, digits, Math.ceil);
}

/** A number above 0 in so many significant digits, and no more than it: what is read is what was tried. */
export function floorToDigits(value: number, digits: number): number {
    return toDigits(value, digits, Math.floor);
}

function toDigits(value: number, digits: number, round: (value: number) => number): number {
    const scale = 10 ** (digits - 1 - Math.floor(Math.log10(value)));
    return Number((round(withoutRemainder(value * scale)) / scale).toPrecision(digits));
}

/** The sum of two decimals without a binary remainder: 1 + 0.2 is 1.2. */
export function addDecimals(left: number, right: number): number {
    return Number((left + right).toPrecision(15));
}
