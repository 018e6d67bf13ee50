/**
 * The module that a controller's thread for building segments runs: it joins the thread's port to what
 * builds, with the disk and the network of this machine.
 */
import { serveBuilds } from '../controller/build-worker.ts';
import { loadKernelModule } from '../io/node-assets.ts';
import { parentWorkerPort } from '../io/node-tasks.ts';
import { bufferDecoder } from '../kernels/buffer-decoder.ts';
import type { DecodeBuffer } from '../segment/rebuild.ts';
import { machine } from './machine.ts';
import { s3Credentials } from './s3-settings.ts';

let decoder: Promise<DecodeBuffer> | null = null;

serveBuilds(parentWorkerPort(), { ...machine, s3Credentials: s3Credentials(process.env) }, () => {
  decoder ??= loadKernelModule().then(bufferDecoder);
  return decoder;
});
