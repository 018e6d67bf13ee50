/**
 * The bytes of a request's body, or null when it is longer than allowed: without reading it when its
 * length is announced, and else as soon as it turns out.
 */
export async function boundedBytes(request: Request, bytesMax: number): Promise<Uint8Array | null> {
  if (request.headers.has('content-length')) {
    const isShort = announcedBytes(request) <= bytesMax;
    return isShort ? new Uint8Array(await request.arrayBuffer()) : null;
  }
  const parts = await boundedParts(request, bytesMax);
  return parts && new Uint8Array(await new Blob(parts).arrayBuffer());
}

/** The text of a request's body, or null when it is longer than allowed; see `boundedBytes`. */
export async function boundedText(request: Request, bytesMax: number): Promise<string | null> {
  if (request.headers.has('content-length')) {
    return announcedBytes(request) <= bytesMax ? request.text() : null;
  }
  const parts = await boundedParts(request, bytesMax);
  return parts && new Blob(parts).text();
}

/** A request's body as it arrives; whoever stops early gets no more of it. */
export async function* bodyParts(request: Request): AsyncGenerator<Uint8Array> {
  const body = request.body as ReadableStream<Uint8Array> | null;
  if (body === null) return;
  const reader = body.getReader();
  try {
    for (;;) {
      const { done, value } = await reader.read();
      if (done) return;
      yield value;
    }
  } finally {
    await reader.cancel();
  }
}

/** The HTTP server ends a body at the length that was announced. */
function announcedBytes(request: Request): number {
  return Number(request.headers.get('content-length'));
}

async function boundedParts(
  request: Request,
  bytesMax: number,
): Promise<Uint8Array<ArrayBuffer>[] | null> {
  const parts: Uint8Array[] = [];
  let lengthBytes = 0;
  for await (const part of bodyParts(request)) {
    lengthBytes += part.length;
    if (lengthBytes > bytesMax) return null;
    parts.push(part);
  }
  return parts as Uint8Array<ArrayBuffer>[];
}
