"use strict";
/*
 * Makes day.csv: a synthetic day of order events, one row a minute. Run `node examples/traces/make-day.js > examples/traces/day.csv`.
 *
 * Shape: quiet night, a rise from 6:00, a lunch and an evening peak near the declared 2,500 records/s, and a flash sale from 20:00 to 20:25 that
 * asks for more than twice of that. Noise of 3 % from a fixed seed, so that the file is the same every time.
 */
const minutesPerDay = 24 * 60;

/** A bell around an hour of the day, 1 at its top. */
const bell = (hour, top, width) => Math.exp(-(((hour - top) / width) ** 2));

/** A small generator of random numbers in 0..1 (mulberry32): the same sequence for the same seed. */
function randomFrom(seed) {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

const random = randomFrom(20260105);
const saleFrom = 20 * 60;
const saleTo = saleFrom + 25;

process.stdout.write("time,recordsPerSecond\n");
for (let minute = 0; minute < minutesPerDay; minute++) {
  const hour = minute / 60;
  const usual = 260 + 1_250 * bell(hour, 12.5, 3.2) + 1_900 * bell(hour, 19.5, 2.4);
  const sale = minute >= saleFrom && minute < saleTo ? 3_900 * (1 - (minute - saleFrom) / 60) : 0;
  const noise = 1 + 0.03 * (2 * random() - 1);
  const time = new Date(Date.UTC(2026, 0, 5, 0, minute)).toISOString().slice(0, 16).replace("T", " ");
  process.stdout.write(`${time},${Math.round((usual + sale) * noise)}\n`);
}
