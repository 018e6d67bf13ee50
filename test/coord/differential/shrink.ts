import type { Script, Step } from './script.ts';

/**
 * The smallest script that can be found that still `fails`: removes steps, then single requests,
 * always halves before pieces (after Zeller, "Yesterday, my program worked", 1999).
 *
 * @param attemptsMax how often `fails` may be asked.
 */
export async function shrinkScript(
  script: Script,
  fails: (script: Script) => Promise<boolean>,
  attemptsMax: number,
): Promise<Script> {
  let attempts = 0;
  const check = async (steps: Script): Promise<boolean> => {
    if (attempts >= attemptsMax) return false;
    attempts++;
    return fails(steps);
  };
  const steps = await removeParts(script, check);
  // Requests of one step on their own, each in the place that it had.
  const single = steps.flatMap((step): Step[] =>
    step.do === 'send'
      ? step.requests.map((request) => ({ ...step, requests: [request] }))
      : [step],
  );
  const isPipelineNeeded = single.length > steps.length && !(await check(single));
  return isPipelineNeeded ? shrinkRequests(steps, check) : removeParts(single, check);
}

async function shrinkRequests(
  script: Script,
  fails: (script: Script) => Promise<boolean>,
): Promise<Script> {
  let best = script;
  for (let index = 0; index < best.length; index++) {
    const step = best[index]!;
    if (step.do !== 'send') continue;
    const requests = await removeParts(step.requests, (kept) =>
      fails(best.with(index, { ...step, requests: kept })),
    );
    best = best.with(index, { ...step, requests });
  }
  return best;
}

async function removeParts<T>(
  items: readonly T[],
  fails: (items: readonly T[]) => Promise<boolean>,
): Promise<readonly T[]> {
  let best = items;
  for (
    let size = Math.ceil(best.length / 2);
    size >= 1;
    size = size === 1 ? 0 : Math.ceil(size / 2)
  ) {
    for (let start = 0; start < best.length; ) {
      const kept = [...best.slice(0, start), ...best.slice(start + size)];
      if (kept.length > 0 && (await fails(kept))) best = kept;
      else start += size;
    }
  }
  return best;
}
