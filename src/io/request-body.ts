/**
 * The text of a request's body, or null when it is longer than allowed: without reading it when its
 * length is announced, and else as soon as it turns out.
 */
export async function boundedText(request: Request, bytesMax: number): Promise<string | null> {
  const announced = request.headers.get('content-length');
  // The HTTP server ends a body at the length that was announced.
  if (announced !== null) return Number(announced) <= bytesMax ? request.text() : null;
  const parts: Uint8Array[] = [];
  let lengthBytes = 0;
  for await (const part of bodyParts(request)) {
    lengthBytes += part.length;
    if (lengthBytes > bytesMax) return null;
    parts.push(part);
  }
  return new Blob(parts as Uint8Array<ArrayBuffer>[]).text();
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
