/** `npm run build`: packages, then dist/. */
import { compile } from './compile.js';
import { fail, say, setup } from './setup.js';

setup();
if (!compile()) fail('build: failed');
say('build: dist/ is up to date');
