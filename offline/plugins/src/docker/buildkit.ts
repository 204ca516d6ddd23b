// The engine's account of a build, as BuildKit gives it: a stream of JSON with protobuf inside.

import { BinaryReader } from 'google-protobuf';

/** A step of the build that runs, or what a step wrote. */
export type Event = { step: string; name: string } | { step: string; output: string };

// Field numbers of moby.buildkit.v1.StatusResponse, Vertex and VertexLog.
const VERTEXES = 1;
const LOGS = 3;
const DIGEST = 1;
const VERTEX_NAME = 3;
const VERTEX_STARTED = 5;
const LOG_TEXT = 4;

/** The length-delimited fields of a message: number and content, in order. */
function fields(message: Uint8Array): [number, Uint8Array][] {
  const reader = new BinaryReader(message);
  const found: [number, Uint8Array][] = [];
  const LENGTH_DELIMITED = 2;
  while (reader.nextField() && !reader.isEndGroup()) {
    if (Number(reader.getWireType()) === LENGTH_DELIMITED) {
      found.push([reader.getFieldNumber(), reader.readBytes() as Uint8Array]);
    } else {
      reader.skipField();
    }
  }
  return found;
}

export function trace(base64: string): Event[] {
  return fields(Buffer.from(base64, 'base64')).flatMap(([number, content]): Event[] => {
    const inner = new Map(fields(content));
    const text = (field: number) => Buffer.from(inner.get(field) ?? []).toString();
    const step = text(DIGEST);
    if (number === LOGS) return [{ step, output: text(LOG_TEXT) }];
    // All steps are announced at the start of a build, in no order.
    const runs = number === VERTEXES && inner.has(VERTEX_STARTED);
    return runs ? [{ step, name: text(VERTEX_NAME) }] : [];
  });
}
