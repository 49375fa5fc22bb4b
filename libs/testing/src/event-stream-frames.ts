import { crc32 } from 'node:zlib';

/**
 * Events in AWS's event stream encoding (Smithy, Amazon Event Stream Specification): a prelude of total length, length
 * of the headers and their CRC-32, the headers, the payload, and a CRC-32 of all before it. Each line is one event:
 * `{"event": name}` or `{"exception": name}`, with its `payload`, or `{"raw": text}` for bytes that are no frame.
 */
export function framesOf(lines: string): Buffer {
  const frames = lines.split('\n').filter((line) => line !== '');
  return Buffer.concat(
    frames.map((line) => {
      const { event, exception, payload, raw, cut } = JSON.parse(line) as Line;
      if (raw !== undefined) return Buffer.from(raw);
      const frame = frameOf(
        {
          ':message-type': exception === undefined ? 'event' : 'exception',
          ...(exception === undefined ? { ':event-type': event ?? '' } : { ':exception-type': exception }),
          ':content-type': 'application/json',
        },
        Buffer.from(JSON.stringify(payload)),
      );
      return cut === undefined ? frame : frame.subarray(0, cut);
    }),
  );
}

/** `cut`: only so many bytes of the frame are there. */
type Line = { event?: string; exception?: string; payload?: unknown; raw?: string; cut?: number };

const STRING = 7;

function frameOf(headers: Readonly<Record<string, string>>, payload: Buffer): Buffer {
  const fields = Buffer.concat(
    Object.entries(headers).map(([name, value]) => {
      const size = Buffer.alloc(2);
      size.writeUInt16BE(Buffer.byteLength(value));
      return Buffer.concat([
        Buffer.from([name.length]),
        Buffer.from(name),
        Buffer.from([STRING]),
        size,
        Buffer.from(value),
      ]);
    }),
  );
  const lengths = Buffer.alloc(8);
  lengths.writeUInt32BE(12 + fields.length + payload.length + 4);
  lengths.writeUInt32BE(fields.length, 4);
  const message = Buffer.concat([lengths, checksumOf(lengths), fields, payload]);
  return Buffer.concat([message, checksumOf(message)]);
}

function checksumOf(bytes: Buffer): Buffer {
  const checksum = Buffer.alloc(4);
  checksum.writeUInt32BE(crc32(bytes));
  return checksum;
}
