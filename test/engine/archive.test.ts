/** Archives as programs give them: what they hold decides, and not where it lies. */
import assert from "node:assert/strict";
import * as fs from "node:fs";
import path from "node:path";
import { removeFolder, temporaryFolder } from "../../engine/folders";
import { withContentHashes, zipOf } from "../../engine/providers/archive";
import { assetIdentity, type Properties } from "../../engine/values";

const signature = "4dabf18193072939515e22adb298388d";
const asset = (content: Properties) => ({ [signature]: "c44067f5952c0a294b673a41bacd8c17", ...content });
const archive = (content: Properties) => ({ [signature]: "0def7320c3a5731c473e5ecbe6d01bc7", ...content });

describe("an archive in the embedded engine", () => {
    const text = "exports.handler = async () => 'hello';\n";
    let folder: string;
    before(() => {
        folder = temporaryFolder();
        for (const place of ["here", "there"]) {
            fs.mkdirSync(path.join(folder, place));
            fs.writeFileSync(path.join(folder, place, "index.js"), text);
        }
    });
    after(() => removeFolder(folder));

    const rows: [title: string, content: () => Properties][] = [
        ["a text", () => ({ assets: { "index.js": asset({ text }) } })],
        ["a file by its absolute path", () => ({ assets: { "index.js": asset({ path: `${folder}/here/index.js` }) } })],
        ["the same file in another folder", () => ({ assets: { "index.js": asset({ path: "there/index.js" }) } })],
        ["a folder", () => ({ path: "here" })],
    ];
    for (const [title, content] of rows) {
        it(`is the same function, whatever it is given as: ${title}`, () => {
            const { code } = withContentHashes({ code: archive(content()) }, folder) as Properties;
            const first = withContentHashes(archive(rows[0]![1]()), folder);
            assert.deepEqual(assetIdentity(code), assetIdentity(first));
            assert.deepEqual(zipOf(code), zipOf(first));
        });
    }

    it("is another one when the file at the same path has changed", () => {
        const code = archive({ assets: { "index.js": asset({ path: "here/index.js" }) } });
        const before = assetIdentity(withContentHashes(code, folder));
        fs.writeFileSync(path.join(folder, "here", "index.js"), `${text}// changed\n`);
        assert.notDeepEqual(assetIdentity(withContentHashes(code, folder)), before);
    });

    it("whose file is missing is refused with its path", () => {
        const code = archive({ assets: { "index.js": asset({ path: "nowhere/index.js" }) } });
        assert.throws(() => withContentHashes({ code }, folder), { message: /ENOENT.*\/nowhere\/index\.js/ });
    });
});
