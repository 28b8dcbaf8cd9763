/**
 * The nights of the scaler, the command line and the producer: 100 of them hold every law, and each fault that is put into the code is found.
 */
import assert from "node:assert/strict";
import { type Code, loadCode } from "./code";
import { mutants } from "./mutants";
import { nights } from "./nights";
import { breaks, play, scheduleOf } from "./schedules";

const seed = 1;
const schedules = 100;

describe("under fire, whatever happens at the same time", () => {
    let code: Code;
    before(() => void (code = loadCode()));

    it(`no law is broken in ${schedules} schedules`, async function () {
        this.timeout(300_000);
        const broken: string[] = [];
        for (let index = 0; index < schedules; index++) {
            const { violations } = await play(scheduleOf(seed, index), code);
            for (const { law, actor, message } of violations) broken.push(`${index}: ${law}, ${actor}: ${message}`);
        }
        assert.deepEqual(broken, [], `npm run torture -- --seed ${seed} --only N shows schedule N`);
    });

    for (const [night, schedule] of Object.entries(nights)) {
        it(`no law is broken where ${night}`, async () => {
            assert.deepEqual((await play(schedule, code)).violations, []);
        });
    }

    it("a schedule comes out the same each time", async () => {
        const traces = [await play(scheduleOf(seed, 4), code, true), await play(scheduleOf(seed, 4), loadCode(), true)];
        assert.ok(traces[0]!.trace.length > 100);
        assert.deepEqual(traces[0], traces[1]);
    });
});

describe("a fault in the code is found", () => {
    for (const [name, { about, laws, foundBy, ...mutation }] of Object.entries(mutants)) {
        const where = typeof foundBy === "number" ? `by schedule ${foundBy}` : `where ${foundBy}`;
        it(`${where}: ${name}. ${about}`, async () => {
            const code = loadCode([mutation]);
            const schedule = typeof foundBy === "number" ? scheduleOf(seed, foundBy) : nights[foundBy]!;
            const found = [];
            for (const law of laws) if (await breaks(schedule, law, code)) found.push(law);
            assert.notDeepEqual(found, []);
        });
    }

    it("a mutation that changes nothing is refused", () => {
        const nowhere = { file: "stream/reshard.ts", find: "no such text", replace: "" };
        assert.throws(
            () => loadCode([nowhere]),
            /stream\/reshard\.ts has 0 times what the mutation changes: no such text/,
        );
    });
});
