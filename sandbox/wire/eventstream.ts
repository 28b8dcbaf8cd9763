/**
 * The binary framing of an AWS event stream: lengths, headers, payload, each guarded by a CRC-32.
 *
 * Source: https://smithy.io/2.0/aws/amazon-eventstream.html, read 2026-11.
 */
import { crc32 } from "./crc32";

export const eventStreamType = "application/vnd.amazon.eventstream";

/** One event, its payload in the form that the content type names. */
export function encodeEvent(type: string, contentType: string, body: Buffer): Buffer {
    const headers = Buffer.concat([
        header(":event-type", type),
        header(":content-type", contentType),
        header(":message-type", "event"),
    ]);
    const frame = Buffer.alloc(12 + headers.length + body.length + 4);
    frame.writeUInt32BE(frame.length, 0);
    frame.writeUInt32BE(headers.length, 4);
    frame.writeUInt32BE(crc32(frame.subarray(0, 8)), 8);
    headers.copy(frame, 12);
    body.copy(frame, 12 + headers.length);
    frame.writeUInt32BE(crc32(frame.subarray(0, frame.length - 4)), frame.length - 4);
    return frame;
}

/** Name, then type 7 (a string) with its length in two bytes. */
function header(name: string, value: string): Buffer {
    const length = Buffer.alloc(3);
    length[0] = 7;
    length.writeUInt16BE(Buffer.byteLength(value), 1);
    return Buffer.concat([Buffer.from([name.length]), Buffer.from(name), length, Buffer.from(value)]);
}
