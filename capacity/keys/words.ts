/**
 * Bytes read four at a time, from any place: a loop over the bytes of millions of keys takes most of the time that they take.
 */
export class Words {
    private readonly bytes: Uint8Array;
    private readonly view: DataView;
    private readonly lastWhole: number;

    constructor({ buffer, byteOffset, byteLength }: Uint8Array) {
        this.bytes = new Uint8Array(buffer, byteOffset, byteLength);
        this.view = new DataView(buffer, byteOffset, byteLength);
        this.lastWhole = byteLength - 4;
    }

    /** Four bytes as they lie there, the first one lowest; behind the end lie zeros. */
    at(place: number): number {
        return place <= this.lastWhole ? this.view.getInt32(place, true) : this.lastAt(place);
    }

    private lastAt(place: number): number {
        let word = 0;
        for (let byte = place; byte < this.bytes.length; byte++) word |= this.bytes[byte]! << (8 * (byte - place));
        return word;
    }
}
