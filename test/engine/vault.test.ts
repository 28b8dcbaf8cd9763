/** The vault from which the real engine has the key of its stacks. */
import assert from "node:assert/strict";
import { hasOwnKey, openVault, type Vault } from "../../engine/vault";

describe("the vault of a sandbox's stacks", () => {
    let vault: Vault;
    before(async () => {
        vault = await openVault();
    });
    after(() => vault.stop());

    const asked = async (operation: "encrypt" | "decrypt", body: string) => {
        const url = `${vault.environment.VAULT_SERVER_URL}/v1/transit/${operation}/sandbox`;
        const response = await fetch(url, { method: "PUT", body });
        return [response.status, await response.json()];
    };

    it("listens on the loopback alone", () =>
        assert.match(vault.environment.VAULT_SERVER_URL!, /^http:\/\/127\.0\.0\.1:[0-9]+$/));

    it("decrypts what it has encrypted, and the key that it names in a stack's configuration", async () => {
        assert.deepEqual(await asked("encrypt", '{"plaintext":"b3Blbg=="}'), [
            200,
            { data: { ciphertext: "vault:v1:b3Blbg==" } },
        ]);
        assert.deepEqual(await asked("decrypt", '{"ciphertext":"vault:v1:b3Blbg=="}'), [
            200,
            { data: { plaintext: "b3Blbg==" } },
        ]);
        const [, provider, encrypted] = /^secretsprovider: (.*)\nencryptedkey: (.*)\n$/.exec(vault.stackSettings)!;
        assert.equal(provider, "hashivault://sandbox");
        const ciphertext = Buffer.from(encrypted!, "base64").toString();
        const [status, answer] = await asked("decrypt", JSON.stringify({ ciphertext }));
        assert.equal(status, 200);
        const { plaintext } = (answer as { data: { plaintext: string } }).data;
        assert.equal(Buffer.from(plaintext, "base64").length, 32);
    });

    for (const body of ["", "{", "null", "{}", '{"ciphertext":"another:b3Blbg=="}', '{"plaintext":1}']) {
        it(`answers ${body === "" ? "nothing" : body} with 400, and goes on`, async () =>
            assert.deepEqual(await asked("decrypt", body), [400, {}]));
    }

    const configurations: readonly (readonly [string, boolean])[] = [
        ["", false],
        ["config:\n  shop:shards: 3\n", false],
        ["config:\n  shop:encryptionsalt: 3\n", false],
        ["config:\n  shop:shards: 3\nencryptionsalt: v1:x\n", true],
        ["secretsprovider: awskms://key\nencryptedkey: k\n", true],
    ];
    for (const [text, own] of configurations) {
        it(`is ${own ? "not " : ""}the key of a stack with ${JSON.stringify(text)}`, () =>
            assert.equal(hasOwnKey(text), own));
    }
});
