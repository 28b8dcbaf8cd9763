/** What policies share of a resource: one copy a round, and never what an earlier round knew. */
import assert from "node:assert/strict";
import fc from "fast-check";
import { type ResourceValidationPolicy } from "@pulumi/policy";
import { policiesByName } from "../../policies/policies";
import { isKnown, shardedStreamType } from "../../policies/resources";
import { shownResource, shownStack } from "../../policies/shown";
import { awsStream, unknown, view, worked } from "./views";

let resources = 0;

/** A resource of its own, shown with those properties; counts how often they are copied. */
function newResource(type = awsStream) {
    const urn = `urn:pulumi:dev::shop::${type}::shown-${++resources}`;
    let copies = 0;
    const args = (shardCount: number) => ({
        type,
        name: "orders",
        urn,
        opts: { ignoreChanges: [] },
        propertyDependencies: {},
        get props() {
            copies++;
            return { shardCount };
        },
    });
    return {
        shown: (policy: string, shardCount: number) => shownResource(policy, args(shardCount) as never).props,
        shownInStack: (policy: string, shardCount: number) => shownStack(policy, [args(shardCount)] as never)[0]!.props,
        copies: () => copies,
    };
}

describe("what a policy is shown", () => {
    for (const show of ["shown", "shownInStack"] as const) {
        it(`is copied once for all policies of a round (${show})`, () => {
            const resource = newResource();
            for (const [round, shardCount] of [1, 2, 3].entries()) {
                for (const policy of ["a", "b", "c"])
                    assert.deepEqual(resource[show](policy, shardCount), { shardCount });
                assert.equal(resource.copies(), round + 1);
            }
        });

        it(`is what its own round knows, whoever is asked, and how often, in one (${show})`, () => {
            const asked = fc.array(fc.constantFrom("a", "b", "c", "d"), { minLength: 1, maxLength: 7 });
            fc.assert(
                fc.property(asked, (policies) => {
                    const resource = newResource();
                    for (const shardCount of [1, 2, 3]) {
                        for (const policy of policies)
                            assert.deepEqual(resource[show](policy, shardCount), { shardCount });
                    }
                }),
                { numRuns: 200 },
            );
        });
    }

    it("is another stack where there are other resources, though its first policy is not asked", () => {
        const [one, other] = [newResource(), newResource()];
        assert.deepEqual(one.shownInStack("a", 1), { shardCount: 1 });
        assert.deepEqual(other.shownInStack("b", 2), { shardCount: 2 });
    });

    it("is of a stack what was declared, where its provider is not known yet and tells nothing of it", () => {
        const urn = `urn:pulumi:dev::shop::${awsStream}::untold`;
        const resource = (props: object) =>
            ({ ...view(awsStream, props, { urn }), opts: { ignoreChanges: [] }, propertyDependencies: {} }) as never;
        const inStack = (props: object) => shownStack("a", [resource(props)])[0]!.props;
        assert.deepEqual(inStack({}), {});
        shownResource("a", resource({ shardCount: 2 }));
        assert.deepEqual(inStack({}), { shardCount: 2 });
        assert.deepEqual(inStack({ name: "orders" }), { name: "orders" });
    });

    it("lets an update be judged by its own values, where the preview of the same resource passed", () => {
        const names = [
            "capacity-covers-requirements",
            "on-demand-has-no-shard-count",
            "requirements-are-known",
        ] as const;
        const judge = (props: object) => {
            const said: string[] = [];
            const args = { ...view(shardedStreamType, props), opts: { ignoreChanges: [] }, getConfig: () => ({}) };
            for (const name of names) {
                const { validateResource } = policiesByName[name] as ResourceValidationPolicy;
                const report = () => said.push(name);
                (validateResource as (args: unknown, report: () => void) => void)(args, report);
            }
            return said;
        };
        assert.deepEqual(judge({ requirements: worked }), []);
        assert.deepEqual(judge({ requirements: worked, shardCount: 2 }), ["capacity-covers-requirements"]);
        assert.deepEqual(judge({ requirements: worked, capacityMode: "on-demand", shardCount: 9 }), [
            "on-demand-has-no-shard-count",
        ]);
        assert.deepEqual(judge({ requirements: worked }), []);
    });
});

describe("whether a value is known", () => {
    for (const [title, value, known] of [
        ["nothing is", undefined, true],
        ["text is", "4", true],
        ["an unknown is not", unknown("shardCount"), false],
        ["what holds one is not", { requirements: { recordsPerSecond: unknown("r") } }, false],
        ["a list that holds one is not", { consumers: ["a", unknown("c")] }, false],
        ["a list without is", { consumers: ["a", null] }, true],
    ] as const)
        it(title, () => assert.equal(isKnown(value), known));
});
